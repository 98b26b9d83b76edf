/* Local outlier factor. */
#ifndef PB_REFERENCES_LOF_H
#define PB_REFERENCES_LOF_H

#include <stdint.h>

#include <purebank/references.h>

/* Of lof_patch, or as many as there are. */
enum { PB_LOF_NEIGHBORS = 20 };

/* Breunig, Kriegel, Ng, Sander 2000, "LOF: identifying density-based local outliers", with k neighbours, ties by index;
 * about 1 inside a cluster, larger outside. As -negative_outlier_factor_ of scikit-learn, which adds 1e-10 to the mean
 * reachability distance: more than k equal rows give a density of 1e10 instead of infinity.
 * @param rows n x dim, finite; n >= 2 @param k 1..n-1 @param scores n */
pb_status pb_lof_scores(const float *rows, int64_t n, int64_t dim, int64_t k, double *scores);

/* Of every patch among all references but for altered copies of the same place, with PB_LOF_NEIGHBORS neighbours or as many as there are.
 * @param scores n_images x n_patches */
pb_status pb_lof_reference_scores(const pb_references *references, double *scores);

#endif
