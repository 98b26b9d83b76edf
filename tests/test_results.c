/* The table of result columns: what is written, read, resumed and checked follows from it. */
#include "study_files.h"

#include <math.h>

#include "base/memory.h"
#include "base/parse.h"
#include "io/file.h"
#include "results/append.h"
#include "results/file.h"
#include "results/published.h"

/* ---- The table ---------------------------------------------------------------------------------------------------- */

/* As the studies published them (method.md#columns), in their order; other columns may stand between them. */
static const char *const published[PB_N_RESULTS_KINDS] = {
    [PB_RESULTS_PURIFICATION] =
        ("timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_train_original;"
         "n_train_after_purification;n_contaminated;n_patches_removed;n_test;n_normal_test;n_anomaly_test;seed;knn_k;"
         "percentile_threshold;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;auroc_delta_vs_clean;recovery_rate;"
         "contaminant_detection_auroc;contaminant_precision_at_1;contaminant_precision_at_k;contaminant_recall_at_k;"
         "adaptive_did_purify;adaptive_skewness;inference_time_s"),
    [PB_RESULTS_PIXEL] =
        ("timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_train_original;n_contaminated;"
         "n_patches_removed;n_test;seed;knn_k;percentile_threshold;img_auroc;pix_auroc;pix_aupr;n_masks_found;"
         "auroc_delta_vs_clean;recovery_rate;pix_auroc_delta_vs_clean;pix_recovery_rate;inference_time_s"),
    [PB_RESULTS_REGIONS] = /* not published: beside the pixel run's file */
    ("timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_test;seed;knn_k;"
     "percentile_threshold;n_masks_found;n_regions;pix_f1max;pix_aupro_30;pix_aupro_5;pix_auspro_30;pix_auspro_5"),
    [PB_RESULTS_IMAGE_LEVEL] =
        ("timestamp;dataset;setup;config;method;param_k;contamination_rate;seed;train_limit;knn_k;n_train_original;"
         "n_contaminated;n_images_removed;n_contaminated_removed;removal_precision;removal_recall;image_score_det_"
         "auroc;"
         "n_patches_after;n_test;n_normal_test;n_anomaly_test;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;elapsed_"
         "s"),
    [PB_RESULTS_ASSURANCE] =
        ("timestamp;dataset;setup;detector;auditor;method;contamination_rate;seed;train_limit;n_train;n_contaminated;"
         "n_removed;n_cont_removed;top1_cont;top2_cont;top3_cont;img_auroc;img_aupr;tpr_fpr1;tpr_fpr5;elapsed_s"),
};

/* A column that is renamed, moved or lost is not found behind the one before it; a new one is passed over. */
static void files_have_the_published_columns(void **state)
{
    (void)state;
    for (int kind = 0; kind < PB_N_RESULTS_KINDS; kind++) {
        pb_results_layout layout;
        pb_item name;
        int at = 0;
        pb_results_layout_of((pb_results_kind)kind, &layout);
        for (const char *names = published[kind]; pb_item_split(&names, ';', &name); at++) {
            while (at < layout.n && !pb_item_is(name, layout.name[layout.column[at]]))
                at++;
            if (at == layout.n)
                fail_msg("files of kind %d lack the column %.*s, or not in its place", kind, (int)name.length,
                         name.text);
        }
    }
}

static bool is_number(pb_column column)
{
    const pb_column_type type = pb_column_get(column)->type;
    return type != PB_TYPE_TEXT && type != PB_TYPE_DATE;
}

/* No name stands for two columns, every column stands somewhere, numbers have a range, and keys come first. */
static void the_table_is_sound(void **state)
{
    (void)state;
    bool keys_are_over = false;
    for (int c = 0; c < PB_N_COLUMNS; c++) {
        const pb_column_about *about = pb_column_get((pb_column)c);
        int n_kinds = 0;
        assert_non_null(about->name[0]);
        for (int i = 0; i < PB_N_COLUMN_NAMES; i++) {
            pb_column found;
            if (!about->name[i])
                continue;
            assert_true(pb_column_find(about->name[i], &found));
            assert_int_equal(found, c);
        }
        for (int kind = 0; kind < PB_N_RESULTS_KINDS; kind++) {
            pb_results_layout layout;
            pb_results_layout_of((pb_results_kind)kind, &layout);
            n_kinds += layout.name[c] != NULL;
        }
        assert_true(n_kinds > 0);
        if (is_number((pb_column)c))
            assert_true(about->low < about->high);
        keys_are_over = keys_are_over || !pb_column_is_key((pb_column)c);
        assert_true(keys_are_over != pb_column_is_key((pb_column)c));
    }
}

