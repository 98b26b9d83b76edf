/* Whole rows in bytes: all channels of a centred row, rounded to 8 bits with a scale of their own, and a bound of what that lost.
 * A quarter of the row's memory, from which most rows that finer contractions let through are refuted. index.c has the proof. */
#ifndef PB_SEARCH_BYTES_H
#define PB_SEARCH_BYTES_H

#include <stdint.h>

#include "base/error.h"

/* No rows have bytes, nor are they multiplied, where sums of products might not fit 32 bits: 255 * 127 * dim must. */
enum { PB_BYTES_MAX_DIM = 1 << 16 };

typedef struct pb_byte_row {
    float scale;    /* row = scale * integers, */
    float lost;     /* and the true one is no farther from that than this; infinity where it is too far out */
    int32_t square; /* of the integers' norm */
} pb_byte_row;

typedef struct pb_byte_rows {
    int64_t stride; /* bytes from one row to the next: whole vectors, zero past dim */
    int8_t *values;
    pb_byte_row *rows;
} pb_byte_rows;

pb_status pb_byte_rows_init(pb_byte_rows *bytes, int64_t capacity, int64_t dim);
void pb_byte_rows_clear(pb_byte_rows *bytes);

/* Rounds row i.
 * @param square of its norm, from float64 sums
 * @param lost   what the row has lost already; infinity: never to be refuted */
void pb_byte_rows_round(const pb_byte_rows *bytes, int64_t i, const float *row, int64_t dim, double square,
                        double lost);

static inline double pb_byte_row_square(pb_byte_row row)
{
    return (double)row.scale * (double)row.scale * (double)row.square;
}

/* Squared distance of two rounded rows. */
float pb_byte_rows_square(const pb_byte_rows *x, int64_t i, const pb_byte_rows *y, int64_t j);

/* Above this, such squares prove that rows are farther apart than `limit`, `withheld` being the share of the bound that a test
 * takes away. All in units of the rows. */
static inline double pb_byte_rows_limit(pb_byte_row x, pb_byte_row y, double limit, double withheld)
{
    const double reach = (limit + (double)x.lost + (double)y.lost) * (1 - withheld); /* index.c, (15) */
    return (reach * reach + (pb_byte_row_square(x) + pb_byte_row_square(y)) * 0x1p-46) * (1 + 0x1p-22) + 0x1p-120;
}

#endif
