/* The methods that purify.c lists, one file a family, and the step that most of them end in. */
#ifndef PB_PURIFY_METHODS_H
#define PB_PURIFY_METHODS_H

#include <purebank/purify.h>

/* "Above q" (method 4): clears the patches whose score exceeds the q-th percentile of all.
 * @param scores n_images x n_patches of the mask */
pb_status pb_mask_remove_above(const double *scores, double q, pb_mask *mask);

/* Clears all patches of an image. */
void pb_mask_remove_image(int64_t image, pb_mask *mask);

/* floor(n (100 - q) / 100): how many of n patches lie above q where a method counts instead of comparing. */
int64_t pb_share_above(int64_t n, double q);

pb_status pb_purify_none(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_loo_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_cosine_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_mahalanobis_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_ensemble_loo_mahal(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_image_level_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_random_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_oracle_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_lof_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_pca_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_isolation_forest_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_iterative_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_global_iforest(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_adaptive_loo_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_grubbs_adaptive_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_gmm_adaptive_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_mad_adaptive_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);

#endif
