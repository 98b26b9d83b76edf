/* What the results say, in a line: who recovers how much of what contamination costs. */
#include <math.h>
#include <string.h>

#include <purebank/audit.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "tables/study_tables.h"

static const int64_t usual_limit = 10;

/* N = 10 where the baseline has it, else the least that it has; NULL: none. */
static const int64_t *choose_limit(const pb_table_maker *maker, pb_setup setup)
{
    const int64_t *first = NULL;
    for (int64_t l = 0; l < maker->contents->n_limits; l++) {
        const int64_t *limit = &maker->contents->limits[l];
        if (!pb_maker_has_limit(maker, setup, maker->contamination, limit))
            continue;
        if (*limit == usual_limit)
            return limit;
        if (!first)
            first = limit;
    }
    return first;
}

static bool has_method(const pb_table_maker *maker, const pb_study_slice *slice, const char *method)
{
    return pb_maker_effect(maker, slice, &maker->benchmark[0], method).n > 0;
}

/* Named beforehand, as the luckiest of many methods would promise too much: the audit that is the default of the program, the
 * first study's best, and then the first of the list that is told nothing. NULL: there is none. */
static const char *choose_method(const pb_table_maker *maker, const pb_study_slice *slice)
{
    static const char *const first[] = {PB_AUDIT_DEFAULT_RULE " k1.5", "ensemble_loo_mahal", "loo_patch"};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (has_method(maker, slice, first[i]))
            return first[i];
    for (int64_t m = 0; m < maker->contents->n_methods; m++) {
        const char *method = maker->contents->methods[m];
        const pb_method *known = pb_study_method(method, NULL);
        const bool is_control = known && known->family == PB_FAMILY_CONTROL;
        if (!is_control && !pb_study_is_told(method) && has_method(maker, slice, method))
            return method;
    }
    return NULL;
}

static char *words_of(const pb_table_maker *maker, pb_setup setup, bool *bad)
{
    char c[PB_NUMBER_BYTES], number[PB_NUMBER_BYTES], damage[PB_NUMBER_BYTES], label[PB_METHOD_LABEL_BYTES];
    const int64_t *limit = maker->detector ? choose_limit(maker, setup) : NULL;
    if (!limit)
        return pb_table_textf("%s: no rows of \"none\" to compare with", pb_setup_name(setup));
    const pb_study_slice slice = pb_maker_slice(maker, setup, maker->contamination, limit);
    const char *method = choose_method(maker, &slice);
    pb_maker_c(maker->contamination, c);
    if (!method)
        return pb_table_textf("%s, N = %lld, c = %s: no method beside \"none\"", pb_setup_name(setup),
                              (long long)*limit, c);
    const pb_effect gain = pb_maker_effect(maker, &slice, &maker->benchmark[0], method);
    *bad = gain.gain < -maker->policy.tie;
    pb_study_method_label(method, label, sizeof label);
    if (isnan(gain.recovery)) {
        pb_table_number(PB_COLUMN_SIGNED, 4, gain.gain, number);
        return pb_table_textf("%s, N = %lld, c = %s: %s changes the AUROC by %s (n = %lld)", pb_setup_name(setup),
                              (long long)*limit, c, label, number, (long long)gain.n);
    }
    const bool adds = gain.recovery <= -0.005; /* less is written as 0 % */
    pb_table_number(PB_COLUMN_NUMBER, 0, fabs(100 * gain.recovery), number);
    pb_table_number(PB_COLUMN_NUMBER, 4, gain.damage, damage);
    return pb_table_textf("%s, N = %lld, c = %s: %s %s %s %% %s what contamination costs (%s AUROC, n = %lld)",
                          pb_setup_name(setup), (long long)*limit, c, label, adds ? "adds" : "recovers", number,
                          adds ? "to" : "of", damage, (long long)gain.n);
}

static pb_status set_words(const pb_table_maker *maker, pb_setup setup, char **out, bool *bad)
{
    *bad = false;
    *out = words_of(maker, setup, bad);
    return *out ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}

pb_status pb_tables_verdicts(pb_table_maker *maker)
{
    bool other_is_bad;
    if (maker->n_setups < 2)
        return set_words(maker, maker->setup[0], &maker->out->verdict, &maker->out->verdict_is_bad);
    PB_TRY(set_words(maker, PB_SETUP_DISJOINT, &maker->out->verdict, &maker->out->verdict_is_bad));
    return set_words(maker, PB_SETUP_SHARED, &maker->out->other_verdict, &other_is_bad);
}
