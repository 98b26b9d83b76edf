/* Methods against the baseline at one c, across c, and what else their rows measure. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "tables/study_tables.h"

/* ---- methods at one c ---- */

typedef enum methods_column {
    METHOD,
    AUROC,
    GAIN,
    RECOVERY,
    WILCOXON_P,
    WINS,
    LOSSES,
    PENALTY,
    PRECISION,
    RECALL
} methods_column;

static void add_methods_columns(bool removal, pb_table *table)
{
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "AUROC", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "recovery %", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, NULL);
    pb_table_add_column(table, "", "p", PB_FORMAT_PROBABILITY, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "", "wins", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, NULL);
    pb_table_add_column(table, "", "losses", PB_FORMAT_NUMBER, PB_BEST_LOWEST, 0, NULL);
    pb_table_add_column(table, "", "clean penalty", PB_FORMAT_SIGNED, PB_BEST_LOWEST, 4, NULL);
    if (!removal)
        return;
    pb_table_add_column(table, "removal", "precision", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 2, NULL);
    pb_table_add_column(table, "removal", "recall", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 2, NULL);
}

static double mean_of(const pb_table_maker *maker, const pb_study_slice *slice, const char *method, pb_measure measure)
{
    return pb_maker_summary(maker, slice, method, measure).mean;
}

/* The baseline, without and with contamination. */
static void add_baseline_rows(const pb_table_maker *maker, const pb_study_slice *slice, pb_table *table)
{
    pb_study_slice clean = *slice;
    clean.contamination = 0;
    const pb_study_summary summary = pb_maker_summary(maker, &clean, PB_METHOD_NONE, PB_MEASURE_AUROC);
    if (summary.n > 0 && slice->contamination > 0) {
        pb_table_add_row(table, "", false, NULL);
        pb_table_set_method(table, METHOD, PB_METHOD_NONE, " (c = 0)");
        pb_table_set_value(table, AUROC, summary.mean);
    }
    pb_table_add_row(table, "", true, NULL);
    pb_table_set_method(table, METHOD, PB_METHOD_NONE, "");
    pb_table_set_value(table, AUROC, mean_of(maker, slice, PB_METHOD_NONE, PB_MEASURE_AUROC));
}

static void add_methods_row(const pb_table_maker *maker, const pb_study_slice *slice, const pb_study_comparison *of,
                            int64_t n_most, bool removal, pb_table *table)
{
    pb_table_add_row(table, "", !pb_study_is_told(of->method), NULL);
    pb_table_set_method(table, METHOD, of->method, "");
    pb_table_set_value(table, AUROC, of->effect.mean);
    pb_table_set_value(table, GAIN, of->effect.gain);
    pb_table_set_value(table, RECOVERY, 100 * of->effect.recovery);
    if (of->effect.n > 1)
        pb_table_set_value(table, WILCOXON_P, of->wilcoxon.p);
    pb_table_set_value(table, WINS, (double)of->effect.wins);
    pb_table_set_value(table, LOSSES, (double)of->effect.losses);
    pb_table_set_value(table, PENALTY, of->effect.clean_penalty);
    if (removal) {
        pb_table_set_value(table, PRECISION, mean_of(maker, slice, of->method, PB_MEASURE_REMOVAL_PRECISION));
        pb_table_set_value(table, RECALL, mean_of(maker, slice, of->method, PB_MEASURE_REMOVAL_RECALL));
    }
    for (int64_t j = 1; of->effect.n < n_most && j < table->n_columns; j++)
        pb_table_set_partial(table, j);
}

