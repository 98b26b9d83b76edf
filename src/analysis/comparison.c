/* Methods of a study against doing nothing (method.md#wilcoxon). */
#include <math.h>
#include <string.h>

#include "analysis/effect.h"
#include "analysis/exact_sums.h"
#include "base/memory.h"

enum { BOOTSTRAP_SEED = 42, BOOTSTRAP_DRAWS = 10000 };

/* One comparison in the making: columns of n values. What is ranked and counted are decimals, so that equal ones tie. */
typedef struct pairs {
    int64_t n;
    double *method, *baseline, *decimal; /* decimals: the means and their difference */
    double *difference;
} pairs;

static pb_status test_pairs(const pairs *p, pb_study_comparison *out)
{
    PB_TRY(pb_stats_wilcoxon(p->decimal, p->n, PB_WILCOXON_AUTO, &out->wilcoxon));
    PB_TRY(pb_stats_cliffs_delta(p->method, p->n, p->baseline, p->n, &out->delta));
    PB_TRY(pb_stats_a12(p->method, p->n, p->baseline, p->n, &out->a12));
    return pb_stats_bootstrap(p->difference, p->n, BOOTSTRAP_SEED, BOOTSTRAP_DRAWS, 0.95, &out->ci_low, &out->ci_high);
}

static pb_status fill_pairs(const pb_complete *complete, pairs *p)
{
    const int64_t n = complete->n;
    PB_TRY(PB_NEW(p->method, 4 * n));
    p->n = n;
    p->baseline = p->method + n;
    p->decimal = p->method + 2 * n;
    p->difference = p->method + 3 * n;
    for (int64_t i = 0; i < n; i++) {
        p->difference[i] = complete->values[2 * i] - complete->values[2 * i + 1];
        p->method[i] = pb_as_decimal(complete->values[2 * i]);
        p->baseline[i] = pb_as_decimal(complete->values[2 * i + 1]);
        p->decimal[i] = pb_as_decimal(p->difference[i]);
    }
    return PB_STATUS_OK;
}

/* n stays 0 where no category has both. */
static pb_status compare(const pb_study *study, const pb_study_question *question, const char *baseline,
                         pb_study_comparison *out)
{
    const char *const methods[] = {out->method, baseline};
    pb_complete complete;
    pairs p = {0};
    PB_TRY(pb_complete_find(study, question, methods, 2, &complete));
    out->effect = pb_effect_of(study, question, out->method, &complete);
    pb_status status = PB_STATUS_OK;
    if (complete.n > 0) {
        status = fill_pairs(&complete, &p);
        if (status == PB_STATUS_OK)
            status = test_pairs(&p, out);
    }
    out->n_excluded = complete.n_excluded;
    out->excluded = complete.excluded;
    complete.excluded = NULL;
    pb_complete_free(&complete);
    pb_free(p.method);
    return status;
}

static bool is_among(const char *method, const char *const *methods, int64_t n)
{
    for (int64_t m = 0; m < n; m++)
        if (strcmp(methods[m], method) == 0)
            return true;
    return false;
}

static pb_status correct(pb_study_comparisons *all)
{
    double *p;
    PB_TRY(PB_NEW(p, all->n));
    for (int64_t i = 0; i < all->n; i++)
        p[i] = all->comparison[i].in_family ? all->comparison[i].wilcoxon.p : (double)NAN;
    const pb_status status = pb_stats_holm(p, all->n, p);
    for (int64_t i = 0; i < all->n; i++)
        all->comparison[i].p_holm = p[i];
    pb_free(p);
    return status;
}

/* @param family the methods that are corrected for together */
static pb_status compare_all(const pb_study *study, const pb_study_question *question, const char *const *methods,
                             int64_t n, const char *const *family, int64_t n_family, pb_study_comparisons *out)
{
    const char *baseline = question->baseline;
    PB_TRY(PB_NEW(out->comparison, n));
    for (int64_t m = 0; m < n; m++) {
        if (strcmp(methods[m], baseline) == 0)
            continue;
        pb_study_comparison *comparison = &out->comparison[out->n++];
        comparison->method = methods[m];
        comparison->in_family = is_among(methods[m], family, n_family);
        PB_TRY(compare(study, question, baseline, comparison));
        if (comparison->effect.n == 0 && !question->methods) { /* of another slice */
            pb_free(comparison->excluded);
            *comparison = (pb_study_comparison){0};
            out->n--;
        } else if (comparison->effect.n == 0) {
            return pb_fail(PB_STATUS_MISMATCH, "no category has both %s and %s with as many seeds (setup %s, c %g)",
                           methods[m], baseline, pb_setup_name(question->slice.setup), question->slice.contamination);
        }
    }
    if (out->n == 0)
        return pb_fail(PB_STATUS_MISMATCH, "there is nothing to compare with %s (setup %s, c %g)", baseline,
                       pb_setup_name(question->slice.setup), question->slice.contamination);
    return correct(out);
}

pb_status pb_study_compare(const pb_study *study, const pb_study_question *asked, pb_study_comparisons *out)
{
    pb_study_question whole;
    pb_effect_policy policy;
    PB_TRY(pb_question_read(asked, &policy, &whole));
    const pb_study_question *question = &whole;
    const pb_study_contents *contents = pb_study_get_contents(study);
    pb_study_comparisons all = {0};
    const char **usual = NULL;
    int64_t n_usual = 0;
    pb_status status = PB_NEW(usual, contents->n_methods);
    if (status == PB_STATUS_OK && question->methods)
        status = compare_all(study, question, question->methods, question->n_methods, question->methods,
                             question->n_methods, &all);
    else if (status == PB_STATUS_OK) {
        status = pb_study_default_methods(study, &question->slice, usual, &n_usual);
        if (status == PB_STATUS_OK)
            status = compare_all(study, question, contents->methods, contents->n_methods, usual, n_usual, &all);
    }
    pb_free(usual);
    if (status == PB_STATUS_OK)
        *out = all;
    else
        pb_study_comparisons_free(&all);
    return status;
}

void pb_study_comparisons_free(pb_study_comparisons *comparisons)
{
    if (!comparisons)
        return;
    for (int64_t i = 0; i < comparisons->n; i++)
        pb_free(comparisons->comparison[i].excluded);
    pb_free(comparisons->comparison);
    *comparisons = (pb_study_comparisons){0};
}
