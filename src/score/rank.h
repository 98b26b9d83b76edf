/* From patch scores to image scores, and images by suspicion. */
#ifndef PB_PURIFY_AGGREGATE_H
#define PB_PURIFY_AGGREGATE_H

#include <stdint.h>

#include <purebank/status.h>

/* One score of an image from its n >= 1 finite patch scores. */
typedef pb_status (*pb_aggregate_fn)(const double *patch_scores, int64_t n, double *out);

pb_status pb_aggregate_max(const double *patch_scores, int64_t n, double *out);
/* 99th percentile, as pb_percentile(). */
pb_status pb_aggregate_q99(const double *patch_scores, int64_t n, double *out);
/* Mean of the ceil(n / 20) highest. */
pb_status pb_aggregate_top5(const double *patch_scores, int64_t n, double *out);
pb_status pb_aggregate_mean(const double *patch_scores, int64_t n, double *out);

/* pb_aggregate_mean() of each image. @param patch_scores n_images x n_patches @param out n_images */
pb_status pb_image_means(const double *patch_scores, int64_t n_images, int64_t n_patches, double *out);

/* Indices of scores[0..n), highest score first, ties by ascending index. @param order n */
pb_status pb_order_descending(const double *scores, int64_t n, int64_t *order);

/* How many images are bad where that is known: ceil(n c) in floating point, as in the studies; at most n - 1. */
int64_t pb_known_count(int64_t n, double c);

#endif
