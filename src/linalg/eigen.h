/* Eigenvalues and eigenvectors of a symmetric matrix. */
#ifndef PB_LINALG_EIGEN_H
#define PB_LINALG_EIGEN_H

#include <stdint.h>

#include <purebank/status.h>

/* matrix = sum over i of values[i] vectors[i] vectors[i]', vectors orthonormal; values are exact within a few
 * dim * 2^-52 of the largest. Same bits for any number of threads.
 * @param matrix  dim x dim, symmetric, finite
 * @param values  dim, descending
 * @param vectors dim x dim: row i belongs to values[i] */
pb_status pb_symmetric_eigen(const double *matrix, int64_t dim, double *values, double *vectors);

#endif
