/* Statistical tests: ranks and comparisons with the baseline, and the multipliers of the audits beside each other. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "tables/study_tables.h"

static char *list_limits(const int64_t *limits, int64_t n)
{
    if (n == 1)
        return pb_table_textf("%lld", (long long)limits[0]);
    if (n == 2)
        return pb_table_textf("%lld and %lld pooled", (long long)limits[0], (long long)limits[1]);
    return pb_table_textf("%lld to %lld (%lld of them) pooled", (long long)limits[0], (long long)limits[n - 1],
                          (long long)n);
}

/* ---- one table of tests ---- */

typedef enum tests_column {
    METHOD,
    RANK,
    GAIN,
    INTERVAL,
    W,
    P,
    P_HOLM,
    DELTA,
    A12,
    WINS,
    TIES,
    LOSSES,
    PENALTY
} tests_column;

static void add_columns(pb_table *table)
{
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "mean rank", PB_FORMAT_NUMBER, PB_BEST_LOWEST, 2, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "95 % CI", PB_FORMAT_INTERVAL, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "Wilcoxon", "W", PB_FORMAT_NUMBER, PB_BEST_NONE, 1, NULL);
    pb_table_add_column(table, "Wilcoxon", "p", PB_FORMAT_PROBABILITY, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "Wilcoxon", "Holm", PB_FORMAT_PROBABILITY, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "effect", "δ", PB_FORMAT_SIGNED, PB_BEST_NONE, 3, NULL);
    pb_table_add_column(table, "effect", "A12", PB_FORMAT_NUMBER, PB_BEST_NONE, 3, NULL);
    pb_table_add_column(table, "categories", "wins", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, NULL);
    pb_table_add_column(table, "categories", "ties", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "categories", "losses", PB_FORMAT_NUMBER, PB_BEST_LOWEST, 0, NULL);
    pb_table_add_column(table, "", "clean penalty", PB_FORMAT_SIGNED, PB_BEST_LOWEST, 4, NULL);
}

static double rank_of(const pb_study_ranking *ranking, const char *method)
{
    for (int64_t i = 0; i < ranking->k; i++)
        if (strcmp(ranking->methods[i], method) == 0)
            return ranking->mean_ranks[i];
    return (double)NAN;
}

static void add_comparison(pb_table *table, const pb_study_comparison *of, double rank, int64_t n_most)
{
    pb_table_add_row(table, "", !pb_study_is_told(of->method), NULL);
    pb_table_set_method(table, METHOD, of->method, "");
    pb_table_set_value(table, RANK, rank);
    pb_table_set_value(table, GAIN, of->effect.gain);
    if (of->effect.n > 1) {
        pb_table_set_pair(table, INTERVAL, of->ci_low, of->ci_high);
        pb_table_set_value(table, W, of->wilcoxon.w);
        pb_table_set_value(table, P, of->wilcoxon.p);
        pb_table_set_value(table, P_HOLM, of->p_holm);
        pb_table_set_value(table, DELTA, of->delta);
        pb_table_set_value(table, A12, of->a12);
    }
    pb_table_set_value(table, WINS, (double)of->effect.wins);
    pb_table_set_value(table, TIES, (double)of->effect.ties);
    pb_table_set_value(table, LOSSES, (double)of->effect.losses);
    pb_table_set_value(table, PENALTY, of->effect.clean_penalty);
    for (int64_t j = GAIN; of->effect.n < n_most && j < table->n_columns; j++)
        pb_table_set_partial(table, j);
}