static pb_status fill_methods(const pb_table_maker *maker, const pb_study_slice *slice, pb_table *table)
{
    const pb_study_question question = {.size = sizeof question, .slice = *slice};
    const bool removal = maker->contents->has[PB_MEASURE_REMOVAL_RECALL];
    pb_study_comparisons comparisons;
    char categories[PB_NUMBER_BYTES];
    int64_t n_most = 0;
    PB_TRY(pb_study_compare(maker->study, &question, &comparisons));
    for (int64_t i = 0; i < comparisons.n; i++)
        n_most = comparisons.comparison[i].effect.n > n_most ? comparisons.comparison[i].effect.n : n_most;
    add_methods_columns(removal, table);
    add_baseline_rows(maker, slice, table);
    for (int64_t i = 0; i < comparisons.n; i++)
        if (comparisons.comparison[i].effect.n > 0)
            add_methods_row(maker, slice, &comparisons.comparison[i], n_most, removal, table);
    pb_table_set_caption(table,
                         pb_table_textf("n = %s, seeds averaged first. %s", pb_maker_categories(n_most, categories),
                                        pb_maker_setup_words(maker, slice->setup)));
    if (n_most == 1)
        pb_maker_note_single(table);
    for (int64_t i = 0; i < comparisons.n; i++)
        if (comparisons.comparison[i].effect.n > 0 && comparisons.comparison[i].effect.n < n_most)
            pb_maker_note_excluded(table, comparisons.comparison[i].method, comparisons.comparison[i].excluded,
                                   comparisons.comparison[i].n_excluded);
    pb_maker_note_untested(maker, &question, &comparisons, table);
    pb_study_comparisons_free(&comparisons);
    return PB_STATUS_OK;
}

/* Has the slice anything to compare? */
static bool has_rival(const pb_table_maker *maker, const pb_study_slice *slice)
{
    for (int64_t m = 0; m < maker->contents->n_methods; m++)
        if (strcmp(maker->contents->methods[m], PB_METHOD_NONE) != 0 &&
            pb_maker_effect(maker, slice, &maker->benchmark[0], maker->contents->methods[m]).n > 0)
            return true;
    return false;
}

static pb_status make_methods(pb_table_maker *maker, const pb_study_slice *slice, bool *added)
{
    const long long limit = (long long)slice->limits[0];
    const bool variant = slice->contamination != maker->contamination;
    char c[PB_NUMBER_BYTES], id[96];
    pb_table *table;
    pb_maker_c(slice->contamination, c);
    snprintf(id, sizeof id, "methods_%s_N%lld%s%s", pb_setup_name(slice->setup), limit, variant ? "_c" : "",
             variant ? c : "");
    PB_TRY(pb_table_new(id, &table));
    table->scope = (pb_table_scope){.setup = pb_setup_name(slice->setup),
                                    .limit = limit,
                                    .contamination = slice->contamination,
                                    .has_contamination = true};
    pb_table_set_title(table, pb_table_textf("Methods, %s, N = %lld, c = %s", pb_setup_name(slice->setup), limit, c));
    pb_table_add_note(table,
                      pb_table_textf("gain: AUROC minus that of none. recovery: the share of what contamination costs "
                                     "(none at c = 0 minus none) that is undone, of means. p: Wilcoxon's signed-rank "
                                     "test against none. wins, losses: categories beyond ±0.001. clean penalty: what "
                                     "the method costs at c = 0."));
    pb_maker_set_policy(table, NULL);
    pb_table_add_note(table, pb_table_textf("%s", pb_maker_best_note));
    const pb_status status = fill_methods(maker, slice, table);
    if (status == PB_STATUS_OK)
        return pb_maker_take(maker, table, added);
    pb_table_free(table);
    *added = false;
    return status == PB_STATUS_MISMATCH ? PB_STATUS_OK : status; /* no category with as many seeds of both */
}

pb_status pb_tables_methods(pb_table_maker *maker, double contamination)
{
    const pb_study_contents *contents = maker->contents;
    bool any = false, untested = false, added;
    for (int64_t s = 0; s < maker->n_setups; s++)
        for (int64_t l = 0; l < contents->n_limits && maker->detector; l++) {
            const pb_study_slice slice = pb_maker_slice(maker, maker->setup[s], contamination, &contents->limits[l]);
            if (!has_rival(maker, &slice))
                continue;
            PB_TRY(make_methods(maker, &slice, &added));
            any |= added;
            untested |= !added;
        }
    if (any || contamination != maker->contamination)
        return PB_STATUS_OK;
    return pb_maker_miss(maker, "methods",
                         untested ? "no category has as many seeds of any method as of \"none\""
                                  : "no method beside \"none\" in the same cells");
}

