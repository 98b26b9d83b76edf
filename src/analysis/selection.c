/* Which rows of a study are looked at, and by which policy. */
#include <purebank/selection.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/parse.h"
#include "base/words.h"

typedef struct choice {
    const pb_study_selection *selection;
    const char **methods; /* n_methods texts of the study; NULL: all */
    int64_t n_methods;
} choice;

static bool has_text(const char *const *texts, int64_t n, const char *text)
{
    for (int64_t i = 0; i < n; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

static bool has_limit(const int64_t *limits, int64_t n, int64_t limit)
{
    for (int64_t i = 0; i < n; i++)
        if (limits[i] == limit)
            return true;
    return false;
}

static pb_status check_limits(const pb_study_contents *contents, const pb_study_selection *selection)
{
    for (int64_t i = 0; selection->limits && i < selection->n_limits; i++)
        if (!has_limit(contents->limits, contents->n_limits, selection->limits[i]))
            return pb_fail(PB_STATUS_BAD_ARGUMENT,
                           "the results have no rows with N = %" PRId64 "; they begin with %" PRId64
                           " and end with %" PRId64,
                           selection->limits[i], contents->limits[0], contents->limits[contents->n_limits - 1]);
    return PB_STATUS_OK;
}

static pb_status check_benchmark(const pb_study_contents *contents, const pb_study_selection *selection)
{
    char known[256] = "";
    int64_t n;
    const char *const *benchmarks = pb_study_benchmarks(&n);
    if (!selection->benchmark || has_text(contents->benchmarks, contents->n_datasets, selection->benchmark))
        return PB_STATUS_OK;
    for (int64_t i = 0; i < n; i++)
        if (has_text(contents->benchmarks, contents->n_datasets, benchmarks[i]))
            pb_words_list(known, sizeof known, benchmarks[i]);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "the results have no category of the benchmark \"%.100s\"; they have %s",
                   selection->benchmark, known);
}

/* The name of one method, and those that it stands for. @param named room for contents.n_methods */
static pb_status add_method(const pb_study *study, pb_item name, const char **named, choice *out)
{
    const int64_t n = pb_study_methods_named(study, name.text, name.length, named);
    for (int64_t i = 0; i < n; i++)
        if (!has_text(out->methods, out->n_methods, named[i]))
            out->methods[out->n_methods++] = named[i];
    if (n > 0 || out->selection->pass_over_absent)
        return PB_STATUS_OK;
    char known[512] = "";
    const pb_study_contents *contents = pb_study_get_contents(study);
    for (int64_t m = 0; m < contents->n_methods; m++)
        pb_words_list(known, sizeof known, contents->methods[m]);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "the results have no method '%.*s'; they have %s", (int)name.length,
                   name.text, known);
}

static pb_status choose_methods(const pb_study *study, choice *out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    const char *list = out->selection->methods;
    const char **named;
    pb_item name;
    if (!list || strcmp(list, "all") == 0)
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(out->methods, contents->n_methods + 1));
    PB_TRY(PB_NEW(named, contents->n_methods));
    if (has_text(contents->methods, contents->n_methods, PB_METHOD_NONE))
        out->methods[out->n_methods++] = PB_METHOD_NONE;
    pb_status status = PB_STATUS_OK;
    while (status == PB_STATUS_OK && pb_item_next(&list, &name))
        status = add_method(study, name, named, out);
    pb_free(named);
    return status;
}

static bool keeps(const void *context, const pb_study_row *row)
{
    const choice *chosen = context;
    const pb_study_selection *wanted = chosen->selection;
    return (!wanted->setup || row->setup == *wanted->setup) &&
           (!wanted->limits || has_limit(wanted->limits, wanted->n_limits, row->limit)) &&
           (!wanted->benchmark || strcmp(pb_study_benchmark(row->dataset), wanted->benchmark) == 0) &&
           (!wanted->exclude_loco || !pb_study_is_loco(row->dataset)) &&
           (!chosen->methods || has_text(chosen->methods, chosen->n_methods, row->method));
}

static pb_status select_rows(const pb_study *study, const pb_study_selection *selection, pb_study **out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    choice chosen = {.selection = selection};
    PB_TRY(check_limits(contents, selection));
    PB_TRY(check_benchmark(contents, selection));
    pb_status status = choose_methods(study, &chosen);
    if (status == PB_STATUS_OK)
        status = pb_study_narrow(study, keeps, &chosen, out);
    pb_free(chosen.methods);
    return status;
}

pb_status pb_study_select(const pb_study *study, const pb_study_selection *selection, pb_study_selected *out)
{
    static const pb_study_selection everything = PB_STUDY_SELECTION_INIT;
    static const pb_effect_policy describing = {sizeof describing, PB_EFFECT_ANY_SEEDS, 0.001};
    pb_study_selection whole;
    *out = (pb_study_selected){0};
    PB_CHECK_ARG(study, "a selection needs a study");
    PB_TRY(PB_OPTIONS_READ(pb_study_selection, selection, &everything, &whole));
    PB_TRY(PB_OPTIONS_READ(pb_effect_policy, whole.policy, &describing, &out->policy));
    PB_CHECK_ARG(out->policy.tie >= 0, "the tolerance of a tie is 0 or more, not %g", out->policy.tie);
    PB_TRY(select_rows(study, &whole, &out->study));
    out->names_methods = whole.methods != NULL;
    out->wanted = whole.has_contamination ? whole.contamination : (double)NAN;
    out->contamination = pb_study_choose_contamination(out->study, NULL, out->wanted);
    return PB_STATUS_OK;
}

void pb_study_selected_free(pb_study_selected *selected)
{
    if (!selected)
        return;
    pb_study_free(selected->study);
    *selected = (pb_study_selected){0};
}
