/* All tables of a study, and what they share. */
#include "tables/study_tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/options.h"

/* ---- slices ---- */

pb_study_slice pb_maker_slice(const pb_table_maker *maker, pb_setup setup, double contamination, const int64_t *limit)
{
    return (pb_study_slice){.setup = setup,
                            .contamination = contamination,
                            .limits = limit,
                            .n_limits = limit ? 1 : 0,
                            .detector = maker->detector};
}

bool pb_maker_has(const pb_table_maker *maker, const pb_study_slice *slice, const char *method, pb_measure measure)
{
    for (int64_t i = 0; i < maker->contents->n_datasets; i++)
        if (!isnan(pb_study_mean(maker->study, slice, maker->contents->datasets[i], method, measure)))
            return true;
    return false;
}

pb_study_summary pb_maker_summary(const pb_table_maker *maker, const pb_study_slice *slice, const char *method,
                                  pb_measure measure)
{
    pb_study_summary summary = {0};
    const pb_status status = pb_study_summarise(maker->study, slice, NULL, 0, method, measure, &summary);
    if (status != PB_STATUS_OK && *maker->failure == PB_STATUS_OK)
        *maker->failure = status;
    return status == PB_STATUS_OK ? summary : (pb_study_summary){.mean = (double)NAN, .sd_seeds = (double)NAN};
}

bool pb_maker_has_limit(const pb_table_maker *maker, pb_setup setup, double contamination, const int64_t *limit)
{
    const pb_study_slice slice = pb_maker_slice(maker, setup, contamination, limit);
    return maker->detector && pb_maker_has(maker, &slice, PB_METHOD_NONE, PB_MEASURE_AUROC);
}

/* Of the question's categories by the maker's policy; n is 0 where that fails. */
static pb_effect described_effect(const pb_table_maker *maker, const pb_study_question *asked, const char *method)
{
    pb_study_question question = *asked;
    pb_effect effect;
    question.policy = &maker->policy;
    const pb_status status = pb_study_effect(maker->study, &question, method, &effect);
    if (status == PB_STATUS_OK)
        return effect;
    if (*maker->failure == PB_STATUS_OK)
        *maker->failure = status;
    return (pb_effect){.mean = (double)NAN, .gain = (double)NAN, .recovery = (double)NAN};
}

pb_effect pb_maker_effect(const pb_table_maker *maker, const pb_study_slice *slice, const pb_benchmark_sets *sets,
                          const char *method)
{
    pb_study_question question = PB_STUDY_QUESTION_INIT;
    question.slice = *slice;
    question.datasets = sets->datasets;
    question.n_datasets = sets->n;
    return described_effect(maker, &question, method);
}

static bool is_compared(const pb_study_comparisons *comparisons, const char *method)
{
    for (int64_t i = 0; i < comparisons->n; i++)
        if (strcmp(comparisons->comparison[i].method, method) == 0)
            return true;
    return false;
}

void pb_maker_note_untested(const pb_table_maker *maker, const pb_study_question *question,
                            const pb_study_comparisons *comparisons, pb_table *table)
{
    char names[512] = "", label[PB_METHOD_LABEL_BYTES];
    for (int64_t m = 0; m < maker->contents->n_methods; m++) {
        const char *method = maker->contents->methods[m];
        const size_t used = strlen(names);
        if (strcmp(method, PB_METHOD_NONE) == 0 || is_compared(comparisons, method) ||
            described_effect(maker, question, method).n == 0)
            continue;
        pb_study_method_label(method, label, sizeof label);
        snprintf(names + used, sizeof names - used, "%s%s", used ? "; " : "", label);
    }
    if (*names)
        pb_table_add_note(
            table, pb_table_textf("Not tested, as no category has as many seeds of them as of none: %s.", names));
}

/* ---- tables ---- */

const char pb_maker_best_note[] =
    "Bold: the best of each column, leaving out methods that are told which images are bad, or how many.";

pb_status pb_maker_take(pb_table_maker *maker, pb_table *table, bool *added)
{
    pb_study_tables *out = maker->out;
    if (table->policy)
        pb_table_set_caption(table, pb_table_textf("%s %s", table->caption, table->policy));
    const pb_status status = *maker->failure != PB_STATUS_OK ? *maker->failure : pb_table_status(table);
    *added = false;
    if (status != PB_STATUS_OK || table->n_rows == 0) {
        pb_table_free(table);
        return status;
    }
    pb_table_mark_best(table);
    pb_table **more = pb_realloc(out->table, (size_t)out->n + 1, sizeof *more);
    if (!more) {
        pb_table_free(table);
        return PB_STATUS_NO_MEMORY;
    }
    out->table = more;
    out->table[out->n++] = table;
    *added = true;
    return PB_STATUS_OK;
}

