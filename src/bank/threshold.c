#include "bank/bank.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/select.h"
#include "metrics/student_t.h"
#include "metrics/tolerance.h"

static pb_status check_scores(const double *scores, int64_t n)
{
    if (n < 2)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a threshold needs the scores of at least 2 good references, not %" PRId64,
                       n);
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(scores[i]) || scores[i] < 0)
            return pb_fail(PB_STATUS_BAD_VALUE,
                           "the score of reference %" PRId64 " is %g: scores are finite and not negative", i,
                           scores[i]);
    return PB_STATUS_OK;
}

static const char *const method_names[] = {
    [PB_THRESHOLD_UNKNOWN] = "unknown", [PB_THRESHOLD_CONFORMAL] = "conformal", [PB_THRESHOLD_LOG_T] = "log-t"};

const char *pb_threshold_method_name(pb_threshold_method method)
{
    return (unsigned)method <= PB_THRESHOLD_LOG_T ? method_names[method] : method_names[PB_THRESHOLD_UNKNOWN];
}

pb_threshold_method pb_threshold_method_of(const char *name)
{
    for (int i = PB_THRESHOLD_CONFORMAL; i <= PB_THRESHOLD_LOG_T; i++)
        if (strcmp(name, method_names[i]) == 0)
            return (pb_threshold_method)i;
    return PB_THRESHOLD_UNKNOWN;
}

/* method.md#conformal. The allowance of 1e-12 keeps a rate such as 0.29 with n + 1 = 100, whose product rounds to just below 29, at 29. */
int64_t pb_threshold_allowed_above(double rate, int64_t n)
{
    const double allowed = floor(rate * (double)(n + 1) * (1 + 1e-12));
    return allowed < (double)n ? (int64_t)allowed : n;
}

static pb_status conformal_bound(const double *scores, int64_t n, int64_t above, double *out)
{
    double *copy;
    PB_TRY(PB_NEW_UNINITIALISED(copy, n));
    memcpy(copy, scores, (size_t)n * sizeof *copy);
    *out = pb_order_statistic(copy, n, n - above); /* number n + 1 - above, counted from 1 */
    pb_free(copy);
    return PB_STATUS_OK;
}

static pb_status check_positive(const double *scores, int64_t n, double rate)
{
    int64_t zeroes = 0;
    for (int64_t i = 0; i < n; i++)
        zeroes += scores[i] == 0;
    if (zeroes > 0)
        return pb_fail(PB_STATUS_BAD_VALUE,
                       "%" PRId64 " of %" PRId64
                       " references score 0, as copies of other references do, and a false-alarm rate of "
                       "%g cannot be extrapolated from them: leave the copies out, or ask for a rate of at least %.4g",
                       zeroes, n, rate, 1 / (double)(n + 1));
    return PB_STATUS_OK;
}

/* Equal scores have no spread to extrapolate: the bound is the score itself, not exp(log(score)), which may
 * round to just below it and fail the very parts it was made from. */
static int all_equal(const double *scores, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if (scores[i] != scores[0])
            return 0;
    return 1;
}

/* method.md#log-t. */
static pb_status log_t_bound(const double *scores, int64_t n, double rate, double *out)
{
    PB_TRY(check_positive(scores, n, rate));
    if (all_equal(scores, n)) {
        *out = scores[0];
        return PB_STATUS_OK;
    }
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        mean += log(scores[i]) / (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += (log(scores[i]) - mean) * (log(scores[i]) - mean);
    const double deviation = sqrt(squares / (double)(n - 1));
    const double bound = exp(mean + pb_student_t_quantile(rate, n - 1) * deviation * sqrt(1 + 1 / (double)n));
    if (!isfinite(bound))
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "%" PRId64 " references cannot bound a false-alarm rate of %g (the bound overflows): add "
                       "references or ask for a higher rate",
                       n, rate);
    *out = bound;
    return PB_STATUS_OK;
}

pb_status pb_threshold_check_rate(double rate)
{
    PB_CHECK_ARG(rate > 0 && rate < 1, "the false-alarm rate must lie between 0 and 1, both excluded, not %g", rate);
    return PB_STATUS_OK;
}

pb_status pb_threshold_log_t(const double *scores, int64_t n, double false_alarm_rate, pb_threshold *out)
{
    PB_TRY(pb_threshold_check_rate(false_alarm_rate));
    PB_TRY(check_scores(scores, n));
    pb_threshold fit = {.false_alarm_rate = false_alarm_rate, .n = n, .guaranteed_rate = 1 / (double)(n + 1)};
    PB_TRY(log_t_bound(scores, n, false_alarm_rate, &fit.value));
    fit.method = PB_THRESHOLD_LOG_T;
    *out = fit;
    return PB_STATUS_OK;
}

pb_status pb_threshold_fit(const double *scores, int64_t n, double false_alarm_rate, pb_threshold *out)
{
    PB_TRY(pb_threshold_check_rate(false_alarm_rate));
    PB_TRY(check_scores(scores, n));
    pb_threshold fit = {.false_alarm_rate = false_alarm_rate, .n = n, .guaranteed_rate = 1 / (double)(n + 1)};
    const int64_t above = pb_threshold_allowed_above(false_alarm_rate, n);
    if (above < 1)
        return pb_threshold_log_t(scores, n, false_alarm_rate, out);
    PB_TRY(conformal_bound(scores, n, above, &fit.value));
    fit.method = PB_THRESHOLD_CONFORMAL;
    *out = fit;
    return PB_STATUS_OK;
}

bool pb_threshold_is_promised(const pb_threshold *threshold)
{
    return threshold->method == PB_THRESHOLD_CONFORMAL;
}

pb_status pb_threshold_rate_bound(const pb_threshold *threshold, double confidence, double *out)
{
    const double rate = threshold->false_alarm_rate;
    const int64_t n = threshold->n;
    PB_CHECK_ARG(confidence > 0 && confidence < 1, "the confidence must lie between 0 and 1, both excluded, not %g",
                 confidence);
    PB_CHECK_ARG(n >= 2 && rate > 0 && rate < 1, "a threshold of %" PRId64 " references for a rate of %g is none",
                 threshold->n, rate);
    if (threshold->method == PB_THRESHOLD_LOG_T)
        *out = pb_normal_rate_bound(n, pb_student_t_quantile(rate, n - 1) * sqrt(1 + 1 / (double)n), confidence);
    else if (pb_threshold_is_promised(threshold) && pb_threshold_allowed_above(rate, n) >= 1)
        *out = pb_order_rate_bound(n, pb_threshold_allowed_above(rate, n), confidence);
    else
        return pb_fail(PB_STATUS_UNSUPPORTED, "nothing is known of the rate behind a threshold made by \"%s\"",
                       pb_threshold_method_name(threshold->method));
    return PB_STATUS_OK;
}
