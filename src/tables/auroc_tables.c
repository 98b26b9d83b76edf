/* AUROC: by contamination, the setups side by side, by benchmark, by category. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "tables/study_tables.h"

static const char sd_note[] = "± is the standard deviation, over seeds, of the mean over categories.";
static void add_notes(pb_table *table, const char *first, const char *second)
{
    pb_table_add_note(table, pb_table_textf("%s", first));
    if (second)
        pb_table_add_note(table, pb_table_textf("%s", second));
}

/* "N = 10", and how many categories the baseline has there. */
static const char *limit_group(char text[64], int64_t limit, int64_t n)
{
    char categories[PB_NUMBER_BYTES];
    snprintf(text, 64, "N = %lld, %.40s", (long long)limit, pb_maker_categories(n, categories));
    return text;
}

/* ---- main ---- */

static bool has_contamination(const pb_table_maker *maker, pb_setup setup, double contamination)
{
    for (int64_t l = 0; l < maker->contents->n_limits; l++)
        if (pb_maker_has_limit(maker, setup, contamination, &maker->contents->limits[l]))
            return true;
    return false;
}

static void add_main_columns(const pb_table_maker *maker, pb_setup setup, pb_table *table)
{
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    for (int64_t i = 0; i < maker->contents->n_contaminations; i++) {
        const double c = maker->contents->contaminations[i];
        char number[PB_NUMBER_BYTES], head[PB_NUMBER_BYTES + 8];
        if (!has_contamination(maker, setup, c))
            continue;
        snprintf(head, sizeof head, "c = %s", pb_maker_c(c, number));
        const pb_table_scope scope = {.contamination = c, .has_contamination = true};
        pb_table_add_column(table, "", head, PB_FORMAT_SPREAD, PB_BEST_HIGHEST, 4, &scope);
    }
}

static void add_main_row(const pb_table_maker *maker, pb_setup setup, const int64_t *limit, const char *method,
                         pb_table *table)
{
    bool begun = false;
    char group[64];
    for (int64_t j = 1; j < table->n_columns; j++) {
        const pb_study_slice slice = pb_maker_slice(maker, setup, table->column[j].scope.contamination, limit);
        const pb_study_summary all = pb_maker_summary(maker, &slice, PB_METHOD_NONE, PB_MEASURE_AUROC);
        const pb_study_summary one = pb_maker_summary(maker, &slice, method, PB_MEASURE_AUROC);
        const pb_table_scope scope = pb_scope(NULL, *limit);
        if (one.n == 0)
            continue;
        if (!begun) {
            const pb_study_slice at = pb_maker_slice(maker, setup, maker->contamination, limit);
            const pb_study_summary here = pb_maker_summary(maker, &at, PB_METHOD_NONE, PB_MEASURE_AUROC);
            pb_table_add_row(table, limit_group(group, *limit, here.n > 0 ? here.n : all.n), !pb_study_is_told(method),
                             &scope);
            pb_table_set_method(table, 0, method, "");
            begun = true;
        }
        pb_table_set_pair(table, j, one.mean, one.sd_seeds);
        if (one.n < all.n)
            pb_table_set_partial(table, j);
    }
}

static pb_status make_main(pb_table_maker *maker, pb_setup setup, bool *added)
{
    const pb_study_contents *contents = maker->contents;
    char id[64];
    pb_table *table;
    snprintf(id, sizeof id, "main_%s", pb_setup_name(setup));
    PB_TRY(pb_table_new(id, &table));
    table->scope = pb_scope(pb_setup_name(setup), 0);
    pb_table_set_title(table, pb_table_textf("Image AUROC by contamination, %s", pb_setup_name(setup)));
    pb_table_set_caption(
        table, pb_table_textf("Mean over categories, seeds averaged first. c is the share of the N references "
                              "that are replaced by anomalies. %s",
                              pb_maker_setup_words(maker, setup)));
    add_notes(table, sd_note, pb_maker_best_note);
    add_main_columns(maker, setup, table);
    for (int64_t l = 0; l < contents->n_limits; l++)
        for (int64_t m = 0; m < contents->n_methods && maker->detector; m++)
            add_main_row(maker, setup, &contents->limits[l], contents->methods[m], table);
    return pb_maker_take(maker, table, added);
}