void pb_study_ranking_words(const pb_study_ranking *ranking, char *out, size_t size)
{
    char chi2[PB_NUMBER_BYTES], p[PB_NUMBER_BYTES], cd[PB_NUMBER_BYTES], categories[PB_NUMBER_BYTES], test[224] = "";
    pb_table_number(PB_FORMAT_NUMBER, 2, ranking->friedman.chi2, chi2);
    pb_table_number(PB_FORMAT_PROBABILITY, 4, ranking->friedman.p, p);
    pb_table_number(PB_FORMAT_NUMBER, 3, ranking->cd, cd);
    pb_maker_categories(ranking->n, categories);
    if (ranking->k >= 3 && !isnan(ranking->friedman.chi2))
        snprintf(test, sizeof test, "Friedman: χ² = %s, p = %s, over the %lld methods with a mean rank (1 = best)",
                 chi2, p, (long long)ranking->k);
    else
        snprintf(test, sizeof test, "Mean ranks (1 = best) of %lld methods", (long long)ranking->k);
    snprintf(out, size,
             "%s and n = %s. Ranks further apart than the critical difference %s differ at the 5 %% level (Nemenyi).",
             test, categories, cd);
}

/* What Friedman's test says, and which categories it leaves out. */
static void add_friedman_note(pb_table *table, const pb_study_ranking *ranking)
{
    char words[512];
    if (ranking->k < 3 || isnan(ranking->friedman.chi2))
        return;
    pb_study_ranking_words(ranking, words, sizeof words);
    pb_table_add_note(table, pb_table_textf("%s", words));
    pb_maker_note_excluded(table, NULL, ranking->excluded, ranking->n_excluded);
}

static pb_status fill_tests(const pb_table_maker *maker, const pb_study_question *question, const char *limits,
                            pb_table *table)
{
    pb_study_ranking ranking = {0};
    pb_study_comparisons comparisons = {0};
    int64_t n_most = 0;
    pb_status status;
    char c[PB_NUMBER_BYTES], categories[PB_NUMBER_BYTES];
    PB_TRY_GOTO(pb_study_compare(maker->study, question, &comparisons));
    status = pb_study_rank(maker->study, question, &ranking);
    if (status != PB_STATUS_OK && status != PB_STATUS_MISMATCH)
        goto done;
    status =
        PB_STATUS_OK; /* no category has all methods: then there are no ranks, and the comparisons stand by themselves */
    for (int64_t i = 0; i < comparisons.n; i++)
        n_most = comparisons.comparison[i].effect.n > n_most ? comparisons.comparison[i].effect.n : n_most;
    add_columns(table);
    if (!isnan(rank_of(&ranking, PB_METHOD_NONE))) {
        pb_table_add_row(table, "", true, NULL);
        pb_table_set_method(table, METHOD, PB_METHOD_NONE, "");
        pb_table_set_value(table, RANK, rank_of(&ranking, PB_METHOD_NONE));
    }
    for (int64_t i = 0; i < comparisons.n; i++)
        if (comparisons.comparison[i].effect.n > 0)
            add_comparison(table, &comparisons.comparison[i], rank_of(&ranking, comparisons.comparison[i].method),
                           n_most);
    pb_table_set_caption(table, pb_table_textf("Image AUROC against none: n = %s%s, N = %s, c = %s, seeds averaged "
                                               "first. %s",
                                               pb_maker_categories(n_most, categories),
                                               question->exclude_loco ? " without mvtec_loco_AD" : "", limits,
                                               pb_maker_c(question->slice.contamination, c),
                                               pb_maker_setup_words(maker, question->slice.setup)));
    if (n_most == 1)
        pb_maker_note_single(table);
    else
        add_friedman_note(table, &ranking);
    for (int64_t i = 0; i < comparisons.n; i++)
        if (comparisons.comparison[i].effect.n > 0 && comparisons.comparison[i].effect.n < n_most)
            pb_maker_note_excluded(table, comparisons.comparison[i].method, comparisons.comparison[i].excluded,
                                   comparisons.comparison[i].n_excluded);
    pb_maker_note_untested(maker, question, &comparisons, table);
    pb_table_add_note(
        table, pb_table_textf("CI: bootstrap of the mean difference, 10 000 draws. Holm: over the methods that are "
                              "ranked, without none. δ: Cliff. A12: Vargha and Delaney. wins, ties, losses: at "
                              "±0.001. clean penalty: what the method costs at c = 0."));
    pb_maker_set_policy(table, question->policy);
done:
    pb_study_ranking_free(&ranking);
    pb_study_comparisons_free(&comparisons);
    return status;
}

