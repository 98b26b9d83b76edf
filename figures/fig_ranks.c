/* Mean ranks with the critical difference, from the study. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "figures/figure_kinds.h"
#include "figures/style.h"

typedef struct ranked {
    double rank;
    int64_t method;
    pb_figure_style style;
} ranked;

static void say(const pb_shown_rows *view, const pb_study_ranking *ranking, pb_figure *figure)
{
    pb_text_add(&figure->title, "Critical differences");
    pb_text_add(
        &figure->caption,
        "Mean ranks by image AUROC (1 = best) with %g %% of the references contaminated. Bars join methods whose "
        "mean ranks differ by less than the critical difference CD = %.2f (Nemenyi, 0.05; Dem\u0161ar 2006). ",
        100 * view->contamination, ranking->cd);
    if (isfinite(ranking->friedman.chi2))
        pb_text_add(&figure->caption, "Friedman: chi2 = %.2f, p = %.2g. ", ranking->friedman.chi2, ranking->friedman.p);
    pb_text_add(&figure->caption, "Setup %s, n = %lld %s with all %lld methods", pb_setup_name(view->setup),
                (long long)ranking->n, ranking->n == 1 ? "category" : "categories", (long long)ranking->k);
    pb_text_add(&figure->caption, ", N = ");
    for (int64_t i = 0; i < view->n_limits; i++)
        pb_text_add(&figure->caption, "%s%lld",
                    i == 0                   ? ""
                    : i + 1 < view->n_limits ? ", "
                                             : " and ",
                    (long long)view->limits[i]);
    pb_text_add(&figure->caption, "%s.", view->n_limits > 1 ? " pooled" : "");
    for (int64_t i = 0; i < ranking->n_excluded && i < 3; i++)
        pb_text_add(&figure->caption, "%s%s", i ? ", " : " Left out: ", ranking->excluded[i].dataset);
    if (ranking->n_excluded > 3)
        pb_text_add(&figure->caption, " and %lld more", (long long)(ranking->n_excluded - 3));
    if (ranking->n_excluded)
        pb_text_add(&figure->caption, ".");
}

static int compare_ranks(const void *a, const void *b)
{
    const ranked *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return (left->method > right->method) - (left->method < right->method);
}

/* The methods by rank. */
static void sort(const pb_study_ranking *ranking, ranked *order)
{
    for (int64_t i = 0; i < ranking->k; i++)
        order[i] = (ranked){ranking->mean_ranks[i], i, pb_figure_style_of(ranking->methods[i])};
    qsort(order, (size_t)ranking->k, sizeof *order, compare_ranks);
}

static pb_status draw_ranks(const pb_shown_rows *view, const pb_study_ranking *ranking, pb_figure *figure)
{
    const int64_t n = ranking->k;
    ranked *order = NULL;
    const char **names = NULL;
    double *ranks = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(order, n));
    PB_TRY_GOTO(PB_NEW(names, n));
    PB_TRY_GOTO(PB_NEW(ranks, n));
    sort(ranking, order);
    for (int64_t i = 0; i < n; i++) {
        names[i] = order[i].style.label;
        ranks[i] = order[i].rank;
    }
    say(view, ranking, figure);
    status = pb_rank_diagram(&(pb_rank_list){names, ranks, n, ranking->cd}, figure);
done:
    pb_free(order);
    pb_free(names);
    pb_free(ranks);
    return status;
}

pb_status pb_figure_of_ranks(const pb_shown_rows *view, pb_figure *figure)
{
    pb_study_ranking ranking = {0};
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    question.slice = pb_shown_rows_slice(view, view->contamination, NULL);
    if (view->is_named) {
        question.methods = view->methods;
        question.n_methods = view->n_methods;
    }
    pb_status status = pb_study_rank(view->study, &question, &ranking);
    if (status == PB_STATUS_MISMATCH || status == PB_STATUS_BAD_ARGUMENT || (status == PB_STATUS_OK && ranking.k < 2)) {
        pb_text_add(&figure->missing, "two or more methods in the same categories at contamination %g",
                    view->contamination);
        status = PB_STATUS_OK;
    } else if (status == PB_STATUS_OK)
        status = draw_ranks(view, &ranking, figure);
    pb_study_ranking_free(&ranking);
    return status;
}
