/* The methods of the catalogue, one file a family, and the step that most of them end in. */
#ifndef PB_PURIFY_METHODS_H
#define PB_PURIFY_METHODS_H

#include <purebank/purify.h>

/* "Above q" (method.md#above-percentile): clears the patches whose score exceeds the q-th percentile of all.
 * @param scores n_images x n_patches of the mask */
pb_status pb_patch_mask_remove_above(const double *scores, double q, pb_patch_mask *mask);

/* Clears all patches of an image. */
void pb_patch_mask_remove_image(int64_t image, pb_patch_mask *mask);

/* floor(n (100 - q) / 100): how many of n patches lie above q where a method counts instead of comparing. */
int64_t pb_share_above(int64_t n, double q);

/* Leave-one-out scores of whole images, the means of their own patches', whatever copies they have. @param out n_images of the mask; free with pb_free() */
pb_status pb_loo_image_scores(pb_references *references, const pb_patch_mask *mask, double **out);

/* One function a row of the catalogue: pb_purify_<name>(). */
#define METHOD(id, ...)                                                                                                \
    pb_status pb_purify_##id(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask);
#include "catalog/purify_methods.def"
#undef METHOD

#endif
