/* The bootstrap of NumPy users, to the bit: draws, sums and percentiles. */
#include <inttypes.h>

#include <purebank/metrics.h>
#include <purebank/stats.h>

#include "base/memory.h"
#include "base/pcg64.h"
#include "base/threads.h"
#include "metrics/check.h"

enum { LANES = 8, BLOCK = 128 };

/* numpy.add.reduce of contiguous doubles: halves down to blocks of 128, blocks in 8 lanes. The depth is the logarithm of n. */
static double numpy_sum(const double *values, int64_t n) /* NOLINT(misc-no-recursion) */
{
    double lane[LANES];
    if (n > BLOCK) {
        const int64_t half = n / 2 - n / 2 % LANES;
        return numpy_sum(values, half) + numpy_sum(values + half, n - half);
    }
    if (n < LANES) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += values[i];
        return sum;
    }
    for (int j = 0; j < LANES; j++)
        lane[j] = values[j];
    int64_t i = LANES;
    for (; i < n - n % LANES; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += values[i + j];
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (; i < n; i++)
        sum += values[i];
    return sum;
}

/* Asks between some million draws of a value whether to go on. */
static pb_status draw_means(const double *values, int64_t n, uint64_t seed, double *drawn, int64_t draws, double *means)
{
    const int64_t at_a_time = 1 + (1 << 20) / n;
    pb_pcg64 random;
    pb_pcg64_seed(&random, seed);
    for (int64_t d = 0; d < draws; d++) {
        if (d % at_a_time == 0)
            PB_TRY(pb_progress_report(NULL, d, draws));
        for (int64_t i = 0; i < n; i++)
            drawn[i] = values[pb_pcg64_below(&random, n)];
        means[d] = numpy_sum(drawn, n) / (double)n;
    }
    return PB_STATUS_OK;
}

pb_status pb_stats_bootstrap(const double *values, int64_t n, uint64_t seed, int64_t draws, double confidence,
                             double *low, double *high)
{
    PB_CHECK_ARG(n >= 1 && n <= INT32_MAX, "a bootstrap of %" PRId64 " values", n);
    PB_CHECK_ARG(draws >= 1 && draws <= 10000000, "a bootstrap with %" PRId64 " draws; 1 to 10000000", draws);
    PB_CHECK_ARG(confidence > 0 && confidence < 1, "a confidence of %g is not between 0 and 1", confidence);
    PB_TRY(pb_check_finite(values, n, "value"));
    double *means, *drawn;
    PB_TRY(PB_NEW(means, draws + n));
    drawn = means + draws;
    pb_status status = draw_means(values, n, seed, drawn, draws, means);
    if (status == PB_STATUS_OK)
        status = pb_percentile(means, draws, 50 - confidence * 50, low);
    if (status == PB_STATUS_OK)
        status = pb_percentile(means, draws, 50 + confidence * 50, high);
    pb_free(means);
    return status;
}
