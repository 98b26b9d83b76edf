#include "analysis/effect.h"

#include <math.h>
#include <stdio.h>

#include "analysis/exact_sums.h"
#include "base/error.h"
#include "metrics/recovery.h"

double pb_study_recovery(double mean, double baseline, double clean)
{
    return pb_recovery_of_means(mean, baseline, clean);
}

void pb_effect_policy_words(const pb_effect_policy *policy, char *out, size_t size)
{
    static const pb_effect_policy usual = PB_EFFECT_POLICY_INIT;
    policy = policy ? policy : &usual;
    snprintf(out, size, "over the categories with %s, seeds averaged first; ties within %g",
             policy->categories == PB_EFFECT_AS_MANY_SEEDS ? "as many seeds of both" : "both", policy->tie);
}

int pb_effect_sign(double difference, const pb_effect_policy *policy)
{
    static const pb_effect_policy usual = PB_EFFECT_POLICY_INIT;
    const double decimal = pb_as_decimal(difference), tie = policy ? policy->tie : usual.tie;
    return decimal > tie ? 1 : decimal < -tie ? -1 : 0;
}

static void compare_with_baseline(const pb_effect_policy *policy, const pb_complete *complete, pb_effect *out)
{
    pb_sum method = {0}, baseline = {0}, gain = {0};
    for (int64_t i = 0; i < complete->n; i++) {
        const double *values = complete->values + 2 * i;
        const int sign = pb_effect_sign(values[0] - values[1], policy);
        pb_sum_add(&method, values[0]);
        pb_sum_add(&baseline, values[1]);
        pb_sum_add(&gain, values[0] - values[1]);
        out->wins += sign > 0;
        out->losses += sign < 0;
    }
    out->n = complete->n;
    out->ties = out->n - out->wins - out->losses;
    out->mean = pb_sum_mean(&method);
    out->baseline = pb_sum_mean(&baseline);
    out->gain = pb_sum_mean(&gain);
}

/* What the method costs where nothing is wrong, and how much of the damage it undoes. */
static void compare_with_clean(const pb_study *study, const pb_study_question *question, const char *method,
                               const pb_complete *complete, pb_effect *out)
{
    pb_sum clean = {0}, method_clean = {0}, mean = {0}, dirty = {0};
    for (int64_t i = 0; i < complete->n; i++) {
        const char *dataset = complete->datasets[i];
        const double value = pb_question_mean(study, question, 0, dataset, question->baseline);
        if (isnan(value))
            continue;
        pb_sum_add(&clean, value);
        pb_sum_add(&method_clean, pb_question_mean(study, question, 0, dataset, method));
        pb_sum_add(&mean, complete->values[2 * i]);
        pb_sum_add(&dirty, complete->values[2 * i + 1]);
    }
    out->n_clean = clean.n;
    out->clean = pb_sum_mean(&clean);
    out->damage = out->clean - pb_sum_mean(&dirty);
    out->clean_penalty = out->clean - pb_sum_mean(&method_clean);
    out->recovery = pb_study_recovery(pb_sum_mean(&mean), pb_sum_mean(&dirty), out->clean);
}

pb_effect pb_effect_of(const pb_study *study, const pb_study_question *question, const char *method,
                       const pb_complete *complete)
{
    pb_effect effect = {0};
    compare_with_baseline(question->policy, complete, &effect);
    compare_with_clean(study, question, method, complete, &effect);
    return effect;
}

pb_status pb_study_effect(const pb_study *study, const pb_study_question *question, const char *method, pb_effect *out)
{
    pb_study_question whole;
    pb_effect_policy policy;
    pb_complete complete;
    PB_TRY(pb_question_read(question, &policy, &whole));
    const char *const methods[] = {method, whole.baseline};
    PB_TRY(pb_complete_find(study, &whole, methods, 2, &complete));
    *out = pb_effect_of(study, &whole, method, &complete);
    pb_complete_free(&complete);
    return PB_STATUS_OK;
}
