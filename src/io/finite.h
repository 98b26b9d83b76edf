/* The inner loop of every check for NaN and infinity, alone in its translation unit so that it can be cloned. */
#ifndef PB_IO_FINITE_H
#define PB_IO_FINITE_H

#include <stdint.h>

/* Index of the first NaN or infinity, n if there is none. */
int64_t pb_first_not_finite(const float *values, int64_t n);

#endif
