#include <purebank/metrics.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/check.h"
#include "metrics/select.h"

/* numpy's _lerp: from the nearer end, so that t = 1 gives b exactly. */
static double lerp(double a, double b, double t)
{
    const double difference = b - a;
    return t >= 0.5 ? b - difference * (1 - t) : a + difference * t;
}

static double minimum(const double *values, int64_t n)
{
    double result = values[0];
    for (int64_t i = 1; i < n; i++)
        result = values[i] < result ? values[i] : result;
    return result;
}

pb_status pb_percentile(const double *values, int64_t n, double q, double *out)
{
    PB_CHECK_ARG(q >= 0 && q <= 100, "a percentile must be between 0 and 100, not %g", q);
    if (n < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a percentile needs at least 1 value, not %" PRId64, n);
    PB_TRY(pb_check_finite(values, n, "value"));
    double *copy;
    PB_TRY(PB_NEW_UNINITIALISED(copy, n));
    memcpy(copy, values, (size_t)n * sizeof *copy);
    /* Position in the sorted values: Hyndman and Fan 1996, definition 7. */
    const double position = (double)(n - 1) * (q / 100);
    const int64_t below = (int64_t)floor(position);
    const double a = pb_order_statistic(copy, n, below);
    const double b = below + 1 < n ? minimum(copy + below + 1, n - below - 1) : a;
    pb_free(copy);
    *out = lerp(a, b, position - (double)below);
    return PB_STATUS_OK;
}
