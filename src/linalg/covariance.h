/* Mean and covariance of patch descriptors, image by image, and the Ledoit-Wolf shrinkage. */
#ifndef PB_LINALG_COVARIANCE_H
#define PB_LINALG_COVARIANCE_H

#include "linalg/moments.h"

/* Patches of a set of images. */
typedef struct pb_patch_set {
    const float *rows; /* n_images x n_patches x dim, finite */
    int64_t n_images, n_patches, dim;
    const pb_moments *moments; /* of more images, these among them; NULL: computed anew, with the same bits */
    const int64_t *images;     /* where there are moments: which of its images these are, in the order of the rows */
} pb_patch_set;

/* Mean and empirical covariance (divided by the number of patches) of a set. */
typedef struct pb_spread {
    double *mean;       /* dim */
    double *covariance; /* dim x dim, symmetric */
} pb_spread;

/* Same bits for any number of threads, with moments and without. Free with pb_spread_free(). */
pb_status pb_spread_new(const pb_patch_set *set, pb_spread *out);
/* Accepts zeroed ones. */
void pb_spread_free(pb_spread *spread);

/* sum over j of (row[j] - mean[j])^2, in 8 fixed lanes. */
double pb_centred_square(const float *row, const double *mean, int64_t dim);

/* Shrunk covariance (1 - s) S + s mu I, mu = trace(S) / dim, S the empirical covariance, as scikit-learn's ledoit_wolf
 * computes it (within 1e-6 relative). Same bits for any number of threads.
 * @param spread of the set @param covariance dim x dim, symmetric @param shrinkage s, 0..1 */
pb_status pb_ledoit_wolf(const pb_patch_set *set, const pb_spread *spread, double *covariance, double *shrinkage);

#endif
