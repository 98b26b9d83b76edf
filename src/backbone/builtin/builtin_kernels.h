/* The loops of the built-in descriptor that take the time, compiled once per instruction set.
 *
 * The 16 Gabor filters of a level cost 1296 products a pixel when applied one by one. Two symmetries leave 333:
 *  - under (X, Y) -> (-X, -Y) the real part is even and the imaginary part is odd;
 *  - under X -> -X the filter of orientation l becomes that of 8 - l.
 * So pixels are first folded into sums and differences over the four offsets (+-X, +-Y): E, O are even and
 * odd in X, and for each Y again the sum or difference of rows +-Y. Each filter pair l, 8 - l is then the sum
 * and difference of two products with folded weights: R_l, R_8-l = ee_l +- oo_l     I_l, I_8-l = eo_l +- oe_l
 * (first letter: parity in X, second: in Y) where l = 0 and 4 are their own mirror images. */
#ifndef PB_BACKBONE_BUILTIN_KERNELS_H
#define PB_BACKBONE_BUILTIN_KERNELS_H

#include <stdint.h>

enum {
    GABOR_ORIENTATIONS = 8,
    GABOR_RADIUS = 4,
    GABOR_OFFSETS = GABOR_RADIUS + 1, /* |X| or |Y| = 0..4 */
    GABOR_ROWS = 2 * GABOR_RADIUS + 1,
    GABOR_BLOCK = 64, /* pixels of a row handled at a time: all that is live stays in the L1 cache */
    GABOR_EE = 5,     /* l = 0 1 2 3 4 */
    GABOR_OO = 3,     /* l = 1 2 3 */
    GABOR_EO = 4,     /* l = 1 2 3 4 */
    GABOR_OE = 4      /* l = 0 1 2 3 */
};

/* Folded weights by |Y|, product, |X|. Entries that a parity makes zero (eo, oo at Y = 0; oe, oo at X = 0)
 * are unused. */
typedef struct gabor_weights {
    float ee[GABOR_OFFSETS][GABOR_EE][GABOR_OFFSETS];
    float eo[GABOR_OFFSETS][GABOR_EO][GABOR_OFFSETS];
    float oe[GABOR_OFFSETS][GABOR_OE][GABOR_OFFSETS];
    float oo[GABOR_OFFSETS][GABOR_OO][GABOR_OFFSETS];
} gabor_weights;

/* A row folded in X: even[X] = p(x + X) + p(x - X) (even[0] = p(x)), odd[X] = p(x + X) - p(x - X) for X >= 1. */
typedef struct gabor_row {
    float even[GABOR_OFFSETS][GABOR_BLOCK];
    float odd[GABOR_OFFSETS][GABOR_BLOCK];
} gabor_row;

typedef struct gabor_sums {
    float ee[GABOR_EE][GABOR_BLOCK];
    float eo[GABOR_EO][GABOR_BLOCK];
    float oe[GABOR_OE][GABOR_BLOCK];
    float oo[GABOR_OO][GABOR_BLOCK];
} gabor_sums;

typedef struct gabor_scratch {
    gabor_row row[GABOR_ROWS]; /* ring: row y of the bordered plane lies at y % GABOR_ROWS */
    gabor_sums sums;
    float energy[GABOR_ORIENTATIONS][GABOR_BLOCK]; /* per column, summed over the rows of a cell */
} gabor_scratch;

/* Folds GABOR_BLOCK pixels; `pixels` points GABOR_RADIUS to the left of the first. */
void pb_builtin_fold_row(const float *restrict pixels, gabor_row *restrict row);

/* sums = products with row Y = 0. */
void pb_builtin_gabor_centre(const gabor_weights *weights, const gabor_row *restrict centre, gabor_sums *restrict sums);

/* sums += products with rows +-Y, Y = 1..4; `below` is row +Y. */
void pb_builtin_gabor_pair(const gabor_weights *weights, int y, const gabor_row *restrict below,
                           const gabor_row *restrict above, gabor_sums *restrict sums);

/* energy[l] += sqrt(R_l^2 + I_l^2). */
void pb_builtin_gabor_energy(const gabor_sums *restrict sums, float energy[restrict GABOR_ORIENTATIONS][GABOR_BLOCK]);

/* row[x] -= a above[x] + b below[x], squares[x] += row[x]^2. */
void pb_builtin_subtract_mean(float *restrict row, const float *restrict above, const float *restrict below, float a,
                              float b, float *restrict squares, int64_t n);

/* row[x] /= sqrt(0.5 (a above[x] + b below[x]) + half_mean_variance) + 0.005. */
void pb_builtin_divide_deviation(const float *restrict above, const float *restrict below, float a, float b,
                                 float half_mean_variance, float *restrict row, int64_t n);

/* out[x] = sum over i of taps[i] rows[i * stride + x], i = 0..7. */
void pb_builtin_halve_rows(const float *restrict rows, int64_t stride, const float taps[restrict 8],
                           float *restrict out, int64_t n);

/* out[x] = sum over i of taps[i] row[2 x + i], i = 0..7. */
void pb_builtin_halve_columns(const float *restrict row, const float taps[restrict 8], float *restrict out, int64_t n);

/* values[i] = ln(1 + scale * values[i]), values >= 0: the logarithm of the rounded sum to a relative error of
 * 2.5e-7, and the same bits on every machine (libm's may differ from one to the next). */
void pb_builtin_log1p_scaled(float *values, float scale, int64_t n);

#endif
