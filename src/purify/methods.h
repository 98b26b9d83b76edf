/* The methods that purify.c lists, one file a family, and the step that most of them end in. */
#ifndef PB_PURIFY_METHODS_H
#define PB_PURIFY_METHODS_H

#include <purebank/purify.h>

/* "Above q" (method 4): clears the patches whose score exceeds the q-th percentile of all.
 * @param scores n_images x n_patches of the mask */
pb_status pb_mask_remove_above(const double *scores, double q, pb_mask *mask);

pb_status pb_purify_none(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_loo_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_cosine_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_mahalanobis_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_ensemble_loo_mahal(pb_references *references, const pb_purify_options *options, pb_mask *mask);
pb_status pb_purify_image_level_loo(pb_references *references, const pb_purify_options *options, pb_mask *mask);

#endif
