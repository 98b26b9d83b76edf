/* The score of a patch, and that of an image from its patches: here and nowhere else. */
#ifndef PB_SCORE_SCORE_H
#define PB_SCORE_SCORE_H

#include <purebank/score.h>

#include "base/error.h"

/* A patch scores the mean distance to its k nearest patches of the bank (method.md#patch-score). Distances are added from the nearest on, as
 * the last bit of a sum depends on the order. */
typedef struct pb_patch_sum {
    double sum;
    int64_t n;
} pb_patch_sum;

static inline void pb_patch_sum_add(pb_patch_sum *sum, double distance)
{
    sum->sum += distance;
    sum->n++;
}

/* Of those that were added; NaN for none. */
static inline double pb_patch_sum_mean(const pb_patch_sum *sum)
{
    return sum->sum / (double)sum->n;
}

/* @param distances n x k, ascending @param out n */
void pb_patch_scores(const double *distances, int64_t n, int64_t k, double *out);

/* One score of an image from its n >= 1 finite patch scores. */
typedef pb_status (*pb_aggregate_fn)(const double *patch_scores, int64_t n, double *out);

/* The same of banks, one function for each row of image_scores.def: reorders the scores. */
#define PB_IMAGE_SCORE(name, ...) double pb_image_score_by_##name(double *patch_scores, int64_t n);
#include <purebank/image_scores.def>
#undef PB_IMAGE_SCORE

/* What rules of audits ask for (method.md#audit-aggregate): max, q99 (pb_percentile()), top5 (mean of the ceil(n / 20) highest), mean. */
#define PATCHES(source) pb_status pb_aggregate_##source(const double *patch_scores, int64_t n, double *out);
#define IMAGES(source)
#define RULE(id, level, source, ...) level(source)
#include "catalog/audit_rules.def"
#undef RULE
#undef IMAGES
#undef PATCHES

/* pb_aggregate_mean() of each image. @param patch_scores n_images x n_patches @param out n_images */
pb_status pb_image_means(const double *patch_scores, int64_t n_images, int64_t n_patches, double *out);

#endif
