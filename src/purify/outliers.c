#include "purify/outliers.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/select.h"
#include "metrics/student_t.h"
#include "purify/mixture.h"

static double mean_of(const double *values, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

static double max_of(const double *values, int64_t n)
{
    double max = values[0];
    for (int64_t i = 1; i < n; i++)
        max = fmax(max, values[i]);
    return max;
}

static pb_status copy_of(const double *values, int64_t n, double **out)
{
    PB_TRY(PB_NEW_UNINITIALISED(*out, n));
    memcpy(*out, values, (size_t)n * sizeof **out);
    return PB_STATUS_OK;
}

double pb_skewness(const double *values, int64_t n)
{
    const double mean = mean_of(values, n);
    double m2 = 0, m3 = 0;
    for (int64_t i = 0; i < n; i++) {
        const double x = values[i] - mean;
        m2 += x * x;
        m3 += x * x * x;
    }
    m2 /= (double)n;
    m3 /= (double)n;
    const double rounding = DBL_EPSILON * mean; /* SciPy's bound, below which it calls the values equal */
    return m2 <= rounding * rounding ? (double)NAN : m3 / (m2 * sqrt(m2));
}

double pb_grubbs_statistic(const double *values, int64_t n)
{
    const double mean = mean_of(values, n);
    double squares = 0;
    for (int64_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return squares > 0 ? (max_of(values, n) - mean) / sqrt(squares / (double)(n - 1)) : 0;
}

double pb_grubbs_critical(int64_t n)
{
    const double t = pb_student_t_quantile(0.05 / (2 * (double)n), n - 2), square = t * t;
    return (double)(n - 1) / sqrt((double)n) * sqrt(square / ((double)(n - 2) + square));
}

double pb_mad_statistic(double *values, int64_t n)
{
    const double max = max_of(values, n);
    const pb_deviation around = pb_median_deviation(values, n);
    return around.mad < PB_MAD_LEAST ? 0 : (max - around.median) / (PB_MAD_TO_SD * around.mad);
}

pb_status pb_test_skewness(const double *scores, int64_t n, bool *out)
{
    double *copy;
    PB_TRY(copy_of(scores, n, &copy));
    const double median = pb_median(copy, n);
    /* Scores are distances: a median of 0 with anything above it is infinitely far. */
    *out = pb_skewness(scores, n) > 0.5 && max_of(scores, n) - median > 0 &&
           (median <= 0 || (max_of(scores, n) - median) / median > 0.3);
    pb_free(copy);
    return PB_STATUS_OK;
}

pb_status pb_test_grubbs(const double *scores, int64_t n, bool *out)
{
    *out = n >= 3 && pb_grubbs_statistic(scores, n) > pb_grubbs_critical(n);
    return PB_STATUS_OK;
}

pb_status pb_test_mixture(const double *scores, int64_t n, bool *out)
{
    pb_mixture one, two;
    *out = false;
    if (n < 4)
        return PB_STATUS_OK;
    PB_TRY(pb_mixture_fit(scores, n, 1, &one));
    PB_TRY(pb_mixture_fit(scores, n, 2, &two));
    const double weight = two.weight[two.mean[1] > two.mean[0]];
    *out = two.bic < one.bic && weight >= 0.05 && weight <= 0.60;
    return PB_STATUS_OK;
}

pb_status pb_test_mad(const double *scores, int64_t n, bool *out)
{
    double *copy;
    PB_TRY(copy_of(scores, n, &copy));
    *out = pb_mad_statistic(copy, n) > 3.5;
    pb_free(copy);
    return PB_STATUS_OK;
}
