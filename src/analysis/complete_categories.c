#include "analysis/complete_categories.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/options.h"

pb_status pb_question_read(const pb_study_question *question, pb_effect_policy *policy, pb_study_question *out)
{
    static const pb_study_question defaults = PB_STUDY_QUESTION_INIT;
    static const pb_effect_policy usual = PB_EFFECT_POLICY_INIT;
    PB_TRY(PB_OPTIONS_READ(pb_study_question, question, &defaults, out));
    PB_TRY(PB_OPTIONS_READ(pb_effect_policy, out->policy, &usual, policy));
    PB_CHECK_ARG(policy->tie >= 0, "the tolerance of a tie is 0 or more, not %g", policy->tie);
    out->policy = policy;
    out->baseline = out->baseline ? out->baseline : PB_METHOD_NONE;
    return PB_STATUS_OK;
}

/* What the baseline does has nothing to do with an auditor, whatever its rows say. */
static pb_study_slice slice_of(const pb_study_question *question, const char *method)
{
    pb_study_slice slice = question->slice;
    if (strcmp(method, question->baseline) == 0)
        slice.auditor = NULL;
    return slice;
}

double pb_question_mean(const pb_study *study, const pb_study_question *question, double contamination,
                        const char *dataset, const char *method)
{
    pb_study_slice slice = slice_of(question, method);
    slice.contamination = contamination;
    return pb_study_mean(study, &slice, dataset, method, question->measure);
}

/* What one category has of each method. Where seeds are not asked about, there is one or none. */
static void look_up(const pb_study *study, const pb_study_question *question, const char *dataset,
                    const char *const *methods, int64_t n_methods, double *values, int64_t *seeds)
{
    const bool any_seeds = question->policy->categories == PB_EFFECT_ANY_SEEDS;
    for (int64_t m = 0; m < n_methods; m++) {
        const pb_study_slice slice = slice_of(question, methods[m]);
        values[m] = pb_study_mean(study, &slice, dataset, methods[m], question->measure);
        seeds[m] = isnan(values[m]) ? 0
                   : any_seeds      ? 1
                                    : pb_study_seeds(study, &slice, dataset, methods[m], question->measure);
    }
}

/* The first method with fewer seeds than another; -1: none. */
static int64_t find_gap(const int64_t *seeds, int64_t n_methods, int64_t *most)
{
    *most = 0;
    for (int64_t m = 0; m < n_methods; m++)
        *most = seeds[m] > *most ? seeds[m] : *most;
    for (int64_t m = 0; m < n_methods; m++)
        if (seeds[m] < *most)
            return m;
    return -1;
}

static void add_dataset(const pb_study *study, const pb_study_question *question, const char *dataset,
                        const char *const *methods, int64_t n_methods, int64_t *seeds, pb_complete *out)
{
    int64_t most;
    look_up(study, question, dataset, methods, n_methods, out->values + out->n * n_methods, seeds);
    const int64_t gap = find_gap(seeds, n_methods, &most);
    if (most == 0)
        return;
    if (gap < 0)
        out->datasets[out->n++] = dataset;
    else
        out->excluded[out->n_excluded++] = (pb_study_exclusion){dataset, methods[gap], seeds[gap], most};
}

pb_status pb_complete_find(const pb_study *study, const pb_study_question *question, const char *const *methods,
                           int64_t n_methods, pb_complete *out)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    const char *const *datasets = question->datasets ? question->datasets : contents->datasets;
    const int64_t n_datasets = question->datasets ? question->n_datasets : contents->n_datasets;
    pb_complete complete = {0};
    int64_t *seeds = NULL, n_values;
    pb_status status = pb_size_multiply(n_datasets, n_methods, "categories and methods", &n_values);
    if (status == PB_STATUS_OK)
        status = PB_NEW(complete.datasets, n_datasets);
    if (status == PB_STATUS_OK)
        status = PB_NEW(complete.excluded, n_datasets);
    if (status == PB_STATUS_OK)
        status = PB_NEW(complete.values, n_values);
    if (status == PB_STATUS_OK)
        status = PB_NEW(seeds, n_methods);
    for (int64_t d = 0; d < n_datasets && status == PB_STATUS_OK; d++)
        if (!question->exclude_loco || !pb_study_is_loco(datasets[d]))
            add_dataset(study, question, datasets[d], methods, n_methods, seeds, &complete);
    pb_free(seeds);
    if (status == PB_STATUS_OK)
        *out = complete;
    else
        pb_complete_free(&complete);
    return status;
}

void pb_complete_free(pb_complete *complete)
{
    pb_free(complete->datasets);
    pb_free(complete->values);
    pb_free(complete->excluded);
    *complete = (pb_complete){0};
}

bool pb_slice_has(const pb_study *study, const pb_study_slice *slice, const char *method)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    for (int64_t d = 0; d < contents->n_datasets; d++)
        for (int m = 0; m < PB_N_MEASURES; m++)
            if (contents->has[m] && !isnan(pb_study_mean(study, slice, contents->datasets[d], method, (pb_measure)m)))
                return true;
    return false;
}