pb_status pb_tables_main(pb_table_maker *maker)
{
    bool any = false, added;
    for (int64_t s = 0; s < maker->n_setups; s++) {
        PB_TRY(make_main(maker, maker->setup[s], &added));
        any |= added;
    }
    return any ? PB_STATUS_OK : pb_maker_miss(maker, "main", "no rows but those of assurance");
}

/* ---- side by side ---- */

static const pb_setup both_setups[] = {PB_SETUP_DISJOINT, PB_SETUP_SHARED};

static void add_pair_row(const pb_table_maker *maker, const int64_t *limit, const char *method, pb_table *table)
{
    pb_effect gain[2];
    int64_t n_base[2];
    char group[64];
    for (int s = 0; s < 2; s++) {
        const pb_study_slice slice = pb_maker_slice(maker, both_setups[s], maker->contamination, limit);
        gain[s] = pb_maker_effect(maker, &slice, &maker->benchmark[0], method);
        n_base[s] = pb_maker_effect(maker, &slice, &maker->benchmark[0], PB_METHOD_NONE).n;
    }
    if (gain[0].n == 0 && gain[1].n == 0)
        return;
    const pb_table_scope scope = pb_scope(NULL, *limit);
    const bool baseline = strcmp(method, PB_METHOD_NONE) == 0;
    if (n_base[0] == n_base[1])
        limit_group(group, *limit, n_base[0]);
    else
        snprintf(group, sizeof group, "N = %lld, %lld and %lld categories", (long long)*limit, (long long)n_base[0],
                 (long long)n_base[1]);
    pb_table_add_row(table, group, !pb_study_is_told(method), &scope);
    pb_table_set_method(table, 0, method, "");
    for (int s = 0; s < 2; s++) {
        pb_maker_set_mean(table, 1 + 3 * s, gain[s].mean, gain[s].n, n_base[s]);
        if (baseline)
            continue;
        pb_maker_set_mean(table, 2 + 3 * s, gain[s].gain, gain[s].n, n_base[s]);
        pb_maker_set_mean(table, 3 + 3 * s, 100 * gain[s].recovery, gain[s].n, n_base[s]);
    }
}

