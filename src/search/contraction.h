/* The contraction of centred rows: their first coordinates along principal axes, and the norm of the rest as one more. No two
 * contracted rows are farther apart than the rows are; index.c has the proof. */
#ifndef PB_SEARCH_CONTRACTION_H
#define PB_SEARCH_CONTRACTION_H

#include <stdint.h>

#include "base/error.h"
#include "search/axes.h"

typedef struct pb_contraction pb_contraction;

/* Rows that are rotated at once: 14 times that are the patches of 28 x 28, so that none are made up. */
enum { PB_CONTRACTION_ROWS = 56 };

enum { PB_CONTRACTION_MAX_SIZE = PB_AXES_MAX + 1, PB_CONTRACTION_MAX_DIM = 1 << 16 };

/* @param sample n x dim, centred
 * @param wanted coordinates, 2..PB_CONTRACTION_MAX_SIZE, the norm of the rest being one of them
 * @param out    NULL where the rows do not differ */
pb_status pb_contraction_new(const float *sample, int64_t n, int64_t dim, int64_t wanted, pb_contraction **out);

/* The contraction along axes that were kept: pb_contraction_axes() of another one.
 * @param count of axes, 1..PB_AXES_MAX
 * @return PB_STATUS_BAD_FORMAT where they are not at right angles */
pb_status pb_contraction_restore(const float *axes, int64_t count, int64_t dim, pb_contraction **out);

/* pb_contraction_size() - 1 of them, dim each; borrowed. */
const float *pb_contraction_axes(const pb_contraction *contraction);

/* Coordinates that there are, the norm of the rest being one of them. */
int64_t pb_contraction_size(const pb_contraction *contraction);

/* Forgets all but `size` coordinates, 2..pb_contraction_size(), and is ready for good. */
pb_status pb_contraction_settle(pb_contraction *contraction, int64_t size);

/* Rotates PB_CONTRACTION_ROWS rows; the last coordinate of each is left free.
 * @param rows dim each @param coordinates pb_contraction_size() each */
pb_status pb_contraction_rotate(const pb_contraction *contraction, const float *rows, float *coordinates);

/* The norm of what `size` - 1 coordinates of a rotated row leave, and a bound of how far those and this norm are from the row's
 * contraction.
 * @param square of the row's norm, from float64 sums */
double pb_contraction_rest(const pb_contraction *contraction, const float *coordinates, double square, int64_t size,
                           double *lost);

/* Accepts NULL. */
void pb_contraction_free(pb_contraction *contraction);

#endif