pb_status pb_maker_miss(pb_table_maker *maker, const char *id, const char *reason)
{
    pb_study_tables *out = maker->out;
    pb_missing_table *more = pb_realloc(out->missing, (size_t)out->n_missing + 1, sizeof *more);
    if (!more)
        return PB_STATUS_NO_MEMORY;
    out->missing = more;
    out->missing[out->n_missing++] = (pb_missing_table){id, reason};
    return PB_STATUS_OK;
}

pb_table_scope pb_scope(const char *setup, int64_t limit)
{
    return (pb_table_scope){.setup = setup, .limit = limit};
}

const char *pb_maker_c(double contamination, char text[PB_NUMBER_BYTES])
{
    for (int decimals = contamination == 0 ? 0 : 1; decimals < 4; decimals++) {
        pb_table_number(PB_FORMAT_NUMBER, decimals, contamination, text);
        const double unit = pow(10, decimals);
        if (fabs(contamination * unit - round(contamination * unit)) < 1e-9)
            break;
    }
    return text;
}

const char *pb_maker_categories(int64_t n, char text[PB_NUMBER_BYTES])
{
    snprintf(text, PB_NUMBER_BYTES, "%lld categor%s", (long long)n, n == 1 ? "y" : "ies");
    return text;
}

void pb_maker_set_policy(pb_table *table, const pb_effect_policy *policy)
{
    char words[160];
    pb_effect_policy_words(policy, words, sizeof words);
    pb_table_set_policy(table, pb_table_textf("Gains are means %s.", words));
}

void pb_study_exclusion_words(const char *method, const pb_study_exclusion *excluded, int64_t n, char *out, size_t size)
{
    char text[PB_NUMBER_BYTES], more[PB_NUMBER_BYTES + 16] = "", label[PB_METHOD_LABEL_BYTES] = "Ranks";
    out[0] = '\0';
    if (n == 0)
        return;
    if (method)
        pb_study_method_label(method, label, sizeof label);
    if (n > 2)
        snprintf(more, sizeof more, " and %lld more", (long long)n - 2);
    snprintf(out, size, "%s: without %s where rows or seeds are missing: %s%s%s%s.", label,
             pb_maker_categories(n, text), excluded[0].dataset, n > 1 ? ", " : "", n > 1 ? excluded[1].dataset : "",
             more);
}

void pb_maker_note_excluded(pb_table *table, const char *method, const pb_study_exclusion *excluded, int64_t n_excluded)
{
    char words[1024];
    pb_study_exclusion_words(method, excluded, n_excluded, words, sizeof words);
    if (*words)
        pb_table_add_note(table, pb_table_textf("%s", words));
}

void pb_maker_note_single(pb_table *table)
{
    pb_table_add_note(table, pb_table_textf("n = 1: no statistics over categories."));
    table->is_unmarked = true;
}

void pb_maker_set_mean(pb_table *table, int64_t column, double value, int64_t n, int64_t n_most)
{
    pb_table_set_value(table, column, value);
    if (n > 0 && n < n_most)
        pb_table_set_partial(table, column);
}

const char *pb_maker_setup_words(const pb_table_maker *maker, pb_setup setup)
{
    return maker->setup_words[setup == PB_SETUP_DISJOINT];
}

/* ---- the study ---- */

static pb_status take_contamination(pb_table_maker *maker, const pb_study_selected *selected)
{
    const pb_study_contents *contents = maker->contents;
    char text[PB_NUMBER_BYTES];
    if (isnan(selected->contamination))
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "the results have no rows with contamination %g; the highest they have is %s", selected->wanted,
                       pb_maker_c(contents->contaminations[contents->n_contaminations - 1], text));
    maker->contamination = maker->out->contamination = selected->contamination;
    return PB_STATUS_OK;
}

