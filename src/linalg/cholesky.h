/* Cholesky factor of a covariance, and distances by forward substitution with it. */
#ifndef PB_LINALG_CHOLESKY_H
#define PB_LINALG_CHOLESKY_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/status.h>

enum { PB_CHOLESKY_COLUMNS = 8 };

/* L of A = L L', padded by the identity to a multiple of 8 rows. Free with pb_cholesky_free(). */
typedef struct pb_cholesky {
    int64_t dim, padded;
    bool invertible; /* false: no pivot beyond rounding errors, and the factor is unusable */
    double *packed;  /* groups of 4 rows, column by column; see cholesky.c */
} pb_cholesky;

/* Factorises symmetric `matrix` (dim x dim). A matrix that is singular to working precision is not an error:
 * out->invertible says so. */
pb_status pb_cholesky_new(const double *matrix, int64_t dim, pb_cholesky *out);

/* Solves L z = x for n_panels x 8 right-hand sides, in place.
 * @param panels n_panels x padded x 8: row k of a panel holds element k of its 8 sides */
void pb_cholesky_forward(const pb_cholesky *factor, int64_t n_panels, double *panels);

void pb_cholesky_free(pb_cholesky *factor);

#endif
