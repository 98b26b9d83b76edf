/* What a page is about in one setup: chosen once, for its headline and its figures. */
#include <purebank/selection.h>

#include <math.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static bool has_number(const double *values, int64_t n, double wanted)
{
    for (int64_t i = 0; i < n; i++)
        if (fabs(values[i] - wanted) < 1e-9)
            return true;
    return false;
}

/* Rows that are not about detectors, else the first detector that audits itself. */
static void choose_detector(const pb_study_contents *contents, pb_study_slice *slice)
{
    bool has_plain = false;
    for (int64_t i = 0; i < contents->n_detectors; i++)
        has_plain = has_plain || !*contents->detectors[i];
    slice->detector = has_plain || contents->n_detectors == 0 ? "" : contents->detectors[0];
    slice->auditor = has_plain || contents->n_auditors == 0 ? "" : contents->auditors[contents->n_auditors - 1];
    for (int64_t d = 0; !has_plain && d < contents->n_detectors; d++)
        for (int64_t a = 0; a < contents->n_auditors; a++)
            if (strcmp(contents->detectors[d], contents->auditors[a]) == 0) {
                slice->detector = contents->detectors[d];
                slice->auditor = contents->auditors[a];
            }
}

/* The usual K and q, or the first that occurs. */
static void choose_keys(const pb_study_contents *contents, pb_study_slice *slice)
{
    bool has_usual = contents->n_ks == 0;
    for (int64_t i = 0; i < contents->n_ks; i++)
        has_usual = has_usual || contents->ks[i] == PB_DEFAULT_K;
    slice->k = has_usual ? PB_DEFAULT_K : contents->ks[0];
    has_usual = contents->n_percentiles == 0 ||
                has_number(contents->percentiles, contents->n_percentiles, PB_DEFAULT_PERCENTILE);
    slice->percentile = has_usual ? PB_DEFAULT_PERCENTILE : contents->percentiles[0];
}

/* Pooled as in the statistics; without rows at this contamination any N, for who shows them to say what is missing. */
static pb_status choose_limits(const pb_study *study, pb_study_focus *focus)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    PB_TRY(PB_NEW(focus->limits, contents->n_limits + 1));
    int64_t n = pb_study_pooled_limits(study, &focus->slice, NULL, focus->limits);
    if (n == 0)
        focus->limits[n++] = contents->n_limits ? contents->limits[0] : 10;
    focus->slice.limits = focus->limits;
    focus->slice.n_limits = n;
    return PB_STATUS_OK;
}

/* ---- methods ------------------------------------------------------------------------------------------------------ */

/* NULL unless the setup has rows of it: of two setups, each has its own methods. */
static const char *in_setup(const pb_study *study, pb_setup setup, const char *method)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    int64_t n = 0;
    for (int64_t d = 0; method && n == 0 && d < contents->n_datasets; d++)
        (void)pb_study_find(study, setup, contents->datasets[d], method, &n);
    return n ? method : NULL;
}

static void show(pb_study_focus *focus, const char *method)
{
    for (int64_t i = 0; method && i < focus->n_methods; i++)
        if (strcmp(focus->methods[i], method) == 0)
            return;
    if (method)
        focus->methods[focus->n_methods++] = method;
}

static void show_all(const pb_study *study, pb_study_focus *focus)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    for (int64_t i = 0; i < contents->n_methods; i++)
        show(focus, in_setup(study, focus->slice.setup, contents->methods[i]));
}

/* Of a rule with multipliers its default. */
static const char *find_listed(const pb_study_contents *contents, const pb_method *listed)
{
    for (int64_t i = 0; i < contents->n_methods; i++) {
        double multiplier;
        if (pb_study_method(contents->methods[i], &multiplier) == listed && multiplier == listed->multiplier)
            return contents->methods[i];
    }
    return NULL;
}

bool pb_study_is_contender(const char *method)
{
    const pb_method *known = pb_study_method(method, NULL);
    return !known || known->family != PB_FAMILY_CONTROL;
}