static pb_status make_tests(pb_table_maker *maker, const pb_study_question *question, bool *added)
{
    const char *setup = pb_setup_name(question->slice.setup);
    char id[96], *words = NULL, c[PB_NUMBER_BYTES];
    pb_table *table = NULL;
    pb_status status;
    *added = false;
    snprintf(id, sizeof id, "tests_%s%s", setup, question->exclude_loco ? "_no_loco" : "");
    PB_TRY(pb_table_new(id, &table));
    table->scope = (pb_table_scope){.setup = setup, .contamination = maker->contamination, .has_contamination = true};
    words = list_limits(question->slice.limits, question->slice.n_limits);
    if (!words) {
        pb_table_free(table);
        return PB_STATUS_NO_MEMORY;
    }
    pb_table_set_title(table, pb_table_textf("Statistical tests%s, %s, N = %s, c = %s",
                                             question->exclude_loco ? " without LOCO" : "", setup, words,
                                             pb_maker_c(maker->contamination, c)));
    status = fill_tests(maker, question, words, table);
    pb_free(words);
    if (status == PB_STATUS_OK)
        return pb_maker_take(maker, table, added);
    pb_table_free(table);
    return status == PB_STATUS_MISMATCH ? PB_STATUS_OK : status; /* nothing to compare in this setup */
}

static bool has_loco_and_others(const pb_table_maker *maker)
{
    int64_t n_loco = 0;
    for (int64_t i = 0; i < maker->contents->n_datasets; i++)
        n_loco += pb_study_is_loco(maker->contents->datasets[i]);
    return n_loco > 0 && n_loco < maker->contents->n_datasets;
}

/* With LOCO, and without. @param limits room for those of the study */
static pb_status make_both_tests(pb_table_maker *maker, pb_setup setup, int64_t *limits, bool *any)
{
    const int n_variants = has_loco_and_others(maker) ? 2 : 1;
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    question.slice = pb_maker_slice(maker, setup, maker->contamination, NULL);
    question.slice.n_limits =
        maker->detector ? pb_study_pooled_limits(maker->study, &question.slice, PB_METHOD_NONE, limits) : 0;
    question.slice.limits = limits;
    for (int without = 0; without < n_variants && question.slice.n_limits > 0; without++) {
        bool added;
        question.exclude_loco = without == 1;
        PB_TRY(make_tests(maker, &question, &added));
        *any |= added;
    }
    return PB_STATUS_OK;
}

pb_status pb_tables_tests(pb_table_maker *maker)
{
    int64_t *limits;
    bool any = false;
    pb_status status = PB_STATUS_OK;
    PB_TRY(PB_NEW(limits, maker->contents->n_limits));
    for (int64_t s = 0; s < maker->n_setups && status == PB_STATUS_OK; s++)
        status = make_both_tests(maker, maker->setup[s], limits, &any);
    pb_free(limits);
    PB_TRY(status);
    return any ? PB_STATUS_OK : pb_maker_miss(maker, "tests", "no method beside \"none\" in the same cells");
}

/* ---- the audits' multipliers ---- */

static bool has_multiplier(const char *name)
{
    double k;
    return pb_study_method(name, &k) && k > 0;
}

/* Audits with a multiplier that the slice has. @param out contents.n_methods pointers */
static int64_t audits_with_k(const pb_table_maker *maker, const pb_study_slice *slice, const char **out)
{
    int64_t n = 0;
    for (int64_t m = 0; m < maker->contents->n_methods; m++)
        if (has_multiplier(maker->contents->methods[m]) &&
            pb_maker_has(maker, slice, maker->contents->methods[m], PB_MEASURE_AUROC))
            out[n++] = maker->contents->methods[m];
    return n;
}

