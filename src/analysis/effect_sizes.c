/* How large is a difference, and how many were looked at? */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <purebank/stats.h>

#include "base/memory.h"
#include "base/sort.h"
#include "base/threads.h"
#include "metrics/check.h"

typedef struct placed_p {
    double p;
    int64_t place;
} placed_p;

static int by_p(const void *a, const void *b)
{
    const placed_p *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* Holm 1979: the i-th smallest of m times m - i + 1, and never less than the one before. */
pb_status pb_stats_holm(const double *p, int64_t n, double *adjusted)
{
    placed_p *sorted;
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        PB_CHECK_ARG(isnan(p[i]) || (p[i] >= 0 && p[i] <= 1), "number %" PRId64 " of the p values is %g", i, p[i]);
    PB_TRY(PB_NEW(sorted, n));
    for (int64_t i = 0; i < n; i++) {
        if (!isnan(p[i]))
            sorted[m++] = (placed_p){p[i], i};
        adjusted[i] = p[i];
    }
    const pb_status status = pb_sort(sorted, m, sizeof *sorted, by_p);
    double highest = 0;
    for (int64_t i = 0; i < m && status == PB_STATUS_OK; i++) {
        const double value = fmin(1, sorted[i].p * (double)(m - i));
        highest = fmax(highest, value);
        adjusted[sorted[i].place] = highest;
    }
    pb_free(sorted);
    return status;
}

/* Of all pairs: how often is x above y, how often are they equal? */
static pb_status count_pairs(const double *x, int64_t n, const double *y, int64_t m, double *above, double *equal)
{
    PB_CHECK_ARG(n >= 1 && m >= 1, "an effect size of %" PRId64 " and %" PRId64 " values", n, m);
    PB_TRY(pb_check_finite(x, n, "value"));
    PB_TRY(pb_check_finite(y, m, "value"));
    const int64_t at_a_time = 1 + (1 << 24) / m;
    int64_t n_above = 0, n_equal = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i % at_a_time == 0)
            PB_TRY(pb_progress_report(NULL, i, n)); /* whoever asked may no longer want to know */
        for (int64_t j = 0; j < m; j++) {
            n_above += x[i] > y[j];
            n_equal += x[i] == y[j];
        }
    }
    *above = (double)n_above;
    *equal = (double)n_equal;
    return PB_STATUS_OK;
}

pb_status pb_stats_cliffs_delta(const double *x, int64_t n, const double *y, int64_t m, double *out)
{
    double above, equal;
    PB_TRY(count_pairs(x, n, y, m, &above, &equal));
    const double pairs = (double)n * (double)m;
    *out = (above - (pairs - above - equal)) / pairs;
    return PB_STATUS_OK;
}

const char *pb_stats_effect(double delta)
{
    const double size = fabs(delta);
    return size < 0.147 ? "negligible" : size < 0.33 ? "small" : size < 0.474 ? "medium" : "large";
}

pb_status pb_stats_a12(const double *x, int64_t n, const double *y, int64_t m, double *out)
{
    double above, equal;
    PB_TRY(count_pairs(x, n, y, m, &above, &equal));
    *out = (above + 0.5 * equal) / ((double)n * (double)m);
    return PB_STATUS_OK;
}