/* ---- tables with groups of columns, one a c ---- */

/* How the cells of one column are found. */
typedef struct column_rule {
    double contamination;
    pb_measure measure;
    enum { MEAN, GAIN_OF_AUROC, RECOVERY_OF_AUROC, SPREAD_OF_SEEDS } what;
} column_rule;

typedef struct wide_table {
    pb_table_maker *maker;
    pb_table *table;
    pb_setup setup;
    column_rule *rule; /* of column i + 1 */
    bool skip_baseline;
} wide_table;

static void add_wide_column(wide_table *wide, const char *group, const char *head, pb_column_kind kind,
                            pb_column_best best, int decimals, column_rule rule)
{
    column_rule *more = pb_realloc(wide->rule, (size_t)wide->table->n_columns, sizeof *more);
    if (!more) {
        *wide->maker->failure = PB_STATUS_NO_MEMORY;
        return;
    }
    wide->rule = more;
    const pb_table_scope scope = {.contamination = rule.contamination, .has_contamination = true};
    wide->rule[wide->table->n_columns - 1] = rule;
    pb_table_add_column(wide->table, group, head, kind, best, decimals, &scope);
}

/* A cell's value; n of the method and of the baseline. */
static pb_study_summary wide_value(const wide_table *wide, const column_rule *rule, const int64_t *limit,
                                   const char *method, int64_t *n_most)
{
    const pb_table_maker *maker = wide->maker;
    const pb_study_slice slice = pb_maker_slice(maker, wide->setup, rule->contamination, limit);
    const pb_benchmark_sets *all = &maker->benchmark[0];
    *n_most = pb_maker_summary(maker, &slice, PB_METHOD_NONE, PB_MEASURE_AUROC).n;
    if (rule->what == MEAN || rule->what == SPREAD_OF_SEEDS)
        return pb_maker_summary(maker, &slice, method, rule->measure);
    const pb_effect gain = pb_maker_effect(maker, &slice, all, method);
    return (pb_study_summary){.n = gain.n, .mean = rule->what == GAIN_OF_AUROC ? gain.gain : 100 * gain.recovery};
}

static void add_wide_row(wide_table *wide, const int64_t *limit, const char *method)
{
    pb_table *table = wide->table;
    const pb_table_scope scope = pb_scope(NULL, *limit);
    bool begun = false;
    char group[64];
    snprintf(group, sizeof group, "N = %lld", (long long)*limit);
    for (int64_t j = 1; j < table->n_columns; j++) {
        const column_rule *rule = &wide->rule[j - 1];
        int64_t n_most;
        const pb_study_summary value = wide_value(wide, rule, limit, method, &n_most);
        if (value.n == 0 || isnan(value.mean))
            continue;
        if (!begun) {
            pb_table_add_row(table, group, !pb_study_is_told(method), &scope);
            pb_table_set_method(table, 0, method, "");
            begun = true;
        }
        pb_maker_set_mean(table, j, value.mean, value.n, rule->measure == PB_MEASURE_REMOVAL_PRECISION ? 0 : n_most);
        if (rule->what == SPREAD_OF_SEEDS)
            pb_table_set_pair(table, j, value.mean, value.sd_seeds);
    }
}

static void add_wide_rows(wide_table *wide)
{
    const pb_study_contents *contents = wide->maker->contents;
    for (int64_t l = 0; l < contents->n_limits && wide->maker->detector; l++)
        for (int64_t m = 0; m < contents->n_methods; m++)
            if (!wide->skip_baseline || strcmp(contents->methods[m], PB_METHOD_NONE) != 0)
                add_wide_row(wide, &contents->limits[l], contents->methods[m]);
}

