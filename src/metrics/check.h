/* Argument checks that the metrics share. */
#ifndef PB_METRICS_CHECK_H
#define PB_METRICS_CHECK_H

#include <stdint.h>

#include <purebank/status.h>

/* PB_STATUS_BAD_VALUE naming the first NaN or infinity; `what` is the noun of the message ("score"). */
pb_status pb_check_finite(const double *values, int64_t n, const char *what);

#endif