/* ---- Rows --------------------------------------------------------------------------------------------------------- */

/* A value of its own for each column and row, such as the column's form keeps. */
static double number_of(pb_column column, int row)
{
    const pb_column_about *about = pb_column_get(column);
    const int own = (int)column + 100 * row;
    switch (about->type) {
    case PB_TYPE_WHOLE:
        return about->high == 1 ? row % 2 : own;
    case PB_TYPE_MEASURE:
        return about->low < 0 ? -0.0001 * own : 0.0001 * own;
    case PB_TYPE_SHARE:
        return row == 0 ? 0 : row == 1 ? 0.05 : 1;
    default:
        return row == 0 ? 97.5 : row == 1 ? 95 : 1.0 / 3;
    }
}

static const char *text_of(pb_column column, int row)
{
    static char text[4][128];
    static int next;
    char *out = text[next++ % 4];
    snprintf(out, sizeof text[0], "%s \"%d\"; %s", pb_column_get(column)->name[0], row, row ? "second\nline" : "");
    return out;
}

static void set(pb_row *out, pb_column column, int row)
{
    if (!is_number(column))
        pb_row_text(out, column, text_of(column, row));
    else if (pb_column_get(column)->type == PB_TYPE_WHOLE)
        pb_row_whole(out, column, (int64_t)number_of(column, row));
    else
        pb_row_number(out, column, number_of(column, row));
}

static void fill(pb_row *out, int row)
{
    pb_row_start(out);
    for (int c = 0; c < PB_N_COLUMNS; c++)
        set(out, (pb_column)c, row);
}

enum { ROWS = 3 };

static void write_rows(const char *path, pb_results_kind kind, int n)
{
    const pb_results_about about = {.n = 1};
    static pb_row rows[ROWS];
    pb_results *results;
    for (int r = 0; r < n; r++)
        fill(&rows[r], r);
    assert_ok(pb_results_read(path, kind, &about, PB_SETUP_SHARED, &results));
    assert_ok(pb_results_begin(results));
    assert_ok(pb_results_append(results, rows, n));
    pb_results_close(results);
}

static void assert_value(const pb_results_file *file, int row, pb_column column)
{
    double number;
    if (!is_number(column)) {
        assert_string_equal(pb_results_text(file, row, column), text_of(column, row));
        return;
    }
    assert_ok(pb_results_number(file, row, column, &number));
    assert_true(fabs(number - number_of(column, row)) <= (pb_column_get(column)->type == PB_TYPE_MEASURE ? 1e-9 : 0));
}

static void every_column_comes_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < PB_N_RESULTS_KINDS; kind++) {
        const char *path = study_path("round.csv");
        pb_results_layout layout;
        pb_results_file file;
        write_rows(path, (pb_results_kind)kind, ROWS);
        pb_results_layout_of((pb_results_kind)kind, &layout);
        assert_ok(pb_results_file_read(path, &file));
        assert_ok(pb_results_file_columns(&file));
        assert_int_equal(file.csv.n_rows, ROWS);
        for (int c = 0; c < PB_N_COLUMNS; c++) {
            assert_int_equal(file.at[c] >= 0, layout.name[c] != NULL && !pb_column_is_clock((pb_column)c));
            for (int r = 0; file.at[c] >= 0 && r < ROWS; r++)
                assert_value(&file, r, (pb_column)c);
        }
        pb_results_file_free(&file);
        assert_ok(pb_results_retire(path));
    }
}

