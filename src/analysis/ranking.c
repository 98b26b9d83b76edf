/* Methods of a study by their ranks (method.md#friedman). */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/complete_categories.h"
#include "analysis/exact_sums.h"
#include "analysis/ranks.h"
#include "analysis/study.h"
#include "base/memory.h"
#include "base/product.h"

enum { MAX_RANKED = 500 }; /* each pair takes an integral: seconds for so many, hours for thousands */

/* What the published statistics compare, and of what is no purification all that could be used. */
static bool is_ranked(const char *name)
{
    const pb_method *method = pb_study_method(name, NULL);
    if (method && method->place[PB_LIST_RANKING] > 0)
        return true;
    return !method || (method->kind != PB_METHOD_PURIFICATION && !pb_method_is_told(method));
}

pb_status pb_study_default_methods(const pb_study *study, const pb_study_slice *slice, const char **out, int64_t *out_n)
{
    const pb_study_contents *contents = pb_study_get_contents(study);
    *out_n = 0;
    for (int64_t m = 0; m < contents->n_methods; m++)
        if (is_ranked(contents->methods[m]) && pb_slice_has(study, slice, contents->methods[m]))
            out[(*out_n)++] = contents->methods[m];
    return PB_STATUS_OK;
}

static pb_status fail_empty(const pb_study_question *question, const pb_complete *complete, int64_t k)
{
    const pb_study_slice *slice = &question->slice;
    if (complete->n_excluded > 0)
        return pb_fail(PB_STATUS_MISMATCH,
                       "no category has all %" PRId64
                       " methods with as many seeds (setup %s, c %g): %s lacks %s, for one",
                       k, pb_setup_name(slice->setup), slice->contamination, complete->excluded[0].dataset,
                       complete->excluded[0].method);
    return pb_fail(PB_STATUS_MISMATCH, "there are no results of setup %s with c %g for %s", pb_setup_name(slice->setup),
                   slice->contamination, pb_measure_name(question->measure));
}

static void order_by_rank(pb_study_ranking *ranking)
{
    for (int64_t i = 0; i < ranking->k; i++) {
        int64_t at = i;
        for (; at > 0 && ranking->mean_ranks[ranking->order[at - 1]] > ranking->mean_ranks[i]; at--)
            ranking->order[at] = ranking->order[at - 1];
        ranking->order[at] = i;
    }
}

static pb_status compute(pb_study_ranking *ranking)
{
    const int64_t n = ranking->n, k = ranking->k;
    double ties, *decimals; /* what was meant, so that equal means tie */
    for (int64_t j = 0; j < k; j++) {
        pb_sum sum = {0};
        for (int64_t i = 0; i < n; i++)
            pb_sum_add(&sum, ranking->values[i * k + j]);
        ranking->means[j] = pb_sum_mean(&sum);
    }
    ranking->friedman = (pb_friedman){(double)NAN, (double)NAN};
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(decimals, n, k));
    for (int64_t i = 0; i < n * k; i++)
        decimals[i] = pb_as_decimal(ranking->values[i]);
    const pb_status status = k >= 3 ? pb_stats_friedman(decimals, n, k, ranking->mean_ranks, &ranking->friedman)
                                    : pb_stats_mean_ranks(decimals, n, k, ranking->mean_ranks, &ties);
    pb_free(decimals);
    PB_TRY(status);
    order_by_rank(ranking);
    PB_TRY(pb_stats_nemenyi_cd(n, k, 0.05, &ranking->cd));
    return pb_stats_nemenyi(ranking->mean_ranks, n, k, ranking->p);
}

/* Takes what was found complete. */
static pb_status rank(const pb_study_question *question, const char *const *methods, int64_t k, pb_complete *complete,
                      pb_study_ranking *out)
{
    if (complete->n == 0)
        return fail_empty(question, complete, k);
    out->n = complete->n;
    out->k = k;
    out->datasets = complete->datasets;
    out->values = complete->values;
    out->n_excluded = complete->n_excluded;
    out->excluded = complete->excluded;
    *complete = (pb_complete){0};
    PB_TRY(PB_NEW(out->methods, k));
    for (int64_t j = 0; j < k; j++)
        out->methods[j] = methods[j];
    PB_TRY(PB_NEW(out->means, k));
    PB_TRY(PB_NEW(out->mean_ranks, k));
    PB_TRY(PB_NEW_PRODUCT(out->p, k, k));
    PB_TRY(PB_NEW(out->order, k));
    return compute(out);
}

pb_status pb_study_rank(const pb_study *study, const pb_study_question *asked, pb_study_ranking *out)
{
    pb_study_question whole;
    pb_effect_policy policy;
    PB_TRY(pb_question_read(asked, &policy, &whole));
    const pb_study_question *question = &whole;
    const pb_study_contents *contents = pb_study_get_contents(study);
    const char **usual = NULL;
    const char *const *methods = question->methods;
    int64_t k = question->n_methods;
    pb_complete complete = {0};
    pb_study_ranking ranking = {0};
    pb_status status = PB_STATUS_OK;
    if (!methods) {
        PB_TRY(PB_NEW(usual, contents->n_methods));
        status = pb_study_default_methods(study, &question->slice, usual, &k);
        methods = usual;
    }
    if (status == PB_STATUS_OK && k < 2)
        status = pb_fail(PB_STATUS_MISMATCH, "there is nothing to rank: %s with setup %s and c %g",
                         k == 1 ? "only one method has results" : "no method has results",
                         pb_setup_name(question->slice.setup), question->slice.contamination);
    if (status == PB_STATUS_OK && k > MAX_RANKED)
        status = pb_suggest(pb_fail(PB_STATUS_LIMIT,
                                    "%" PRId64 " methods are more than the %d that can be ranked together: leave files "
                                    "or rows out, or choose some methods",
                                    k, MAX_RANKED),
                            PB_HINT_CHOOSE_METHODS, NULL);
    if (status == PB_STATUS_OK)
        status = pb_complete_find(study, question, methods, k, &complete);
    if (status == PB_STATUS_OK)
        status = rank(question, methods, k, &complete, &ranking);
    pb_complete_free(&complete);
    pb_free(usual);
    if (status == PB_STATUS_OK)
        *out = ranking;
    else
        pb_study_ranking_free(&ranking);
    return status;
}

void pb_study_ranking_free(pb_study_ranking *ranking)
{
    if (!ranking)
        return;
    pb_free(ranking->datasets);
    pb_free(ranking->methods);
    pb_free(ranking->values);
    pb_free(ranking->means);
    pb_free(ranking->mean_ranks);
    pb_free(ranking->p);
    pb_free(ranking->order);
    pb_free(ranking->excluded);
    *ranking = (pb_study_ranking){0};
}
