/* Mean ranks with the critical difference, from the study. */
#include <purebank/tables.h>

#include "base/memory.h"
#include "base/words.h"
#include "figures/figure_kinds.h"
#include "figures/style.h"

static void say(const pb_shown_rows *view, const pb_study_ranking *ranking, pb_figure *figure)
{
    char words[1024];
    pb_text_add(&figure->title, "Critical differences");
    pb_text_add(
        &figure->caption,
        "Mean ranks by image AUROC with %g %% of the references contaminated; bars join methods that cannot be told "
        "apart (Dem\u0161ar 2006). ",
        100 * view->focus.slice.contamination);
    pb_words_of_integers(view->focus.slice.limits, view->focus.slice.n_limits, ", ", " and ", words, sizeof words);
    pb_text_add(&figure->caption, "Setup %s, n = %lld %s, N = %s%s", pb_setup_name(view->focus.slice.setup),
                (long long)ranking->n, ranking->n == 1 ? "category" : "categories", words,
                view->focus.slice.n_limits > 1 ? " pooled" : "");
    pb_study_ranking_words(ranking, words, sizeof words);
    pb_text_add(&figure->caption, ". %s", words);
    pb_study_exclusion_words(NULL, ranking->excluded, ranking->n_excluded, words, sizeof words);
    pb_text_add(&figure->caption, "%s%s", *words ? " " : "", words);
}

static pb_status draw_ranks(const pb_shown_rows *view, const pb_study_ranking *ranking, pb_figure *figure)
{
    const int64_t n = ranking->k;
    pb_figure_style *styles = NULL;
    const char **names = NULL;
    double *ranks = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(styles, n));
    PB_TRY_GOTO(PB_NEW(names, n));
    PB_TRY_GOTO(PB_NEW(ranks, n));
    for (int64_t i = 0; i < n; i++) {
        styles[i] = pb_figure_style_of(ranking->methods[ranking->order[i]]);
        names[i] = styles[i].label;
        ranks[i] = ranking->mean_ranks[ranking->order[i]];
    }
    say(view, ranking, figure);
    status = pb_rank_diagram(&(pb_rank_list){names, ranks, n, ranking->cd}, figure);
done:
    pb_free(styles);
    pb_free(names);
    pb_free(ranks);
    return status;
}

pb_status pb_figure_of_cd(const pb_shown_rows *view, pb_figure *figure)
{
    pb_study_ranking ranking = {0};
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    question.slice = pb_shown_rows_slice(view, view->focus.slice.contamination, NULL);
    if (view->is_named) {
        question.methods = view->focus.methods;
        question.n_methods = view->focus.n_methods;
    }
    pb_status status = pb_study_rank(view->study, &question, &ranking);
    if (status == PB_STATUS_MISMATCH || status == PB_STATUS_BAD_ARGUMENT || (status == PB_STATUS_OK && ranking.k < 2)) {
        pb_text_add(&figure->missing, "two or more methods in the same categories at contamination %g",
                    view->focus.slice.contamination);
        status = PB_STATUS_OK;
    } else if (status == PB_STATUS_OK)
        status = draw_ranks(view, &ranking, figure);
    pb_study_ranking_free(&ranking);
    return status;
}