static pb_status add_benchmark(pb_table_maker *maker, const char *name)
{
    const pb_study_contents *contents = maker->contents;
    pb_benchmark_sets *sets = &maker->benchmark[maker->n_benchmarks];
    PB_TRY(PB_NEW(sets->datasets, contents->n_datasets));
    maker->n_benchmarks++;
    sets->name = name;
    for (int64_t i = 0; i < contents->n_datasets; i++)
        if (!name || strcmp(contents->benchmarks[i], name) == 0)
            sets->datasets[sets->n++] = contents->datasets[i];
    if (sets->n == 0) {
        pb_free(sets->datasets);
        *sets = (pb_benchmark_sets){0};
        maker->n_benchmarks--;
    }
    return PB_STATUS_OK;
}

static pb_status list_benchmarks(pb_table_maker *maker)
{
    int64_t n;
    const char *const *names = pb_study_benchmarks(&n);
    PB_ASSERT(n < PB_MAX_BENCHMARKS);
    PB_TRY(add_benchmark(maker, NULL));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(add_benchmark(maker, names[i]));
    return PB_STATUS_OK;
}

static void find_detector(pb_table_maker *maker)
{
    for (int64_t i = 0; i < maker->contents->n_detectors; i++)
        if (!*maker->contents->detectors[i])
            maker->detector = maker->contents->detectors[i];
}

static void list_setups(pb_table_maker *maker)
{
    for (int disjoint = 0; disjoint < 2; disjoint++) {
        const pb_setup setup = disjoint ? PB_SETUP_DISJOINT : PB_SETUP_SHARED;
        snprintf(maker->setup_words[disjoint], sizeof maker->setup_words[disjoint], "Setup %s: %s.",
                 pb_setup_name(setup), pb_setup_words(setup));
    }
    for (int64_t i = maker->contents->n_setups - 1; i >= 0; i--)
        maker->setup[maker->n_setups++] = maker->contents->setups[i];
}

/* Those of one contamination. */
static pb_status make_variants(pb_table_maker *maker, double contamination)
{
#define TABLES(name)
#define TABLES_AT_C(name) PB_TRY(pb_tables_##name(maker, contamination));
#include "tables/study_tables.def"
#undef TABLES
#undef TABLES_AT_C
    return PB_STATUS_OK;
}

static pb_status make_all(pb_table_maker *maker, bool variants)
{
    const pb_study_contents *contents = maker->contents;
    PB_TRY(pb_tables_headlines(maker));
#define TABLES(name) PB_TRY(pb_tables_##name(maker));
#define TABLES_AT_C(name) PB_TRY(pb_tables_##name(maker, maker->contamination));
#include "tables/study_tables.def"
#undef TABLES
#undef TABLES_AT_C
    for (int64_t i = 0; variants && i < contents->n_contaminations; i++) {
        const double c = contents->contaminations[i];
        if (c > 0 && c != maker->contamination)
            PB_TRY(make_variants(maker, c));
    }
    return PB_STATUS_OK;
}

static pb_status make(pb_table_maker *maker, const pb_study_selected *selected, bool variants)
{
    find_detector(maker);
    list_setups(maker);
    PB_TRY(take_contamination(maker, selected));
    PB_TRY(list_benchmarks(maker));
    return make_all(maker, variants);
}

pb_status pb_study_tables_make(const pb_study_selected *selected, const pb_study_tables_options *options,
                               pb_study_tables *out)
{
    static const pb_study_tables_options usual = PB_STUDY_TABLES_OPTIONS_INIT;
    pb_study_tables_options known;
    *out = (pb_study_tables){0};
    PB_CHECK_ARG(selected && selected->study, "the tables need a selection of a study");
    PB_TRY(PB_OPTIONS_READ(pb_study_tables_options, options, &usual, &known));
    pb_status failure = PB_STATUS_OK;
    pb_table_maker maker = {.selected = selected,
                            .study = selected->study,
                            .contents = pb_study_get_contents(selected->study),
                            .policy = selected->policy,
                            .out = out,
                            .failure = &failure};
    const pb_status status = make(&maker, selected, known.variants);
    for (int64_t i = 0; i < maker.n_benchmarks; i++)
        pb_free(maker.benchmark[i].datasets);
    if (status != PB_STATUS_OK)
        pb_study_tables_free(out);
    return status;
}

void pb_study_tables_free(pb_study_tables *tables)
{
    if (!tables)
        return;
    for (int64_t i = 0; i < tables->n; i++)
        pb_table_free(tables->table[i]);
    pb_free(tables->table);
    pb_free(tables->missing);
    pb_free(tables->headline);
    pb_free(tables->other_headline);
    *tables = (pb_study_tables){0};
}
