/* The one float64 kernel of this folder: a small matrix product whose every element is summed in ascending order of
 * the inner index, so that results have the same bits on every CPU and for every number of threads. */
#ifndef PB_LINALG_TILE_F64_H
#define PB_LINALG_TILE_F64_H

#include <stdint.h>

enum { PB_TILE_ROWS = 4, PB_TILE_COLUMNS = 8 };

/* c[i][j] += sum over k of a[k][i] b[k][j].
 * @param a n x PB_TILE_ROWS @param b n x PB_TILE_COLUMNS
 * @param c PB_TILE_ROWS rows of PB_TILE_COLUMNS, `stride` elements apart */
void pb_tile_f64(int64_t n, const double *a, const double *b, double *c, int64_t stride);

#endif
