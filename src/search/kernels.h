/* The loops that take the time, cloned for each instruction set. */
#ifndef PB_SEARCH_KERNELS_H
#define PB_SEARCH_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "search/topk.h"

/* out = (row * factor - centre) * inverse_unit, in float64; returns the largest magnitude in `out`. */
double pb_centre_row(const float *row, double factor, const double *centre, double inverse_unit, double *out,
                     int64_t dim);

/* Rotates `values` by normalised Hadamard matrices of the largest power of two that divides dim; returns the largest
 * magnitude of the result. Norms and distances stay, large single channels are spread over all. */
double pb_rotate(double *values, int64_t dim);

double pb_largest_magnitude(const double *values, int64_t n);

/* In float64. */
double pb_sum_of_squares(const float *values, int64_t n);

/* Sum of (a - b)^2 in float32. */
float pb_float_squared_distance(const float *a, const float *b, int64_t n);

/* The same of halves, for n a multiple of 16. */
float pb_half_squared_distance(const uint16_t *a, const uint16_t *b, int64_t n);

/* Lists, ascending, the rows whose pb_half_squared_distance() from x is not above their limit; returns how many.
 * @param rows n x stride, stride a multiple of 16 @param out room for n */
int64_t pb_halves_within(const uint16_t *rows, const uint16_t *x, int64_t stride, int64_t n, const float *limits,
                         int32_t *out);

/* Sum of (value - half)^2 in float32, for halves that the values were rounded to. */
float pb_half_rounding(const float *values, const uint16_t *halves, int64_t n);

typedef struct pb_rounding {
    double square;      /* of the rounded row's norm */
    double lost_square; /* of the norm of what rounding took away */
} pb_rounding;

pb_rounding pb_round_to_float(const double *values, float *out, int64_t dim);

/* pb_centre_row() and pb_round_to_float() in one pass, with the same bits. @param largest magnitude before rounding */
pb_rounding pb_centre_to_float(const float *row, double factor, const double *centre, double inverse_unit, float *out,
                               int64_t dim, double *largest);

/* The same in float32, which rounds each difference once and is exact otherwise: no value is off by more than 2^-24 of itself, or by
 * 2^-125. Returns the square of the norm of `out`, in float64. */
double pb_centre_floats(const float *row, const float *centre, float inverse_unit, float *out, int64_t dim,
                        float *largest);

/* out = bias + integers nearest to values / scale, |values| <= (bias - 0.5) * scale; all `bias` where scale is 0.
 * @param bias 1..128 @param sum of the integers */
pb_rounding pb_round_to_bytes(const double *values, double scale, int bias, uint8_t *out, int64_t dim, int64_t *sum);

float pb_largest_float(const float *row, int64_t n);

typedef struct pb_byte_rounding {
    float lost_square; /* of the norm of what rounding took away, in float32 */
    int32_t square;    /* of the integers' norm */
} pb_byte_rounding;

/* out = integers nearest to row / scale, |row| <= 127 * scale; all 0 where scale is 0. For rows of floats. */
pb_byte_rounding pb_round_to_signed(const float *row, float scale, int8_t *out, int64_t n);

/* Takes the bias off again. */
void pb_bytes_to_signed(const uint8_t *bytes, int bias, int8_t *out, int64_t n);

/* Products in units of the frame from those of integers: (raw - shift) * (scale * row_scale). */
void pb_scale_products(const int32_t *raw, const int32_t *shift, const float *scale, float row_scale, float *out,
                       int64_t n);

/* out = product - half_square; of integers after scaling them. */
void pb_score_floats(const float *product, const float *half_square, float *out, int64_t n);
void pb_score_bytes(const int32_t *raw, const int32_t *shift, const float *scale, float row_scale,
                    const float *half_square, float *out, int64_t n);

/* Lists, ascending, the columns with score >= threshold, which a NAN is not; returns how many. @param out room for n */
int64_t pb_select(const float *score, float threshold, int64_t n, int32_t *out);

/* The same with score + slope * lost >= threshold. */
int64_t pb_select_by_loss(const float *score, const float *lost, float slope, float threshold, int64_t n, int32_t *out);

/* The k columns with the highest scores below infinity, in no order, with the negative score for a distance; fewer where there are
 * fewer. @param passed room for n @param items room for k */
int64_t pb_best_scores(const float *score, int64_t n, int64_t k, int32_t *passed, pb_neighbor *items);

/* For rows and columns that are queries both: product - half_square >= threshold, or
 * product - row_half_square >= column_threshold. */
int64_t pb_select_mutual(const float *product, const float *half_square, float threshold, float row_half_square,
                         const float *column_threshold, int64_t n, int32_t *out);

/* Takes its part along an orthonormal row out of a row of an inverse: row -= p * before, p = before.gram. Returns p^2.
 * @param gram products of the row with the first n rows */
double pb_take_out(const double *before, const float *gram, double *row, int64_t n);

enum { PB_ROWS_AT_ONCE = 64 };

/* Which rows are within their limit: the float32 sum of squared differences from the centre, in the order of the channels, taken as FLT_MAX
 * where it is larger, is at most limit[i].
 * @param channels dim x n: the rows' values, channel by channel; n a multiple of PB_ROWS_AT_ONCE @param limit n
 * @param out n: the rows in ascending order @return how many */
int64_t pb_rows_within(const float *restrict channels, int64_t n, const float *restrict centre, int64_t dim,
                       const float *restrict limit, int32_t *restrict out);

#endif
