/* Limits of the guard's measures, and the verdict (method.md#guard). */
#include <purebank/guard.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "metrics/select.h"
#include "metrics/student_t.h"

enum { N_MEASURES = PB_GUARD_N_MEASURES, N_CELLS = PB_GUARD_THUMBNAIL * PB_GUARD_THUMBNAIL };
enum { LOW = 1, HIGH = 2, BOTH = LOW | HIGH };

static const char other_lines[] = "not the same picture: its lines run in other directions";

/* `usual`: standard deviation at a steady station, chosen on the demo's parts and on photos of brick, gravel and a fixed view,
 * tried on others (docs/results.md). */
static const struct {
    const char *name;
    int sides; /* on which a photo can be wrong */
    double usual;
    const char *low, *high; /* what it then is */
} measures[N_MEASURES] = {
    [PB_GUARD_SIZE] = {"size", BOTH, .02, "fewer pixels than the references", "more pixels than the references"},
    [PB_GUARD_ASPECT] = {"aspect", BOTH, .02, "narrower than the references: cut?", "wider than the references: cut?"},
    [PB_GUARD_BRIGHTNESS] = {"brightness", BOTH, .1, "much darker than the references",
                             "much brighter than the references"},
    [PB_GUARD_CONTRAST] = {"contrast", BOTH, .1, "much less contrast than the references",
                           "much more contrast than the references"},
    [PB_GUARD_DARK] = {"black", HIGH, .1, "", "much more black than the references: underexposed?"},
    [PB_GUARD_BRIGHT] = {"white", HIGH, .2, "", "much more white than the references: overexposed?"},
    [PB_GUARD_FLAT] = {"flat", HIGH, .15, "", "large parts show nothing: covered, or out of focus?"},
    [PB_GUARD_SEAM] = {"seam", HIGH, .1, "", "a straight edge crosses it: covered, or not one photo?"},
    [PB_GUARD_CUT] = {"cut", HIGH, .06, "", "a straight edge crosses it: covered, or not one photo?"},
    [PB_GUARD_SHARPNESS] = {"sharpness", BOTH, .1, "much less sharp than the references",
                            "much sharper than the references: noise?"},
    [PB_GUARD_DETAIL] = {"detail", BOTH, .06, "much less detail than the references",
                         "much more detail than the references: noise?"},
    [PB_GUARD_RED] = {"red", BOTH, .02, "not the same colour: less red", "not the same colour: more red"},
    [PB_GUARD_BLUE] = {"blue", BOTH, .02, "not the same colour: less blue", "not the same colour: more blue"},
    [PB_GUARD_POLARITY] = {"polarity", BOTH, .015, "not the same picture: what is bright there is dark here",
                           "not the same picture: what is dark there is bright here"},
    [PB_GUARD_GRAIN] = {"grain", BOTH, .04, other_lines, other_lines},
    [PB_GUARD_SLANT] = {"slant", BOTH, .04, other_lines, other_lines},
    [PB_GUARD_LAYOUT] = {"layout", LOW, .15, "not the same picture: light and dark lie elsewhere", ""},
    [PB_GUARD_TYPICAL] = {"typical", BOTH, .1, "not the same picture: closer to the bank than any part can be",
                          "not the same picture: it differs everywhere"},
    [PB_GUARD_SPREAD] = {"spread", LOW, .1, "not the same picture: it differs everywhere alike", ""},
};

static const double CLOSEST = 3.5, WIDEST = 20; /* limits, times what is usual */

const char *pb_guard_measure_name(pb_guard_measure measure)
{
    return measure >= 0 && measure < PB_GUARD_N_MEASURES ? measures[measure].name : "unknown";
}

static double layout_of(const float *thumbnail, const float *layout)
{
    double dot = 0, norm = 0;
    for (int i = 0; i < N_CELLS; i++) {
        dot += (double)thumbnail[i] * (double)layout[i];
        norm += (double)layout[i] * (double)layout[i];
    }
    const double correlation = norm > 0 ? dot / sqrt(norm) : 0;
    return atanh(0.95 * fmin(fmax(correlation, -1), 1)); /* .95: whether photos agree by .99 or .999 is no matter */
}

/* Everything one call of pb_guard_fit() works on. */
typedef struct guard_fit {
    const pb_photo *photos;
    int64_t n;
    double *values;  /* N_MEASURES x n */
    int *odd;        /* n: 0, or does not count: by measure number |odd| - 1, where too low negative */
    double *scratch; /* n */
    pb_guard *guard;
} guard_fit;

