/* All tables of a study, and what they share. */
#include "tables/study_tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const double usual_contamination = 0.3;

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
    return maker->detector && pb_maker_has(maker, &slice, PB_BASELINE, PB_MEASURE_AUROC);
}

pb_gain pb_maker_gain(const pb_table_maker *maker, const pb_study_slice *slice, const pb_benchmark_sets *sets,
                      const char *method)
{
    pb_gain gain = {0};
    pb_study_slice clean_slice = *slice;
    double sum = 0, base_sum = 0, clean_sum = 0;
    clean_slice.contamination = 0;
    for (int64_t i = 0; i < sets->n; i++) {
        const double value = pb_study_mean(maker->study, slice, sets->datasets[i], method, PB_MEASURE_AUROC);
        const double base = pb_study_mean(maker->study, slice, sets->datasets[i], PB_BASELINE, PB_MEASURE_AUROC);
        if (isnan(value) || isnan(base))
            continue;
        gain.n++;
        sum += value;
        base_sum += base;
        clean_sum += pb_study_mean(maker->study, &clean_slice, sets->datasets[i], PB_BASELINE, PB_MEASURE_AUROC);
        gain.wins += value - base > PB_STUDY_TIE;
        gain.losses += value - base < -PB_STUDY_TIE;
    }
    const double n = (double)gain.n;
    gain.mean = sum / n; /* 0 / 0 is NaN, as it should be */
    gain.gain = sum / n - base_sum / n;
    gain.damage = clean_sum / n - base_sum / n;
    gain.recovery = pb_study_recovery(gain.mean, base_sum / n, clean_sum / n);
    return gain;
}

/* ---- tables ---- */

pb_status pb_maker_take(pb_table_maker *maker, pb_table *table, bool *added)
{
    pb_study_tables *out = maker->out;
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
        pb_table_number(PB_COLUMN_NUMBER, decimals, contamination, text);
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

void pb_maker_note_excluded(pb_table *table, const char *method, const pb_study_exclusion *excluded, int64_t n_excluded)
{
    char text[PB_NUMBER_BYTES], more[PB_NUMBER_BYTES + 16] = "";
    if (n_excluded == 0)
        return;
    if (n_excluded > 2)
        snprintf(more, sizeof more, " and %lld more", (long long)n_excluded - 2);
    pb_table_add_note(table,
                      pb_table_textf("%s: without %s where rows or seeds are missing: %s%s%s%s.", method,
                                     pb_maker_categories(n_excluded, text), excluded[0].dataset,
                                     n_excluded > 1 ? ", " : "", n_excluded > 1 ? excluded[1].dataset : "", more));
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

const char *pb_maker_setup_words(pb_setup setup)
{
    return setup == PB_SETUP_DISJOINT
               ? "Setup disjoint: no contaminant is tested."
               : "Setup shared: contaminants are among the tested anomalies, which flatters purification.";
}

/* ---- the study ---- */

static bool is_listed(const double *list, int64_t n, double value)
{
    for (int64_t i = 0; i < n; i++)
        if (list[i] == value)
            return true;
    return false;
}

static pb_status choose_contamination(pb_table_maker *maker, const pb_study_tables_options *options)
{
    const pb_study_contents *contents = maker->contents;
    const double *list = contents->contaminations;
    const int64_t n = contents->n_contaminations;
    char text[PB_NUMBER_BYTES];
    const double asked = options->contamination;
    if (options->has_contamination && !is_listed(list, n, asked))
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "the results have no rows with contamination %g; the highest they have is %s", asked,
                       pb_maker_c(list[n - 1], text));
    maker->contamination = options->has_contamination                ? asked
                           : is_listed(list, n, usual_contamination) ? usual_contamination
                                                                     : list[n - 1];
    maker->out->contamination = maker->contamination;
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
    for (int64_t i = maker->contents->n_setups - 1; i >= 0; i--)
        maker->setup[maker->n_setups++] = maker->contents->setups[i];
}

static pb_status make_all(pb_table_maker *maker, bool variants)
{
    const pb_study_contents *contents = maker->contents;
    PB_TRY(pb_tables_verdicts(maker));
    PB_TRY(pb_tables_side_by_side(maker));
    PB_TRY(pb_tables_main(maker));
    PB_TRY(pb_tables_methods(maker, maker->contamination));
    PB_TRY(pb_tables_tests(maker));
    PB_TRY(pb_tables_audit_k(maker));
    PB_TRY(pb_tables_across(maker));
    PB_TRY(pb_tables_benchmarks(maker, maker->contamination));
    PB_TRY(pb_tables_categories(maker));
    PB_TRY(pb_tables_detection(maker));
    PB_TRY(pb_tables_removed(maker));
    PB_TRY(pb_tables_pixel(maker));
    PB_TRY(pb_tables_ablations(maker));
    PB_TRY(pb_tables_assurance(maker));
    for (int64_t i = 0; variants && i < contents->n_contaminations; i++) {
        const double c = contents->contaminations[i];
        if (c <= 0 || c == maker->contamination)
            continue;
        PB_TRY(pb_tables_methods(maker, c));
        PB_TRY(pb_tables_benchmarks(maker, c));
    }
    return PB_STATUS_OK;
}

static pb_status make(pb_table_maker *maker, const pb_study_tables_options *options)
{
    find_detector(maker);
    list_setups(maker);
    PB_TRY(choose_contamination(maker, options));
    PB_TRY(list_benchmarks(maker));
    return make_all(maker, options->variants);
}

pb_status pb_study_tables_make(const pb_study *study, const pb_study_tables_options *options, pb_study_tables *out)
{
    static const pb_study_tables_options usual = {0};
    *out = (pb_study_tables){0};
    PB_CHECK_ARG(study, "the tables need a study");
    pb_status failure = PB_STATUS_OK;
    pb_table_maker maker = {.study = study, .contents = pb_study_get_contents(study), .out = out, .failure = &failure};
    const pb_status status = make(&maker, options ? options : &usual);
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
    pb_free(tables->verdict);
    pb_free(tables->other_verdict);
    *tables = (pb_study_tables){0};
}