pb_status pb_tables_side_by_side(pb_table_maker *maker)
{
    const pb_study_contents *contents = maker->contents;
    char c[PB_NUMBER_BYTES];
    bool added;
    pb_table *table;
    if (maker->n_setups < 2)
        return pb_maker_miss(maker, "setups", "the results are of one setup");
    PB_TRY(pb_table_new("setups", &table));
    table->scope = (pb_table_scope){.contamination = maker->contamination, .has_contamination = true};
    pb_table_set_title(table,
                       pb_table_textf("Disjoint and shared side by side, c = %s", pb_maker_c(maker->contamination, c)));
    pb_table_set_caption(
        table, pb_table_textf("Image AUROC, gain over none and the share of the damage of contamination that is "
                              "recovered. Disjoint: %s. Shared: %s.",
                              pb_setup_words(PB_SETUP_DISJOINT), pb_setup_words(PB_SETUP_SHARED)));
    pb_maker_set_policy(table, &maker->policy);
    pb_table_add_note(table, pb_table_textf("%s", pb_maker_best_note));
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    for (int s = 0; s < 2; s++) {
        const char *name = pb_setup_name(both_setups[s]);
        const pb_table_scope scope = pb_scope(name, 0);
        pb_table_add_column(table, name, "AUROC", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, &scope);
        pb_table_add_column(table, name, "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, &scope);
        pb_table_add_column(table, name, "recovery %", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, &scope);
    }
    for (int64_t l = 0; l < contents->n_limits; l++)
        for (int64_t m = 0; m < contents->n_methods && maker->detector; m++)
            add_pair_row(maker, &contents->limits[l], contents->methods[m], table);
    PB_TRY(pb_maker_take(maker, table, &added));
    return added ? PB_STATUS_OK : pb_maker_miss(maker, "setups", "no rows but those of assurance");
}

/* ---- benchmarks ---- */

/* AUROC, or the gain over the baseline. */
static void add_benchmark_row(const pb_table_maker *maker, const pb_study_slice *slice, const char *method, bool gains,
                              pb_table *table)
{
    bool begun = false;
    char group[64];
    const pb_table_scope scope = pb_scope(NULL, slice->limits[0]);
    for (int64_t b = 0; b < maker->n_benchmarks; b++) {
        const pb_benchmark_sets *sets = &maker->benchmark[b];
        const pb_effect gain = pb_maker_effect(maker, slice, sets, method);
        const int64_t n = pb_maker_effect(maker, slice, sets, PB_METHOD_NONE).n;
        if (gain.n == 0)
            continue;
        if (!begun) {
            snprintf(group, sizeof group, "N = %lld", (long long)slice->limits[0]);
            pb_table_add_row(table, group, !pb_study_is_told(method), &scope);
            pb_table_set_method(table, 0, method, "");
            begun = true;
        }
        pb_maker_set_mean(table, b + 1, gains ? gain.gain : gain.mean, gain.n, n);
    }
}

static void add_benchmark_columns(const pb_table_maker *maker, bool gains, pb_table *table)
{
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    for (int64_t b = 0; b < maker->n_benchmarks; b++) {
        const pb_benchmark_sets *sets = &maker->benchmark[b];
        const pb_table_scope scope = {.benchmark = sets->name};
        char head[96];
        snprintf(head, sizeof head, "%s (%lld)", sets->name ? sets->name : "all", (long long)sets->n);
        pb_table_add_column(table, "", head, gains ? PB_FORMAT_SIGNED : PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, &scope);
    }
}

static pb_status make_benchmarks(pb_table_maker *maker, pb_setup setup, double contamination, bool gains, bool *added)
{
    const pb_study_contents *contents = maker->contents;
    const bool variant = contamination != maker->contamination;
    char c[PB_NUMBER_BYTES], id[96];
    pb_table *table;
    pb_maker_c(contamination, c);
    snprintf(id, sizeof id, "benchmark%s_%s%s%s", gains ? "_gains" : "s", pb_setup_name(setup), variant ? "_c" : "",
             variant ? c : "");
    PB_TRY(pb_table_new(id, &table));
    table->scope =
        (pb_table_scope){.setup = pb_setup_name(setup), .contamination = contamination, .has_contamination = true};
    pb_table_set_title(table, pb_table_textf("%s by benchmark, %s, c = %s",
                                             gains ? "Gain in image AUROC over none" : "Image AUROC",
                                             pb_setup_name(setup), c));
    pb_table_set_caption(table,
                         pb_table_textf("Mean over the benchmark's categories (how many, in brackets), seeds averaged "
                                        "first. %s",
                                        pb_maker_setup_words(maker, setup)));
    if (gains)
        pb_maker_set_policy(table, &maker->policy);
    pb_table_add_note(table, pb_table_textf("%s", pb_maker_best_note));
    add_benchmark_columns(maker, gains, table);
    for (int64_t l = 0; l < contents->n_limits; l++)
        for (int64_t m = 0; m < contents->n_methods && maker->detector; m++) {
            const pb_study_slice slice = pb_maker_slice(maker, setup, contamination, &contents->limits[l]);
            if (!gains || strcmp(contents->methods[m], PB_METHOD_NONE) != 0)
                add_benchmark_row(maker, &slice, contents->methods[m], gains, table);
        }
    return pb_maker_take(maker, table, added);
}

pb_status pb_tables_benchmarks(pb_table_maker *maker, double contamination)
{
    bool any = false, added;
    if (maker->n_benchmarks <= 2)
        return contamination == maker->contamination
                   ? pb_maker_miss(maker, "benchmarks", "the categories are of one benchmark")
                   : PB_STATUS_OK;
    for (int64_t s = 0; s < maker->n_setups; s++)
        for (int gains = 0; gains < 2; gains++) {
            PB_TRY(make_benchmarks(maker, maker->setup[s], contamination, gains, &added));
            any |= added;
        }
    return any || contamination != maker->contamination
               ? PB_STATUS_OK
               : pb_maker_miss(maker, "benchmarks", "no rows but those of assurance");
}

/* ---- categories ---- */

enum { MAX_SHOWN = 9 };

/* What is told the truth, and stands in the studies' figures as what nobody can beat. */
static bool is_oracle(const char *name)
{
    const pb_method *method = pb_study_method(name, NULL);
    return method && method->family == PB_FAMILY_CONTROL && (method->needs & PB_NEEDS_TRUTH) &&
           method->place[PB_LIST_FIGURES] > 0;
}

/* Which methods fit beside each other: the baseline, those that the statistics rank, and the oracles. */
static pb_status choose_methods(const pb_table_maker *maker, const pb_study_slice *slice, const char **out,
                                int64_t *out_n)
{
    const char **ranked;
    int64_t n;
    *out_n = 0;
    PB_TRY(PB_NEW(ranked, maker->contents->n_methods));
    const pb_status status = pb_study_default_methods(maker->study, slice, ranked, &n);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n && *out_n < MAX_SHOWN; i++)
        out[(*out_n)++] = ranked[i];
    for (int64_t m = 0; m < maker->contents->n_methods && *out_n < MAX_SHOWN; m++)
        if (is_oracle(maker->contents->methods[m]) &&
            pb_maker_has(maker, slice, maker->contents->methods[m], PB_MEASURE_AUROC))
            out[(*out_n)++] = maker->contents->methods[m];
    pb_free(ranked);
    return status;
}

