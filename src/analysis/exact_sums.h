/* Sums whose rounding does not show: equal decimals in any order give equal means, which tests then see as ties. */
#ifndef PB_ANALYSIS_EXACT_SUMS_H
#define PB_ANALYSIS_EXACT_SUMS_H

#include <math.h>
#include <stdint.h>

/* Neumaier 1974: Kahan's summation that also keeps what a large summand would lose. */
typedef struct pb_sum {
    double total, lost;
    int64_t n;
} pb_sum;

static inline void pb_sum_add(pb_sum *sum, double value)
{
    const double total = sum->total + value;
    sum->lost += fabs(sum->total) >= fabs(value) ? (sum->total - total) + value : (value - total) + sum->total;
    sum->total = total;
    sum->n++;
}

/* NaN for no values. */
static inline double pb_sum_mean(const pb_sum *sum)
{
    return sum->n > 0 ? (sum->total + sum->lost) / (double)sum->n : (double)NAN;
}

/* Standard deviation with n - 1; NaN for fewer than two values. */
static inline double pb_standard_deviation(const double *values, int64_t n)
{
    pb_sum sum = {0}, squares = {0};
    for (int64_t i = 0; i < n; i++)
        pb_sum_add(&sum, values[i]);
    const double mean = pb_sum_mean(&sum);
    for (int64_t i = 0; i < n; i++)
        pb_sum_add(&squares, (values[i] - mean) * (values[i] - mean));
    return n > 1 ? sqrt((squares.total + squares.lost) / (double)(n - 1)) : (double)NAN;
}

/* The decimal that was meant: files have decimals, and what is computed from them is off by about 1e-16. Means of values with 4
 * decimals are farther apart than this by far. */
static inline double pb_as_decimal(double value)
{
    return round(value * 1e12) / 1e12;
}

#endif