/* Mean thumbnail of the photos that count, but for one; @param left_out -1 for none */
static void mean_layout(const guard_fit *fit, int64_t left_out, float *out)
{
    double sum[N_CELLS] = {0};
    int64_t n = 0;
    for (int64_t i = 0; i < fit->n; i++) {
        if (fit->odd[i] || i == left_out)
            continue;
        for (int j = 0; j < N_CELLS; j++)
            sum[j] += (double)fit->photos[i].thumbnail[j];
        n++;
    }
    for (int j = 0; j < N_CELLS; j++)
        out[j] = n > 0 ? (float)(sum[j] / (double)n) : 0;
}

static void gather_values(guard_fit *fit)
{
    float others[N_CELLS];
    for (int64_t i = 0; i < fit->n; i++) {
        for (int m = 0; m < N_MEASURES; m++)
            fit->values[m * fit->n + i] = fit->photos[i].value[m];
        mean_layout(fit, i, others);
        fit->values[PB_GUARD_LAYOUT * fit->n + i] = layout_of(fit->photos[i].thumbnail, others);
    }
}

/* Copies the values of a measure that count. @return how many; 0 where one is not known */
static int64_t values_that_count(const guard_fit *fit, int m, double *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < fit->n; i++) {
        const double value = fit->values[m * fit->n + i];
        if (isnan(value))
            return 0;
        if (!fit->odd[i])
            out[n++] = value;
    }
    return n;
}

/* A station that takes photos of any size says nothing about the size of the next. */
static bool is_judged(int m, const double *values, int64_t n)
{
    static const double AGREE = 0.15; /* 11 % */
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (int64_t i = 0; i < n; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    return n > 0 && ((m != PB_GUARD_SIZE && m != PB_GUARD_ASPECT) || high - low < AGREE);
}

/* The rate is shared by all sides of the measures that the photos have. */
static void set_factor(guard_fit *fit)
{
    int sides = 0;
    for (int m = 0; m < N_MEASURES; m++)
        if (values_that_count(fit, m, fit->scratch) > 0)
            sides += measures[m].sides == BOTH ? 2 : 1;
    const double tail = fmax(fit->guard->rate / sides, DBL_MIN); /* a share of next to nothing would become 0 */
    fit->guard->factor = pb_student_t_quantile(tail, fit->guard->n - 1);
}

/* Half the width of the prediction interval, over `factor`. */
static double scale_of(const pb_guard *guard, double deviation, int64_t n, int m)
{
    const double usual = measures[m].usual / guard->factor;
    return fmin(fmax(deviation * sqrt(1 + 1 / (double)n), CLOSEST * usual), WIDEST * usual);
}

static void set_robust_limits(guard_fit *fit)
{
    for (int m = 0; m < N_MEASURES; m++) {
        double *values = fit->scratch;
        const int64_t n = values_that_count(fit, m, values);
        fit->guard->centre[m] = fit->guard->scale[m] = (double)NAN;
        if (n == 0)
            continue;
        const pb_deviation around = pb_median_deviation(values, n);
        fit->guard->centre[m] = around.median;
        fit->guard->scale[m] = scale_of(fit->guard, PB_MAD_TO_SD * around.mad, n, m);
    }
}

static int64_t n_that_count(const guard_fit *fit)
{
    int64_t n = 0;
    for (int64_t i = 0; i < fit->n; i++)
        n += !fit->odd[i];
    return n;
}

static void set_limits(guard_fit *fit)
{
    fit->guard->n = n_that_count(fit);
    set_factor(fit);
    for (int m = 0; m < N_MEASURES; m++) {
        double *values = fit->scratch, mean = 0, squares = 0;
        const int64_t n = values_that_count(fit, m, values);
        fit->guard->centre[m] = fit->guard->scale[m] = (double)NAN;
        if (!is_judged(m, values, n))
            continue;
        for (int64_t i = 0; i < n; i++)
            mean += values[i] / (double)n;
        for (int64_t i = 0; i < n; i++)
            squares += (values[i] - mean) * (values[i] - mean);
        fit->guard->centre[m] = mean;
        fit->guard->scale[m] = scale_of(fit->guard, sqrt(squares / (double)(n - 1)), n, m);
    }
}

/* How far a value lies towards the limit; 0 on a side that does not matter. */
static double excess_of(const pb_guard *guard, int m, double value)
{
    const double distance = (value - guard->centre[m]) / (guard->scale[m] * guard->factor);
    return isnan(distance) || !(measures[m].sides & (distance > 0 ? HIGH : LOW)) ? 0 : fabs(distance);
}

/* The measure by which a photo stands out most, as `odd` has it; 0 for none. Of another size all else may follow from that. */
static int oddity_of(const guard_fit *fit, int64_t i)
{
    static const double FAR = 2;
    double most = FAR;
    int odd = 0;
    for (int m = 0; m < N_MEASURES && !(m > PB_GUARD_ASPECT && odd && abs(odd) <= PB_GUARD_ASPECT + 1); m++) {
        const double value = fit->values[m * fit->n + i], excess = excess_of(fit->guard, m, value);
        if (excess <= most)
            continue;
        most = excess;
        odd = value > fit->guard->centre[m] ? m + 1 : -(m + 1);
    }
    return odd;
}

static void find_odd(guard_fit *fit)
{
    fit->guard->n = fit->n;
    set_factor(fit);
    set_robust_limits(fit);
    for (int64_t i = 0; i < fit->n; i++)
        fit->odd[i] = oddity_of(fit, i);
    if (n_that_count(fit) < 2) /* each is unlike the others: there is nothing that any could stand out from */
        memset(fit->odd, 0, (size_t)fit->n * sizeof *fit->odd);
}

static void fit_limits(guard_fit *fit)
{
    gather_values(fit);
    find_odd(fit);
    gather_values(fit); /* the layout of those that count */
    set_limits(fit);
    mean_layout(fit, -1, fit->guard->layout);
}

static void find_worst(const pb_guard *guard, const double *value, pb_guard_verdict *out);
static const char *words_for(const double *value, int m, bool is_high);

static void judge_reference(const guard_fit *fit, int64_t i, pb_guard_verdict *out)
{
    double value[N_MEASURES];
    for (int m = 0; m < N_MEASURES; m++)
        value[m] = fit->values[m * fit->n + i];
    find_worst(fit->guard, value, out);
    if (fit->odd[i])
        snprintf(out->stands_out, sizeof out->stands_out, "%s",
                 words_for(value, abs(fit->odd[i]) - 1, fit->odd[i] > 0));
}

pb_status pb_guard_fit(const pb_photo *photos, int64_t n, double rate, pb_guard *out, pb_guard_verdict *out_verdicts)
{
    if (n < 2)
        return pb_fail(PB_STATUS_BAD_SHAPE, "limits for photos need at least 2 references, not %" PRId64, n);
    PB_CHECK_ARG(rate > 0 && rate < 1, "the share of good photos to refuse must lie between 0 and 1, not %g", rate);
    *out = (pb_guard){.rate = rate};
    guard_fit fit = {.photos = photos, .n = n, .guard = out};
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT(fit.values, n, N_MEASURES));
    PB_TRY_GOTO(PB_NEW(fit.odd, n));
    PB_TRY_GOTO(PB_NEW(fit.scratch, n));
    fit_limits(&fit);
    for (int64_t i = 0; out_verdicts && i < n; i++)
        judge_reference(&fit, i, &out_verdicts[i]);
done:
    pb_free(fit.values);
    pb_free(fit.odd);
    pb_free(fit.scratch);
    return status;
}

