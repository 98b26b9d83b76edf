/* What the results say, in a line: who recovers how much of what contamination costs. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/words.h"
#include "tables/study_tables.h"

static char *effect_words(const pb_table_maker *maker, const pb_study_focus *focus, const char *begin, bool *bad)
{
    char number[PB_NUMBER_BYTES], damage[PB_NUMBER_BYTES], label[PB_METHOD_LABEL_BYTES];
    const pb_effect gain = pb_maker_effect(maker, &focus->slice, &maker->benchmark[0], focus->method);
    *bad = gain.gain < -maker->policy.tie;
    pb_study_method_label(focus->method, label, sizeof label);
    if (isnan(gain.recovery)) {
        pb_table_number(PB_FORMAT_SIGNED, 4, gain.gain, number);
        return pb_table_textf("%s: %s changes the AUROC by %s (n = %lld)", begin, label, number, (long long)gain.n);
    }
    const bool adds = gain.recovery <= -0.005; /* less is written as 0 % */
    pb_table_number(PB_FORMAT_NUMBER, 0, fabs(100 * gain.recovery), number);
    pb_table_number(PB_FORMAT_NUMBER, 4, gain.damage, damage);
    return pb_table_textf("%s: %s %s %s %% %s what contamination costs (%s AUROC, n = %lld)", begin, label,
                          adds ? "adds" : "recovers", number, adds ? "to" : "of", damage, (long long)gain.n);
}

static char *words_of(const pb_table_maker *maker, const pb_study_focus *focus, bool *bad)
{
    char begin[160], limits[64], c[PB_NUMBER_BYTES];
    if (pb_maker_effect(maker, &focus->slice, &maker->benchmark[0], PB_METHOD_NONE).n == 0)
        return pb_table_textf("%s: no rows of \"none\" to compare with", pb_setup_name(focus->slice.setup));
    pb_words_of_integers(focus->slice.limits, focus->slice.n_limits, ", ", " and ", limits, sizeof limits);
    snprintf(begin, sizeof begin, "%s, N = %s, c = %s", pb_setup_name(focus->slice.setup), limits,
             pb_maker_c(focus->slice.contamination, c));
    return focus->method ? effect_words(maker, focus, begin, bad)
                         : pb_table_textf("%s: no method beside \"none\"", begin);
}

static pb_status set_words(const pb_table_maker *maker, pb_setup setup, char **out, bool *bad)
{
    pb_study_focus focus;
    *bad = false;
    PB_TRY(pb_study_focus_on(maker->selected, setup, &focus));
    *out = words_of(maker, &focus, bad);
    pb_study_focus_free(&focus);
    return *out ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}

pb_status pb_tables_headlines(pb_table_maker *maker)
{
    bool other_is_bad;
    if (maker->n_setups < 2)
        return set_words(maker, maker->setup[0], &maker->out->headline, &maker->out->headline_is_bad);
    PB_TRY(set_words(maker, PB_SETUP_DISJOINT, &maker->out->headline, &maker->out->headline_is_bad));
    return set_words(maker, PB_SETUP_SHARED, &maker->out->other_headline, &other_is_bad);
}