static void add_audit_row(pb_table *table, const pb_study_comparison *of, int64_t limit)
{
    char group[64];
    const pb_table_scope scope = pb_scope(NULL, limit);
    char categories[PB_NUMBER_BYTES];
    snprintf(group, sizeof group, "N = %lld, %.40s", (long long)limit, pb_maker_categories(of->effect.n, categories));
    pb_table_add_row(table, group, true, &scope);
    pb_table_set_method(table, 0, of->method, "");
    pb_table_set_value(table, 1, of->effect.mean);
    pb_table_set_value(table, 2, of->effect.gain);
    if (of->effect.n > 1) {
        pb_table_set_pair(table, 3, of->ci_low, of->ci_high);
        pb_table_set_value(table, 4, of->wilcoxon.p);
        pb_table_set_value(table, 5, of->p_holm);
    }
    pb_table_set_value(table, 6, 100 * of->effect.recovery);
    pb_table_set_value(table, 7, of->effect.clean_penalty);
}

static pb_status fill_audit_k(const pb_table_maker *maker, const pb_study_slice *slice, const char **methods,
                              pb_table *table)
{
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    pb_study_comparisons comparisons;
    question.slice = *slice;
    question.methods = methods;
    question.n_methods = audits_with_k(maker, slice, methods);
    if (question.n_methods == 0)
        return PB_STATUS_OK;
    const pb_status status = pb_study_compare(maker->study, &question, &comparisons);
    if (status != PB_STATUS_OK)
        return status == PB_STATUS_MISMATCH ? PB_STATUS_OK : status;
    for (int64_t i = 0; i < comparisons.n; i++)
        if (comparisons.comparison[i].effect.n > 0)
            add_audit_row(table, &comparisons.comparison[i], slice->limits[0]);
    pb_study_comparisons_free(&comparisons);
    return PB_STATUS_OK;
}

static pb_status make_audit_k(pb_table_maker *maker, pb_setup setup, const char **methods, bool *added)
{
    char id[64], c[PB_NUMBER_BYTES];
    pb_table *table;
    snprintf(id, sizeof id, "audit_k_%s", pb_setup_name(setup));
    PB_TRY(pb_table_new(id, &table));
    table->scope = (pb_table_scope){
        .setup = pb_setup_name(setup), .contamination = maker->contamination, .has_contamination = true};
    pb_table_set_title(table, pb_table_textf("Audits and their multiplier k, %s, c = %s", pb_setup_name(setup),
                                             pb_maker_c(maker->contamination, c)));
    pb_table_set_caption(
        table, pb_table_textf("Image AUROC against none, mean over categories, seeds averaged first. CI: bootstrap, "
                              "10 000 draws. Holm: over the rules and k of one N. %s",
                              pb_maker_setup_words(maker, setup)));
    pb_maker_set_policy(table, NULL);
    pb_table_add_column(table, "", "audit", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "AUROC", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "95 % CI", PB_FORMAT_INTERVAL, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "Wilcoxon", "p", PB_FORMAT_PROBABILITY, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "Wilcoxon", "Holm", PB_FORMAT_PROBABILITY, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "", "recovery %", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, NULL);
    pb_table_add_column(table, "", "clean penalty", PB_FORMAT_SIGNED, PB_BEST_LOWEST, 4, NULL);
    for (int64_t l = 0; l < maker->contents->n_limits; l++) {
        const pb_study_slice slice = pb_maker_slice(maker, setup, maker->contamination, &maker->contents->limits[l]);
        const pb_status status = maker->detector ? fill_audit_k(maker, &slice, methods, table) : PB_STATUS_OK;
        if (status != PB_STATUS_OK) {
            pb_table_free(table);
            return status;
        }
    }
    return pb_maker_take(maker, table, added);
}

pb_status pb_tables_audit_k(pb_table_maker *maker)
{
    const char **methods;
    bool any = false, added = false;
    pb_status status = PB_STATUS_OK;
    PB_TRY(PB_NEW(methods, maker->contents->n_methods));
    for (int64_t s = 0; status == PB_STATUS_OK && s < maker->n_setups; s++) {
        status = make_audit_k(maker, maker->setup[s], methods, &added);
        any |= added;
    }
    pb_free(methods);
    PB_TRY(status);
    return any ? PB_STATUS_OK : pb_maker_miss(maker, "audit_k", "no audits with a multiplier (image-level)");
}
