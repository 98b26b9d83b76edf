/* Who comes first: places by value. */
#ifndef PB_BASE_ORDER_H
#define PB_BASE_ORDER_H

#include <stdint.h>

#include "base/error.h"

/* Indices of values[0..n), the highest first, ties by ascending index. @param order n */
pb_status pb_order_descending(const double *values, int64_t n, int64_t *order);

#endif
