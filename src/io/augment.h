/* What stands behind a variant. */
#ifndef PB_IO_AUGMENT_H
#define PB_IO_AUGMENT_H

#include <purebank/augment.h>

#include "base/error.h"

/* How a variant lies: transposed first, then mirrored. */
typedef struct pb_lie {
    bool transposed, across, down;
} pb_lie;

/* @return as pb_augment_image() */
pb_status pb_augment_variant(const pb_augment *augment, int64_t variant, pb_lie *lie, double *factor);

/* What is at (y, x) of a variant of height x width stands there in the photo, counted row by row. */
int64_t pb_lie_source(const pb_lie *lie, int64_t height, int64_t width, int64_t y, int64_t x);

bool pb_augment_same(const pb_augment *a, const pb_augment *b);

/* Has it any copies? */
static inline bool pb_augment_is_any(const pb_augment *augment)
{
    return augment->rot90 || augment->flips || augment->brightest > 0;
}

#endif
