/* Do methods differ at all, and which of them (Demsar 2006, Statistical comparisons of classifiers over multiple data sets)? */
#include <inttypes.h>
#include <math.h>

#include <purebank/stats.h>

#include "analysis/distributions.h"
#include "analysis/ranks.h"
#include "base/memory.h"
#include "base/threads.h"
#include "metrics/check.h"

static pb_status sum_ranks(const double *values, int64_t n, int64_t k, double *sums, double *ties)
{
    double *row, *ranks;
    PB_TRY(PB_NEW(row, 2 * k));
    ranks = row + k;
    *ties = 0;
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++) {
        double here = 0;
        for (int64_t j = 0; j < k; j++)
            row[j] = -values[i * k + j]; /* rank 1 is the highest */
        status = pb_ranks(row, k, ranks, &here);
        *ties += here;
        for (int64_t j = 0; j < k && status == PB_STATUS_OK; j++)
            sums[j] += ranks[j];
    }
    pb_free(row);
    return status;
}

pb_status pb_stats_mean_ranks(const double *values, int64_t n, int64_t k, double *mean_ranks, double *ties)
{
    PB_CHECK_ARG(n >= 1 && k >= 1, "ranks of %" PRId64 " categories and %" PRId64 " methods", n, k);
    PB_TRY(pb_check_finite(values, n * k, "value"));
    for (int64_t j = 0; j < k; j++)
        mean_ranks[j] = 0;
    PB_TRY(sum_ranks(values, n, k, mean_ranks, ties));
    for (int64_t j = 0; j < k; j++)
        mean_ranks[j] /= (double)n;
    return PB_STATUS_OK;
}

/* Friedman 1937, with the correction for ties as SciPy has it (Conover 1999, 5.8). */
pb_status pb_stats_friedman(const double *values, int64_t n, int64_t k, double *mean_ranks, pb_friedman *out)
{
    double ties, squares = 0;
    PB_CHECK_ARG(k >= 3, "Friedman's test needs at least 3 methods, not %" PRId64, k);
    PB_TRY(pb_stats_mean_ranks(values, n, k, mean_ranks, &ties));
    const double rows = (double)n, columns = (double)k;
    for (int64_t j = 0; j < k; j++)
        squares += mean_ranks[j] * rows * (mean_ranks[j] * rows);
    const double correction = 1 - ties / (columns * (columns * columns - 1) * rows);
    *out = (pb_friedman){(double)NAN, (double)NAN};
    if (ties >= columns * (columns * columns - 1) * rows) /* nothing but ties */
        return PB_STATUS_OK;
    out->chi2 = (12 / (columns * rows * (columns + 1)) * squares - 3 * rows * (columns + 1)) / correction;
    out->p = pb_chi2_tail(out->chi2, k - 1);
    return PB_STATUS_OK;
}

static pb_status check_sizes(int64_t n, int64_t k)
{
    PB_CHECK_ARG(n >= 1 && k >= 2, "Nemenyi's test of %" PRId64 " categories and %" PRId64 " methods", n, k);
    return PB_STATUS_OK;
}

/* sqrt(k (k + 1) / (6 n)): the standard error of a difference of mean ranks. */
static double rank_error(int64_t n, int64_t k)
{
    return sqrt((double)k * (double)(k + 1) / (6 * (double)n));
}

pb_status pb_stats_nemenyi_cd(int64_t n, int64_t k, double alpha, double *out)
{
    double low = 0, high = 80; /* the tail falls from 1 to 0 */
    PB_TRY(check_sizes(n, k));
    PB_CHECK_ARG(alpha > 0 && alpha < 1, "a level of significance of %g is not between 0 and 1", alpha);
    for (int i = 0; i < 64; i++) {
        const double middle = 0.5 * (low + high);
        if (pb_stats_studentized_range(middle, k) > alpha)
            low = middle;
        else
            high = middle;
    }
    *out = 0.5 * (low + high) / M_SQRT2 * rank_error(n, k);
    return PB_STATUS_OK;
}

pb_status pb_stats_nemenyi(const double *mean_ranks, int64_t n, int64_t k, double *p)
{
    PB_TRY(check_sizes(n, k));
    PB_TRY(pb_check_finite(mean_ranks, k, "mean rank"));
    for (int64_t i = 0; i < k; i++) {
        p[i * k + i] = 1;
        PB_TRY(pb_progress_report(NULL, i, k));
        for (int64_t j = 0; j < i; j++) {
            const double q = fabs(mean_ranks[i] - mean_ranks[j]) / rank_error(n, k) * M_SQRT2;
            p[i * k + j] = p[j * k + i] = pb_stats_studentized_range(q, k);
        }
    }
    return PB_STATUS_OK;
}