static void forms_are_as_published(void **state)
{
    (void)state;
    pb_row row;
    pb_row_start(&row);
    pb_row_number(&row, PB_COLUMN_CONTAMINATION, 0);
    pb_row_number(&row, PB_COLUMN_PERCENTILE, 95);
    pb_row_number(&row, PB_COLUMN_AUROC, 1);
    pb_row_number(&row, PB_COLUMN_DELTA, -0.00004);
    pb_row_number(&row, PB_COLUMN_RECOVERY, (double)NAN);
    pb_row_whole(&row, PB_COLUMN_SEED, 4294967295);
    assert_string_equal(pb_row_get(&row, PB_COLUMN_CONTAMINATION), "0.0");
    assert_string_equal(pb_row_get(&row, PB_COLUMN_PERCENTILE), "95");
    assert_string_equal(pb_row_get(&row, PB_COLUMN_AUROC), "1.0000");
    assert_string_equal(pb_row_get(&row, PB_COLUMN_DELTA), "0.0000");
    assert_string_equal(pb_row_get(&row, PB_COLUMN_RECOVERY), "");
    assert_string_equal(pb_row_get(&row, PB_COLUMN_SEED), "4294967295");
    assert_string_equal(pb_row_get(&row, PB_COLUMN_K), "");
}

/* Rows that differ in one column of the key are different rows; a row that differs in all others is the same. */
static void a_key_is_all_that_tells_rows_apart(void **state)
{
    (void)state;
    for (int kind = 0; kind < PB_N_RESULTS_KINDS; kind++) {
        pb_results_layout layout;
        const char *path = study_path("keys.csv");
        const pb_results_about about = {.n = 1};
        pb_results *results;
        pb_row row;
        write_rows(path, (pb_results_kind)kind, 1);
        pb_results_layout_of((pb_results_kind)kind, &layout);
        assert_ok(pb_results_read(path, (pb_results_kind)kind, &about, PB_SETUP_SHARED, &results));
        for (int changed = -1; changed < layout.n_keys; changed++) {
            pb_row_start(&row);
            for (int c = 0; c < PB_N_COLUMNS; c++) {
                bool in_key = false;
                for (int i = 0; i < layout.n_keys; i++)
                    in_key = in_key || (layout.key[i] == (pb_column)c && i != changed);
                set(&row, (pb_column)c, in_key ? 0 : 1);
            }
            assert_int_equal(pb_results_has(results, &row), changed < 0);
        }
        pb_results_close(results);
        assert_ok(pb_results_retire(path));
    }
}

/* ---- Before a crash ------------------------------------------------------------------------------------------------ */

static void replace_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static bool has_row(const pb_results *results, int r)
{
    pb_row row;
    fill(&row, r);
    return pb_results_has(results, &row);
}

/* These rows have line breaks within quotes: a tear there is one that nobody can tell from a line of somebody's. */
static bool ends_in_quotes(const uint8_t *torn, size_t size)
{
    bool inside = false, at_line_end = false;
    for (size_t i = 0; i < size && torn[i]; i++) {
        inside ^= torn[i] == '"';
        if (torn[i] == '\n')
            at_line_end = inside;
    }
    return at_line_end;
}

/* The file as a crash has left it: row 0 was synced, what follows was not. What is read are whole rows, row 0 among them; what is
 * missing is appended, and the file is what it would have been. Or it is refused and left as it is. */
static void go_on(const char *path, const uint8_t *torn, size_t size, const uint8_t *whole, size_t whole_size,
                  bool may_refuse)
{
    const pb_results_about about = {.n = 1};
    pb_results *results;
    uint8_t *bytes;
    size_t n_bytes;
    replace_file(path, torn, size);
    const pb_status status = pb_results_read(path, PB_RESULTS_PURIFICATION, &about, PB_SETUP_SHARED, &results);
    if (status != PB_STATUS_OK) {
        if (!may_refuse && !ends_in_quotes(torn, size))
            fail_msg("%zu of %zu bytes: %s", size, whole_size, pb_error_message());
        assert_int_equal(status, PB_STATUS_BAD_FORMAT);
        assert_ok(pb_file_read(path, 1 << 20, &bytes, &n_bytes));
        assert_int_equal(n_bytes, size);
        assert_memory_equal(bytes, torn, size);
        pb_free(bytes);
        return;
    }
    assert_true(has_row(results, 0));
    assert_ok(pb_results_begin(results));
    for (int r = 0; r < ROWS; r++) {
        pb_row row;
        fill(&row, r);
        if (!has_row(results, r))
            assert_ok(pb_results_append(results, &row, 1));
    }
    pb_results_close(results);
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &n_bytes));
    assert_int_equal(n_bytes, whole_size);
    assert_memory_equal(bytes, whole, whole_size);
    pb_free(bytes);
}

