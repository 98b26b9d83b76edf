/* Order statistics without a full sort. */
#ifndef PB_METRICS_SELECT_H
#define PB_METRICS_SELECT_H

#include <stdint.h>

/* The element that would stand at `rank` (0-based) were `values` sorted ascending. Reorders: afterwards
 * values[0..rank] <= values[rank] <= values[rank..n). No NaN; 0 <= rank < n. */
double pb_order_statistic(double *values, int64_t n, int64_t rank);

/* Mean of the `count` highest, summed in ascending order: the same bits for any order of the values. Reorders. No NaN;
 * 1 <= count <= n. */
double pb_mean_of_highest(double *values, int64_t n, int64_t count);

/* The median as numpy.median: the mean of the two middle ones for even n. Reorders. n >= 1. */
double pb_median(double *values, int64_t n);

/* The median, and the median distance from it. */
typedef struct pb_deviation {
    double median, mad;
} pb_deviation;

/* Of a normal distribution the standard deviation is 1.4826 times the median distance (method.md#audit-mad). */
#define PB_MAD_TO_SD 1.4826
/* Less is none: values are equal up to rounding. */
#define PB_MAD_LEAST 1e-12

/* Reorders, and what remains in `values` means nothing. n >= 1. */
pb_deviation pb_median_deviation(double *values, int64_t n);

#endif
