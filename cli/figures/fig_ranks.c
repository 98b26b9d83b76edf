/* Mean ranks with the critical difference, from the study. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "figures/kinds.h"
#include "figures/style.h"

typedef struct ranked {
    double rank;
    int64_t method;
} ranked;

static int compare_ranks(const void *a, const void *b)
{
    const ranked *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return (left->method > right->method) - (left->method < right->method);
}

static void say(const cli_view *view, const pb_study_ranking *ranking, cli_figure *figure)
{
    cli_text_add(&figure->title, "Critical differences");
    cli_text_add(
        &figure->caption,
        "Mean ranks by image AUROC (1 = best) with %g %% of the references contaminated. Bars join methods whose "
        "mean ranks differ by less than the critical difference CD = %.2f (Nemenyi, 0.05; Dem\u0161ar 2006). ",
        100 * view->contamination, ranking->cd);
    if (isfinite(ranking->friedman.chi2))
        cli_text_add(&figure->caption, "Friedman: chi2 = %.2f, p = %.2g. ", ranking->friedman.chi2,
                     ranking->friedman.p);
    cli_text_add(&figure->caption, "Setup %s, n = %lld %s with all %lld methods", pb_setup_name(view->setup),
                 (long long)ranking->n, ranking->n == 1 ? "category" : "categories", (long long)ranking->k);
    cli_text_add(&figure->caption, ", N = ");
    for (int64_t i = 0; i < view->n_limits; i++)
        cli_text_add(&figure->caption, "%s%lld", i ? " and " : "", (long long)view->limits[i]);
    cli_text_add(&figure->caption, "%s.", view->n_limits > 1 ? " pooled" : "");
    for (int64_t i = 0; i < ranking->n_excluded && i < 3; i++)
        cli_text_add(&figure->caption, "%s%s", i ? ", " : " Left out: ", ranking->excluded[i].dataset);
    if (ranking->n_excluded > 3)
        cli_text_add(&figure->caption, " and %lld more", (long long)(ranking->n_excluded - 3));
    if (ranking->n_excluded)
        cli_text_add(&figure->caption, ".");
}

static pb_status draw(const cli_view *view, const pb_study_ranking *ranking, cli_figure *figure)
{
    ranked order[CLI_MAX_METHODS] = {{0}};
    cli_style styles[CLI_MAX_METHODS];
    const char *names[CLI_MAX_METHODS];
    double ranks[CLI_MAX_METHODS];
    const int64_t n = ranking->k < CLI_MAX_METHODS ? ranking->k : CLI_MAX_METHODS;
    for (int64_t i = 0; i < n; i++)
        order[i] = (ranked){ranking->mean_ranks[i], i};
    qsort(order, (size_t)n, sizeof *order, compare_ranks);
    for (int64_t i = 0; i < n; i++) {
        styles[i] = cli_style_of(ranking->methods[order[i].method]);
        names[i] = styles[i].label;
        ranks[i] = order[i].rank;
    }
    say(view, ranking, figure);
    return cli_rank_diagram(&(cli_ranks){names, ranks, n, ranking->cd}, figure);
}

pb_status cli_draw_ranks(const cli_view *view, cli_figure *figure)
{
    pb_study_ranking ranking = {0};
    pb_study_question question = {.slice = cli_view_slice(view, view->contamination, NULL),
                                  .measure = PB_MEASURE_AUROC};
    const char *methods[CLI_MAX_METHODS];
    if (view->is_named) {
        for (int64_t i = 0; i < view->n_methods; i++)
            methods[question.n_methods++] = view->methods[i];
        question.methods = methods;
    }
    pb_status status = pb_study_rank(view->study, &question, &ranking);
    if (status == PB_STATUS_MISMATCH || status == PB_STATUS_BAD_ARGUMENT || (status == PB_STATUS_OK && ranking.k < 2)) {
        cli_text_add(&figure->missing, "two or more methods in the same categories at contamination %g",
                     view->contamination);
        status = PB_STATUS_OK;
    } else if (status == PB_STATUS_OK)
        status = draw(view, &ranking, figure);
    pb_study_ranking_free(&ranking);
    return status;
}