static void rows_that_a_crash_tore_are_written_again(void **state)
{
    (void)state;
    enum { BLOCK = 64 };
    const char *path = study_path("crash.csv");
    uint8_t *whole, *synced, *torn;
    size_t size, synced_size;
    write_rows(path, PB_RESULTS_PURIFICATION, 1);
    assert_ok(pb_file_read(path, 1 << 20, &synced, &synced_size));
    pb_free(synced);
    assert_ok(pb_results_retire(path));
    write_rows(path, PB_RESULTS_PURIFICATION, ROWS);
    assert_ok(pb_file_read(path, 1 << 20, &whole, &size));
    torn = pb_malloc(size, 1);
    assert_non_null(torn);
    for (size_t cut = synced_size; cut <= size; cut++) {
        /* torn: the file ends there */
        go_on(path, whole, cut, whole, size, false);
        /* unsynced: its size is on disk, its text up to there */
        memcpy(torn, whole, size);
        memset(torn + cut, 0, size - cut);
        go_on(path, torn, size, whole, size, false);
    }
    /* unsynced blocks in the middle: any one is missing */
    for (size_t at = synced_size; at < size; at += 7) {
        const size_t length = size - at < BLOCK ? size - at : BLOCK;
        memcpy(torn, whole, size);
        memset(torn + at, 0, length);
        go_on(path, torn, size, whole, size, true);
    }
    pb_free(torn);
    pb_free(whole);
    assert_ok(pb_results_retire(path));
}

/* ---- Files of others ---------------------------------------------------------------------------------------------- */

static void columns_are_found_in_any_order(void **state)
{
    (void)state;
    pb_results_file file;
    double value;
    int64_t whole;
    study_write("order.csv", "seed;note;n_cont_removed;method;img_auroc;dataset;tpr_fpr1\n"
                             "7;x;2;none;0.8765432;d;\n");
    assert_ok(pb_results_file_read(study_path("order.csv"), &file));
    assert_ok(pb_results_file_columns(&file));
    assert_string_equal(pb_results_text(&file, 0, PB_COLUMN_METHOD), "none");
    assert_string_equal(pb_results_text(&file, 0, PB_COLUMN_SETUP), "");
    assert_ok(pb_results_number(&file, 0, PB_COLUMN_CONTAMINATED_REMOVED, &value));
    assert_true(value == 2);
    assert_ok(pb_results_known_number(&file, 0, PB_COLUMN_AUROC, &value));
    assert_true(value == 0.8765432);
    assert_ok(pb_results_known_number(&file, 0, PB_COLUMN_TPR_FPR1, &value));
    assert_true(isnan(value));
    assert_ok(pb_results_known_number(&file, 0, PB_COLUMN_AUPR, &value));
    assert_true(isnan(value));
    assert_ok(pb_results_whole(&file, 0, PB_COLUMN_SEED, 0, &whole));
    assert_int_equal(whole, 7);
    assert_ok(pb_results_whole(&file, 0, PB_COLUMN_K, 5, &whole));
    assert_int_equal(whole, 5);
    assert_status(pb_results_whole(&file, 0, PB_COLUMN_AUROC, 0, &whole), PB_STATUS_BAD_VALUE);
    pb_results_file_free(&file);

    study_write("twice.csv", "method;purification_method\nnone;none\n");
    assert_ok(pb_results_file_read(study_path("twice.csv"), &file));
    assert_status(pb_results_file_columns(&file), PB_STATUS_BAD_FORMAT);
    assert_message("the columns \"method\" and \"purification_method\" say the same");
    pb_results_file_free(&file);
}

static void assert_refused(const char *name, pb_column column, const char *text, pb_status expected, const char *says)
{
    char content[256], line[512];
    pb_results_file file;
    double value;
    snprintf(content, sizeof content, "dataset;%s\nd;%s\n", name, text);
    study_write("range.csv", content);
    assert_ok(pb_results_file_read(study_path("range.csv"), &file));
    assert_ok(pb_results_file_columns(&file));
    assert_status(pb_results_number(&file, 0, column, &value), expected);
    snprintf(line, sizeof line, "range.csv, line 2: %s is \"%s\", %s", name, text, says);
    assert_message(line);
    pb_results_file_free(&file);
}

