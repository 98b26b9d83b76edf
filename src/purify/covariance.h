/* Covariance of patch descriptors, and its Ledoit-Wolf shrinkage. */
#ifndef PB_PURIFY_COVARIANCE_H
#define PB_PURIFY_COVARIANCE_H

#include <stdint.h>

#include <purebank/status.h>

/* sum over j of (row[j] - mean[j])^2, in 8 fixed lanes. */
double pb_centred_square(const float *row, const double *mean, int64_t dim);

/* Mean and empirical covariance (divided by n). Same bits for any number of threads.
 * @param rows n x dim, finite @param mean dim @param covariance dim x dim, symmetric */
pb_status pb_covariance(const float *rows, int64_t n, int64_t dim, double *mean, double *covariance);

/* Mean and shrunk covariance (1 - s) S + s mu I of n rows, mu = trace(S) / dim, S the empirical covariance (divided by
 * n), as scikit-learn's ledoit_wolf computes them (within 1e-6 relative). Same bits for any number of threads.
 * @param rows n x dim, finite @param mean dim @param covariance dim x dim, symmetric @param shrinkage s, 0..1 */
pb_status pb_ledoit_wolf(const float *rows, int64_t n, int64_t dim, double *mean, double *covariance,
                         double *shrinkage);

#endif