/* What anyone sees at once; NULL where there is something to see. */
static const char *words_for_nothing(const double *value)
{
    const double mean = exp2(value[PB_GUARD_BRIGHTNESS]) - 1, deviation = exp2(value[PB_GUARD_CONTRAST]) - 0.5;
    return mean < 8        ? "almost black: the light may be off"
           : mean > 247    ? "almost white: overexposed, or nothing before the camera"
           : deviation < 2 ? "blank: it shows nothing"
                           : NULL;
}

static const char *words_for(const double *value, int m, bool is_high)
{
    const char *nothing = words_for_nothing(value);
    return nothing ? nothing : is_high ? measures[m].high : measures[m].low;
}

static void explain(const pb_guard *guard, const double *value, pb_guard_verdict *out)
{
    const int m = (int)out->measure;
    out->no_part = words_for_nothing(value) || m == PB_GUARD_SIZE || m == PB_GUARD_ASPECT;
    snprintf(out->reason, sizeof out->reason, "%s", words_for(value, m, value[m] > guard->centre[m]));
}

static void find_worst(const pb_guard *guard, const double *value, pb_guard_verdict *out)
{
    *out = (pb_guard_verdict){.usable = true};
    for (int m = 0; m < N_MEASURES; m++) {
        const double excess = excess_of(guard, m, value[m]);
        if (excess > out->excess) {
            out->excess = excess;
            out->measure = (pb_guard_measure)m;
        }
        if (m == PB_GUARD_ASPECT && out->excess > 1) /* of another size: all else may follow from that */
            break;
    }
    out->usable = out->excess <= 1;
    if (!out->usable)
        explain(guard, value, out);
}

void pb_guard_judge(const pb_guard *guard, const pb_photo *photo, pb_guard_verdict *out)
{
    double value[N_MEASURES];
    memcpy(value, photo->value, sizeof value);
    if (!isnan(photo->value[PB_GUARD_BRIGHTNESS])) /* else nothing of the photo is known */
        value[PB_GUARD_LAYOUT] = layout_of(photo->thumbnail, guard->layout);
    find_worst(guard, value, out);
}