/* Under every name of every column. */
static void what_is_out_of_range_is_named(void **state)
{
    (void)state;
    for (int c = 0; c < PB_N_COLUMNS; c++) {
        const pb_column column = (pb_column)c;
        const pb_column_about *about = pb_column_get(column);
        for (int i = 0; i < PB_N_COLUMN_NAMES && about->name[i] && is_number(column); i++) {
            char below[64], above[64], range[64];
            if (pb_column_is_clock(column))
                continue;
            snprintf(below, sizeof below, "%.17g", about->low - 1 - fabs(about->low) / 2);
            snprintf(above, sizeof above, "%.17g", about->high + 1 + about->high / 2);
            snprintf(range, sizeof range, "not a number from %g to %g", about->low, about->high);
            assert_refused(about->name[i], column, below, PB_STATUS_BAD_VALUE, range);
            assert_refused(about->name[i], column, above, PB_STATUS_BAD_VALUE, range);
            assert_refused(about->name[i], column, "", PB_STATUS_BAD_FORMAT, "not a number");
            assert_refused(about->name[i], column, "1x", PB_STATUS_BAD_FORMAT, "not a number");
            assert_refused(about->name[i], column, "nan", PB_STATUS_BAD_VALUE, "not a finite number");
        }
    }
}

/* ---- Comparing and joining ---------------------------------------------------------------------------------------- */

/* Every column but the clock's is compared, by the key that the table tells. */
static void comparisons_see_every_column(void **state)
{
    (void)state;
    for (int kind = 0; kind < PB_N_RESULTS_KINDS; kind++) {
        char a[512], b[512];
        pb_results_layout layout;
        pb_results_comparison comparison;
        int n_clocks = 0;
        snprintf(a, sizeof a, "%s", study_path("a.csv"));
        snprintf(b, sizeof b, "%s", study_path("b.csv"));
        write_rows(a, (pb_results_kind)kind, 1);
        pb_results_layout_of((pb_results_kind)kind, &layout);
        const pb_results_about about = {.n = 1};
        pb_results *results;
        pb_row row;
        pb_row_start(&row);
        for (int c = 0; c < PB_N_COLUMNS; c++) {
            set(&row, (pb_column)c, pb_column_is_key((pb_column)c) ? 0 : 1);
            n_clocks += layout.name[c] && pb_column_is_clock((pb_column)c);
        }
        assert_ok(pb_results_read(b, (pb_results_kind)kind, &about, PB_SETUP_SHARED, &results));
        assert_ok(pb_results_begin(results));
        assert_ok(pb_results_append(results, &row, 1));
        pb_results_close(results);
        assert_ok(pb_results_compare(a, b, NULL, 0, &comparison));
        assert_int_equal(comparison.n_common, 1);
        assert_int_equal(comparison.n_values, layout.n - n_clocks);
        int n_keys = 0;
        for (int c = 0; c < PB_N_COLUMNS; c++)
            n_keys += layout.name[c] && pb_column_is_key((pb_column)c);
        assert_int_equal(comparison.n_differences, layout.n - n_clocks - n_keys);
        pb_results_comparison_free(&comparison);
        pb_results_merged merged;
        const char *paths[] = {a, b};
        assert_status(pb_results_merge(paths, 2, NULL, study_path("both.csv"), &merged), PB_STATUS_MISMATCH);
        assert_ok(pb_results_retire(a));
        assert_ok(pb_results_retire(b));
    }
}

static void published_files_are_known_by_name(void **state)
{
    (void)state;
    pb_setup setup;
    assert_true(pb_results_published("some/folder/results_v2.csv", &setup));
    assert_int_equal(setup, PB_SETUP_SHARED);
    assert_true(pb_results_published("results_leakage_check.csv", &setup));
    assert_int_equal(setup, PB_SETUP_DISJOINT);
    assert_false(pb_results_published("results.csv", &setup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_have_the_published_columns),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(every_column_comes_back),
        cmocka_unit_test(forms_are_as_published),
        cmocka_unit_test(a_key_is_all_that_tells_rows_apart),
        cmocka_unit_test(rows_that_a_crash_tore_are_written_again),
        cmocka_unit_test(columns_are_found_in_any_order),
        cmocka_unit_test(what_is_out_of_range_is_named),
        cmocka_unit_test(comparisons_see_every_column),
        cmocka_unit_test(published_files_are_known_by_name),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, study_make_folder, study_remove_folder);
}