/* What the studies' figures show, as far as it occurs; without a contender among them, everything. */
static void show_usual(const pb_study *study, pb_study_focus *focus)
{
    enum { MOST = 64 };
    const pb_method *listed[MOST];
    bool has_contender = false;
    const int64_t n = pb_methods_listed(PB_LIST_FIGURES, listed, MOST);
    for (int64_t i = 0; i < n && i < MOST; i++) {
        const char *method = in_setup(study, focus->slice.setup, find_listed(pb_study_get_contents(study), listed[i]));
        has_contender = has_contender || (method && pb_study_is_contender(method));
        show(focus, method);
    }
    if (!has_contender)
        show_all(study, focus);
}

static bool has_effect(const pb_study_selected *selected, const pb_study_focus *focus, const char *method)
{
    pb_effect effect;
    const pb_study_question question = {.size = sizeof question, .slice = focus->slice, .policy = &selected->policy};
    return pb_study_effect(selected->study, &question, method, &effect) == PB_STATUS_OK && effect.n > 0;
}

/* Named beforehand, as the luckiest of many methods would promise too much: the audit of the second study, the best of the first, and
 * then the first of the list that is told nothing. NULL: there is none. */
static const char *choose_method(const pb_study_selected *selected, const pb_study_focus *focus)
{
    static const char *const first[] = {PB_AUDIT_RULE_OF_STUDIES, "audit_remove", "ensemble_loo_mahal", "loo_patch"};
    for (size_t f = 0; f < sizeof first / sizeof *first; f++) {
        const pb_method *wanted = pb_method_of_results(first[f]);
        for (int64_t i = 0; i < focus->n_methods; i++) {
            double multiplier;
            if (pb_study_method(focus->methods[i], &multiplier) == wanted && multiplier == wanted->multiplier &&
                has_effect(selected, focus, focus->methods[i]))
                return focus->methods[i];
        }
    }
    for (int64_t i = 0; i < focus->n_methods; i++)
        if (pb_study_is_contender(focus->methods[i]) && !pb_study_is_told(focus->methods[i]) &&
            has_effect(selected, focus, focus->methods[i]))
            return focus->methods[i];
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------- */

static pb_status choose(const pb_study_selected *selected, pb_study_focus *focus)
{
    const pb_study_contents *contents = pb_study_get_contents(selected->study);
    choose_detector(contents, &focus->slice);
    choose_keys(contents, &focus->slice);
    PB_TRY(choose_limits(selected->study, focus));
    PB_TRY(PB_NEW(focus->methods, contents->n_methods)); /* the study's own texts, each once */
    if (selected->names_methods)
        show_all(selected->study, focus);
    else
        show_usual(selected->study, focus);
    focus->method = choose_method(selected, focus);
    return PB_STATUS_OK;
}

pb_status pb_study_focus_on(const pb_study_selected *selected, pb_setup setup, pb_study_focus *out)
{
    *out = (pb_study_focus){.slice = {.setup = setup}};
    PB_CHECK_ARG(selected && selected->study, "a page is about a selection of a study");
    out->slice.contamination = pb_study_choose_contamination(selected->study, &setup, selected->wanted);
    if (isnan(out->slice.contamination)) /* for who shows it to say what is missing */
        out->slice.contamination = isnan(selected->wanted) ? PB_DEFAULT_CONTAMINATION : selected->wanted;
    const pb_status status = choose(selected, out);
    if (status != PB_STATUS_OK)
        pb_study_focus_free(out);
    return status;
}

pb_status pb_study_focus_of_detector(const pb_study *study, const pb_study_focus *focus, const char *detector,
                                     pb_study_focus *out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    *out = (pb_study_focus){.slice = focus->slice, .method = focus->method};
    out->slice.detector = detector;
    out->slice.auditor =
        contents->n_auditors ? contents->auditors[contents->n_auditors - 1] : NULL; /* "" comes first */
    pb_status status = choose_limits(study, out);
    if (status == PB_STATUS_OK)
        status = PB_NEW(out->methods, contents->n_methods);
    for (; status == PB_STATUS_OK && out->n_methods < focus->n_methods; out->n_methods++)
        out->methods[out->n_methods] = focus->methods[out->n_methods];
    if (status != PB_STATUS_OK)
        pb_study_focus_free(out);
    return status;
}

void pb_study_focus_free(pb_study_focus *focus)
{
    if (!focus)
        return;
    pb_free(focus->limits);
    pb_free(focus->methods);
    *focus = (pb_study_focus){0};
}