static pb_status begin_wide(wide_table *wide, pb_table_maker *maker, pb_setup setup, const char *name)
{
    char id[96];
    *wide = (wide_table){.maker = maker, .setup = setup};
    snprintf(id, sizeof id, "%s_%s", name, pb_setup_name(setup));
    PB_TRY(pb_table_new(id, &wide->table));
    wide->table->scope = pb_scope(pb_setup_name(setup), 0);
    pb_table_add_column(wide->table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    return PB_STATUS_OK;
}

/* Adds the table, unless it is empty. */
static pb_status take_wide(wide_table *wide, bool *added)
{
    pb_free(wide->rule);
    wide->rule = NULL;
    return pb_maker_take(wide->maker, wide->table, added);
}

/* A wide table of each setup that has rows of it. @param fill names it, and adds its columns; rows follow by themselves */
static pb_status make_wide(pb_table_maker *maker, const char *name, void (*fill)(wide_table *wide), const char *missing)
{
    bool any = false, added;
    for (int64_t s = 0; s < maker->n_setups; s++) {
        wide_table wide;
        PB_TRY(begin_wide(&wide, maker, maker->setup[s], name));
        fill(&wide);
        add_wide_rows(&wide);
        PB_TRY(take_wide(&wide, &added));
        any |= added;
    }
    return any ? PB_STATUS_OK : pb_maker_miss(maker, name, missing);
}

static void name_wide(wide_table *wide, const char *title, const char *caption)
{
    pb_table_set_title(wide->table, pb_table_textf("%s, %s", title, pb_setup_name(wide->setup)));
    pb_table_set_caption(wide->table, pb_table_textf("%s %s", caption, pb_maker_setup_words(wide->maker, wide->setup)));
}

static const char *c_head(char head[PB_NUMBER_BYTES + 8], double contamination)
{
    char number[PB_NUMBER_BYTES];
    snprintf(head, PB_NUMBER_BYTES + 8, "c = %s", pb_maker_c(contamination, number));
    return head;
}

/* Calls `add` for each c of the study from `lowest` on. */
static void for_each_c(wide_table *wide, double lowest, void (*add)(wide_table *wide, double contamination))
{
    for (int64_t i = 0; i < wide->maker->contents->n_contaminations; i++)
        if (wide->maker->contents->contaminations[i] >= lowest)
            add(wide, wide->maker->contents->contaminations[i]);
}

/* ---- across c ---- */

static const double lowest_contaminated = 1e-9;

static void add_gain_column(wide_table *wide, double c)
{
    char head[PB_NUMBER_BYTES + 8];
    add_wide_column(wide, "gain over none", c_head(head, c), PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4,
                    (column_rule){c, PB_MEASURE_AUROC, GAIN_OF_AUROC});
}

static void add_recovery_column(wide_table *wide, double c)
{
    char head[PB_NUMBER_BYTES + 8];
    add_wide_column(wide, "recovery %", c_head(head, c), PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0,
                    (column_rule){c, PB_MEASURE_AUROC, RECOVERY_OF_AUROC});
}

static void fill_across(wide_table *wide)
{
    wide->skip_baseline = true;
    name_wide(
        wide, "Gain and recovery across contamination",
        "Image AUROC against none, mean over categories, seeds averaged first. At c = 0 a negative gain is what a "
        "method costs where nothing is wrong.");
    pb_maker_set_policy(wide->table, &wide->maker->policy);
    pb_table_add_note(wide->table, pb_table_textf("%s", pb_maker_best_note));
    for_each_c(wide, 0, add_gain_column);
    for_each_c(wide, lowest_contaminated, add_recovery_column);
}

pb_status pb_tables_across(pb_table_maker *maker)
{
    return make_wide(maker, "across_c", fill_across, "no method beside \"none\" in the same cells");
}

/* Columns without contamination, and beside them those with the table's. */
static void add_at_each_level(wide_table *wide, void (*add_columns)(wide_table *wide, double c))
{
    if (wide->maker->contamination > 0)
        add_columns(wide, 0);
    add_columns(wide, wide->maker->contamination);
}

/* ---- detection at operating points ---- */

static void add_detection_columns(wide_table *wide, double c)
{
    static const struct {
        pb_measure measure;
        const char *head;
    } measures[] = {{PB_MEASURE_AUPR, "AUPR"},
                    {PB_MEASURE_F1MAX, "F1 max"},
                    {PB_MEASURE_TPR_FPR1, "TPR at FPR 1 %"},
                    {PB_MEASURE_TPR_FPR5, "TPR at FPR 5 %"}};
    char group[PB_NUMBER_BYTES + 8];
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (wide->maker->contents->has[measures[i].measure])
            add_wide_column(wide, c_head(group, c), measures[i].head, PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4,
                            (column_rule){c, measures[i].measure, MEAN});
}

static void fill_detection(wide_table *wide)
{
    name_wide(wide, "Detection beyond AUROC",
              "Average precision, highest F1 and the share of anomalies found at the false-alarm rate; mean over "
              "categories, seeds averaged first.");
    pb_table_add_note(wide->table, pb_table_textf("%s", pb_maker_best_note));
    add_at_each_level(wide, add_detection_columns);
}

pb_status pb_tables_detection(pb_table_maker *maker)
{
    return make_wide(maker, "detection", fill_detection, "no values of AUPR, F1 or TPR outside assurance");
}

/* ---- what audits remove ---- */

static void add_removed_column(wide_table *wide, double c)
{
    char head[PB_NUMBER_BYTES + 8];
    add_wide_column(wide, "images removed", c_head(head, c), PB_FORMAT_NUMBER, PB_BEST_NONE, 2,
                    (column_rule){c, PB_MEASURE_IMAGES_REMOVED, MEAN});
}

static void add_precision_column(wide_table *wide, double c)
{
    char head[PB_NUMBER_BYTES + 8];
    add_wide_column(wide, "precision", c_head(head, c), PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 2,
                    (column_rule){c, PB_MEASURE_REMOVAL_PRECISION, MEAN});
}

static void add_recall_column(wide_table *wide, double c)
{
    char head[PB_NUMBER_BYTES + 8];
    add_wide_column(wide, "recall", c_head(head, c), PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 2,
                    (column_rule){c, PB_MEASURE_REMOVAL_RECALL, MEAN});
}

static void fill_removed(wide_table *wide)
{
    name_wide(
        wide, "Images removed",
        "Of the N references; precision: the share of the removed that are contaminated, where any is removed; recall: "
        "the share of the contaminated that are removed. Mean over categories, seeds averaged first.");
    pb_table_add_note(wide->table, pb_table_textf("%s", pb_maker_best_note));
    wide->skip_baseline = true;
    for_each_c(wide, 0, add_removed_column);
    for_each_c(wide, lowest_contaminated, add_precision_column);
    for_each_c(wide, lowest_contaminated, add_recall_column);
}

pb_status pb_tables_removed(pb_table_maker *maker)
{
    if (!maker->contents->has[PB_MEASURE_IMAGES_REMOVED])
        return pb_maker_miss(maker, "removed", "no columns of images removed (image-level)");
    return make_wide(maker, "removed", fill_removed, "images are removed in rows of assurance only");
}

/* ---- pixels ---- */

static void add_pixel_columns(wide_table *wide, double c)
{
    char group[PB_NUMBER_BYTES + 8];
    c_head(group, c);
    add_wide_column(wide, group, "pixel AUROC", PB_FORMAT_SPREAD, PB_BEST_HIGHEST, 4,
                    (column_rule){c, PB_MEASURE_PIXEL_AUROC, SPREAD_OF_SEEDS});
    add_wide_column(wide, group, "pixel AP", PB_FORMAT_SPREAD, PB_BEST_HIGHEST, 4,
                    (column_rule){c, PB_MEASURE_PIXEL_AUPR, SPREAD_OF_SEEDS});
}

static void fill_pixel(wide_table *wide)
{
    name_wide(wide, "Pixel metrics",
              "All test pixels of a category pooled; mean over categories, seeds averaged first; ± is the standard "
              "deviation, over seeds, of the mean over categories.");
    pb_table_add_note(wide->table, pb_table_textf("%s", pb_maker_best_note));
    add_at_each_level(wide, add_pixel_columns);
}

/* Only N, c and methods with pixel metrics: others have no value there, and so no row. */
pb_status pb_tables_pixel(pb_table_maker *maker)
{
    if (!maker->contents->has[PB_MEASURE_PIXEL_AUROC])
        return pb_maker_miss(maker, "pixel", "no columns of pixel metrics");
    return make_wide(maker, "pixel", fill_pixel, "pixel metrics at no contamination of the tables");
}