static void add_category_row(const pb_table_maker *maker, const pb_study_slice *slice, const char *dataset,
                             const char *const *methods, int64_t n, pb_table *table)
{
    pb_study_slice clean = *slice;
    clean.contamination = 0;
    if (isnan(pb_study_mean(maker->study, slice, dataset, PB_METHOD_NONE, PB_MEASURE_AUROC)))
        return;
    const pb_table_scope scope = {.benchmark = pb_study_benchmark(dataset)};
    pb_table_add_row(table, pb_study_benchmark(dataset), true, &scope);
    pb_table_set_text(table, 0, dataset);
    pb_table_set_value(table, 1, pb_study_mean(maker->study, &clean, dataset, PB_METHOD_NONE, PB_MEASURE_AUROC));
    for (int64_t m = 0; m < n; m++)
        pb_table_set_value(table, m + 2, pb_study_mean(maker->study, slice, dataset, methods[m], PB_MEASURE_AUROC));
}

static void add_method_column(pb_table *table, const char *method)
{
    char label[PB_METHOD_LABEL_BYTES];
    pb_study_method_label(method, label, sizeof label);
    pb_table_add_column(table, "", label, PB_FORMAT_NUMBER, PB_BEST_NONE, 4, NULL);
    pb_table_name_column(table, method);
}

static pb_status make_categories(pb_table_maker *maker, pb_setup setup, const int64_t *limit, bool *added)
{
    const char *methods[MAX_SHOWN];
    char c[PB_NUMBER_BYTES], id[96];
    int64_t n;
    pb_table *table;
    const pb_study_slice slice = pb_maker_slice(maker, setup, maker->contamination, limit);
    PB_TRY(choose_methods(maker, &slice, methods, &n));
    snprintf(id, sizeof id, "categories_%s_N%lld", pb_setup_name(setup), (long long)*limit);
    PB_TRY(pb_table_new(id, &table));
    table->scope = (pb_table_scope){.setup = pb_setup_name(setup),
                                    .limit = *limit,
                                    .contamination = maker->contamination,
                                    .has_contamination = true};
    pb_table_set_title(table, pb_table_textf("Image AUROC of each category, %s, N = %lld, c = %s", pb_setup_name(setup),
                                             (long long)*limit, pb_maker_c(maker->contamination, c)));
    pb_table_set_caption(
        table, pb_table_textf("Mean over seeds. clean: none at c = 0. %s", pb_maker_setup_words(maker, setup)));
    pb_table_add_column(table, "", "category", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "clean", PB_FORMAT_NUMBER, PB_BEST_NONE, 4, NULL);
    for (int64_t m = 0; m < n; m++)
        add_method_column(table, methods[m]);
    for (int64_t b = 1; b < maker->n_benchmarks; b++)
        for (int64_t i = 0; i < maker->benchmark[b].n; i++)
            add_category_row(maker, &slice, maker->benchmark[b].datasets[i], methods, n, table);
    return pb_maker_take(maker, table, added);
}

pb_status pb_tables_categories(pb_table_maker *maker)
{
    bool added;
    for (int64_t s = 0; s < maker->n_setups; s++)
        for (int64_t l = 0; l < maker->contents->n_limits; l++)
            if (pb_maker_has_limit(maker, maker->setup[s], maker->contamination, &maker->contents->limits[l]))
                PB_TRY(make_categories(maker, maker->setup[s], &maker->contents->limits[l], &added));
    return PB_STATUS_OK;
}
