/** @file index.h
 *  @brief Exact nearest neighbours: the search every score rests on.
 *
 *  **The guarantee.** For every query the K neighbours returned, and their order, are those of a brute-force
 *  search that computes d(q, x) in float64 (pb_index_distance(), which fixes the order of the summation) and
 *  sorts by (distance, index). They do not depend on the number of threads, nor on how queries are batched.
 *
 *  **How.** Rows and queries are centred and rounded to float32 or, where the CPU multiplies bytes fast and a probe of the
 *  data says that it pays, to bytes; the loss |x - X| of every rounded vector is measured. By the triangle inequality
 *  |x - y| >= |X - Y| - |x - X| - |y - Y|, so a row y can be among the k nearest only if |X - Y| <= r + both losses, r being the
 *  k-th smallest distance found so far. |X - Y|^2 = |X|^2 - 2 X.Y + |Y|^2 comes from a matrix product whose error is at most
 *  gamma_dim |X| |Y| for any order of summation (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section
 *  3.1). Where few directions hold most of what the rows differ by, as in features of trained networks, the vectors are first
 *  contracted: their coordinates along principal axes and the norm of the rest are closer to each other than the vectors are,
 *  so that the same test holds with fewer columns. Every row that passes this test, widened by that error, is measured in float64 by the definition: the filter
 *  loses no neighbour and decides no order. src/search/index.c has every term of the bound.
 *  No pointer in this header may be NULL unless it says so, but those to pb_progress. */
#ifndef PUREBANK_INDEX_H
#define PUREBANK_INDEX_H

#include <stdint.h>

#include <purebank/features.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

typedef enum pb_metric {
    PB_METRIC_EUCLIDEAN, /**< |q - x|, not squared */
    PB_METRIC_COSINE     /**< max(0, 1 - q.x / (|q| |x|)); a zero vector is at distance 1 from everything else */
} pb_metric;

/** "euclidean", "cosine"; "unknown" for anything else. */
PB_API const char *pb_metric_name(pb_metric metric);

/** Rows prepared for searching; immutable, so any number of threads may search it. */
typedef struct pb_index pb_index;

/** Prepares n rows for search. `rows` (n x dim, finite) is borrowed: it must outlive the index.
 *  @return PB_STATUS_BAD_VALUE for NaN or infinity, PB_STATUS_BAD_SHAPE for n < 1 or dim < 1 */
PB_API pb_status pb_index_new(const float *rows, int64_t n, int64_t dim, pb_metric metric, pb_index **out);

/** The k nearest rows of each query.
 *  @param queries   n_queries x dim, finite
 *  @param k         1..n rows of the index
 *  @param distances n_queries x k, ascending; may be NULL
 *  @param indices   n_queries x k; ties by ascending index; may be NULL */
PB_API pb_status pb_index_search(const pb_index *index, const float *queries, int64_t n_queries, int64_t k,
                                 double *distances, int64_t *indices);

/** The same by brute force in float64, one distance at a time: the definition that pb_index_search() is
 * tested against. Slow. */
PB_API pb_status pb_index_search_reference(const pb_index *index, const float *queries, int64_t n_queries, int64_t k,
                                           double *distances, int64_t *indices);

/** d(a, b) in float64 with a fixed order of summation; exactly 0 for equal vectors. @param a,b dim values */
PB_API double pb_index_distance(const float *a, const float *b, int64_t dim, pb_metric metric);

/** Accepts NULL. */
PB_API void pb_index_free(pb_index *index);

/** For each patch of a set of images, its nearest patches in the *other* images: computed in one pass over
 * the N(N-1)/2 image pairs, then asked for any subset of the images and patches. */
typedef struct pb_neighbors pb_neighbors;

/** Finds the `depth` nearest patches of every patch among the patches of the other images (all of them where
 * there are fewer). `features` is borrowed and must outlive *out.
 *  @param depth neighbours kept, >= k of later questions; deeper lists answer more subsets without a new search
 *  @return PB_STATUS_BAD_SHAPE for fewer than 2 images */
PB_API pb_status pb_neighbors_new(const pb_features *features, pb_metric metric, int64_t depth,
                                  const pb_progress *progress, pb_neighbors **out);

/** Leave-one-out patch scores (method.md#loo-score): for each patch of each image the mean distance to its k nearest
 * kept patches in the other images. Exact for every subset: where a list runs out, the subset is searched.
 *  @param keep   NULL (all), or n_images x n_patches bytes, non-zero = the patch may be a neighbour
 *  @param scores n_images x n_patches; every patch gets one, kept or not
 *  @return PB_STATUS_BAD_SHAPE when some image has fewer than k kept patches in the others */
PB_API pb_status pb_neighbors_scores(const pb_neighbors *neighbors, int64_t k, const uint8_t *keep, double *scores);

/** The nearest kept patch, in another image, of one patch: for showing "nearest good patch" in reports.
 *  @param keep NULL (all), as above @param out_image,out_patch where it is */
PB_API pb_status pb_neighbors_nearest(const pb_neighbors *neighbors, int64_t image, int64_t patch, const uint8_t *keep,
                                      int64_t *out_image, int64_t *out_patch);

/** Accepts NULL. */
PB_API void pb_neighbors_free(pb_neighbors *neighbors);

PB_END_DECLS

#endif
