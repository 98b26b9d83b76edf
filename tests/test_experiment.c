/* The engine of the studies: the same bits as one bank and one search a cell, whatever the threads, the memory and the order. */
#include "caches.h"

#include <purebank/audit.h>
#include <purebank/experiment.h>

#include "base/memory.h"
#include "experiment/categories.h"
#include "experiment/cell_rows.h"
#include "experiment/experiment.h"
#include "io/csv.h"

static char folder[256], caches[512];
static const pb_experiment_caches all_caches = {NULL, caches};

static int make_caches(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(caches, sizeof caches, "%s/caches", folder);
    cache_make(caches, "mvtec_AD__bottle", (cache_sizes){24, 9, 12, 5, 12}, 1);
    cache_make(caches, "btad__01", (cache_sizes){9, 6, 5, 5, 12}, 2); /* fewer training images than references */
    cache_make(caches, "mine", (cache_sizes){16, 7, 3, 5, 12}, 3);    /* half a pool of one: drawn with replacement */
    return 0;
}

static int remove_caches(void **state)
{
    (void)state;
    pb_threads_set(0);
    return test_remove_dir(folder);
}

/* ---- Blocks ----------------------------------------------------------------------------------------------------- */

static pb_treatment random_treatment(test_rng *rng)
{
    int64_t n_methods, n_rules;
    const pb_method *const *methods = pb_purify_methods(&n_methods);
    const pb_method *const *rules = pb_methods(PB_METHOD_AUDIT, &n_rules);
    const int64_t i = (int64_t)(test_rng_next(rng) % (uint64_t)(n_methods + n_rules));
    if (i < n_methods)
        return (pb_treatment){methods[i], 0};
    return (pb_treatment){rules[i - n_methods], rules[i - n_methods]->multiplier};
}

/* All methods, at random N, c, K and q. */
static int64_t random_cells(test_rng *rng, pb_cell *cells, int64_t n)
{
    static const double shares[] = {0, 0.1, 0.2, 0.3, 0.5};
    for (int64_t i = 0; i < n; i++)
        cells[i] = (pb_cell){.limit = test_rng_next(rng) % 2 ? 8 : 12,
                             .k = 1 + (int64_t)(test_rng_next(rng) % 6),
                             .contamination = shares[test_rng_next(rng) % 5],
                             .percentile = 70 + (double)(test_rng_next(rng) % 30),
                             .treatment = random_treatment(rng)};
    return n;
}

static void assert_same_results(const pb_cell_results *a, const pb_cell_results *b)
{
    for (int64_t i = 0; i < a->n; i++) {
        const pb_study_bank *x = &a->banks.bank[a->cell[i].bank], *y = &b->banks.bank[b->cell[i].bank];
        pb_row row_x, row_y;
        assert_int_equal(x->n_kept, y->n_kept);
        assert_memory_equal(x->image_scores, y->image_scores, (size_t)a->block.split.n_test * sizeof(double));
        pb_row_start(&row_x);
        pb_row_start(&row_y);
        pb_cell_report(a, i, &row_x);
        pb_cell_report(b, i, &row_y);
        for (int c = 0; c < PB_N_COLUMNS; c++)
            assert_string_equal(pb_row_get(&row_x, (pb_column)c), pb_row_get(&row_y, (pb_column)c));
    }
}

static void blocks_equal_one_search_a_cell(void **state)
{
    (void)state;
    enum { CELLS = 24 };
    test_rng rng = {4};
    pb_study_categories categories;
    int64_t n_open = 0;
    assert_ok(pb_study_categories_open(caches, "all", &categories));
    assert_int_equal(categories.n, 3);
    for (int64_t i = 0; i < 9; i++) {
        pb_cell cells[CELLS];
        pb_cell_results alone, together;
        const pb_study_category *category = &categories.category[i % 3];
        const int64_t n = random_cells(&rng, cells, CELLS);
        const pb_setup setup = i % 2 ? PB_SETUP_SHARED : PB_SETUP_DISJOINT;
        assert_ok(pb_study_category_load(&categories, i % 3, false));
        assert_ok(pb_cells_draw(category, setup, i, cells, n, &alone));
        assert_ok(pb_cells_draw(category, setup, i, cells, n, &together));
        pb_sharing sharing = pb_cells_sharing(&alone);
        sharing.spread = sharing.spread && i % 2;
        const int64_t least = pb_scoring_memory(&alone.block, &sharing, 1);
        pb_threads_set(1);
        assert_ok(pb_cells_compute(&alone, &(pb_scoring){.one_by_one = true}));
        pb_threads_set(i % 3 == 0 ? 1 : i % 3 == 1 ? 2 : 5);
        assert_ok(pb_cells_compute(&together, &(pb_scoring){.memory = i < 4 ? INT64_MAX / 2 : least + i * 1000}));
        assert_same_results(&alone, &together);
        for (int64_t b = 0; b < together.banks.n; b++)
            n_open += together.banks.bank[b].n_open;
        pb_cells_free(&alone);
        pb_cells_free(&together);
        pb_study_category_unload(&categories, i % 3);
    }
    assert_true(n_open > 0); /* lists that ran out occurred, too */
    pb_study_categories_free(&categories);
}

static void too_little_memory_is_refused(void **state)
{
    (void)state;
    pb_study_categories categories;
    pb_cell_results results;
    const pb_method *none = NULL;
    assert_ok(pb_purify_method_find("none", &none));
    const pb_cell cell = {.limit = 8, .k = 5, .contamination = 0.3, .percentile = 95, .treatment = {none, 0}};
    assert_ok(pb_study_categories_open(caches, "bottle", &categories));
    assert_ok(pb_study_category_load(&categories, 0, false));
    assert_ok(pb_cells_draw(&categories.category[0], PB_SETUP_SHARED, 0, &cell, 1, &results));
    assert_status(pb_cells_compute(&results, &(pb_scoring){.memory = 1000}), PB_STATUS_LIMIT);
    pb_cells_free(&results);
    pb_study_categories_free(&categories);
}

/* The plan's estimate is not below what is held. */
static void memory_is_as_planned(void **state)
{
    (void)state;
    enum { CELLS = 40 };
    test_rng rng = {8};
    pb_study_categories categories;
    pb_cell cells[CELLS];
    pb_cell_results results;
    char root[512];
    snprintf(root, sizeof root, "%s/larger", folder);
    cache_make(root, "one", (cache_sizes){30, 20, 20, 10, 64}, 5);
    assert_ok(pb_study_categories_open(root, "all", &categories));
    assert_ok(pb_study_category_load(&categories, 0, false));
    const int64_t n = random_cells(&rng, cells, CELLS);
    assert_ok(pb_cells_draw(&categories.category[0], PB_SETUP_SHARED, 0, cells, n, &results));
    const pb_sharing sharing = pb_cells_sharing(&results);
    const int64_t planned = pb_scoring_memory(&results.block, &sharing, n);
    assert_ok(pb_cells_compute(&results, &(pb_scoring){.memory = INT64_MAX / 2}));
    assert_true((int64_t)pb_memory_peak_bytes() < planned + 4000000);
    pb_cells_free(&results);
    pb_study_categories_free(&categories);
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rows of a result file without the clock's columns, sorted, as one text. */
static char *rows_of(const char *const *paths, int n_paths)
{
    static char text[1 << 20];
    static char lines[4096][1024], *sorted[4096];
    int n = 0;
    for (int f = 0; f < n_paths; f++) {
        pb_csv_table table;
        assert_ok(pb_csv_read(paths[f], 1 << 24, ';', &table));
        for (int64_t r = 0; r < table.n_rows; r++) {
            lines[n][0] = '\0';
            for (int64_t c = 0; c < table.n_columns; c++)
                if (strcmp(table.name[c], "timestamp") != 0 && strcmp(table.name[c], "inference_time_s") != 0)
                    strcat(strcat(lines[n], table.field[r * table.n_columns + c]), ";");
            sorted[n] = lines[n];
            n++;
        }
        pb_csv_table_free(&table);
    }
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    text[0] = '\0';
    size_t used = 0;
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\n", sorted[i]);
    return text;
}

static void run(const char *output, const pb_experiment_options *options, bool one_by_one)
{
    pb_experiment *experiment;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, output);
    assert_ok(pb_experiment_open("main", &all_caches, 1, path, options, &experiment));
    if (one_by_one)
        pb_experiment_score_one_by_one(experiment);
    assert_ok(pb_experiment_compute(experiment, NULL));
    pb_experiment_close(experiment);
}

static void rows_do_not_depend_on_threads_and_shards(void **state)
{
    (void)state;
    char path[4][512];
    const char *files[4] = {path[0], path[1], path[2], path[3]};
    pb_experiment_options options = {.size = sizeof(pb_experiment_options),
                                     .limits = "6,9",
                                     .contamination = "0,0.2,0.3",
                                     .seeds = "0-1",
                                     .methods = "all"};
    pb_threads_set(1);
    run("alone", &options, true);
    pb_threads_set(3);
    run("together", &options, false);
    options.n_shards = 4;
    for (options.shard = 1; options.shard <= 4; options.shard++) {
        run("shards", &options, false);
        snprintf(path[options.shard - 1], sizeof path[0], "%s/shards/results_v2.shard-%d-of-4.csv", folder,
                 (int)options.shard);
    }
    static char shards[1 << 20], alone[1 << 20];
    strcpy(shards, rows_of(files, 4));
    snprintf(path[0], sizeof path[0], "%s/alone/results_v2.csv", folder);
    strcpy(alone, rows_of(files, 1));
    snprintf(path[0], sizeof path[0], "%s/together/results_v2.csv", folder);
    assert_string_equal(alone, rows_of(files, 1));
    assert_string_equal(alone, shards);
}

/* Of any version of the library: a smaller struct is an older one; a larger one must not ask for what nobody knows. */
static void options_of_other_versions_are_read(void **state)
{
    (void)state;
    struct {
        pb_experiment_options known;
        int64_t later;
    } options = {.known = {.size = sizeof options, .categories = "mine", .limits = "8"}};
    pb_experiment *experiment;
    assert_ok(pb_experiment_open("main", &all_caches, 1, "/nowhere", &options.known, &experiment));
    assert_int_equal(pb_experiment_get_plan(experiment)->n_categories, 1);
    pb_experiment_close(experiment);
    options.later = 1;
    assert_status(pb_experiment_open("main", &all_caches, 1, "/nowhere", &options.known, &experiment),
                  PB_STATUS_UNSUPPORTED);
    options.known.size = offsetof(pb_experiment_options, limits);
    assert_ok(pb_experiment_open("main", &all_caches, 1, "/nowhere", &options.known, &experiment));
    assert_int_equal(pb_experiment_get_plan(experiment)->n_cells, 5 * 2 * 4 * 7); /* N as published: 10 and 20 */
    pb_experiment_close(experiment);
    options.known.size = 0;
    assert_status(pb_experiment_open("main", &all_caches, 1, "/nowhere", &options.known, &experiment),
                  PB_STATUS_BAD_ARGUMENT);
}

/* Half of the columns, in another order, and one that is not ours: as an older file of the authors. */
static void files_with_other_columns_are_continued(void **state)
{
    (void)state;
    char path[600], output[512];
    const pb_experiment_options options = {.size = sizeof(pb_experiment_options),
                                           .categories = "bottle",
                                           .setup = "shared",
                                           .limits = "8",
                                           .contamination = "0,0.3",
                                           .seeds = "0",
                                           .methods = "fast"};
    pb_experiment *experiment;
    pb_csv_table table;
    snprintf(output, sizeof output, "%s/older", folder);
    mkdir(output, 0777);
    snprintf(path, sizeof path, "%s/results_v2.csv", output);
    const char text[] = "note;percentile_threshold;knn_k;train_limit;seed;contamination_rate;config;dataset;img_auroc\n"
                        "x;95.0;5;8;0;0.30;cont_30pct_none;mvtec_AD/bottle;0.512345678\n"
                        "torn;95.0;5;8;0;0.0;cont_0pct_none;mvtec_AD/bottle;0.5";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_ok(pb_experiment_open("main", &all_caches, 1, output, &options, &experiment));
    assert_int_equal(pb_experiment_get_plan(experiment)->n_cells, 4);
    assert_int_equal(pb_experiment_get_plan(experiment)->n_done, 1);
    assert_ok(pb_experiment_compute(experiment, NULL));
    pb_experiment_close(experiment);
    assert_ok(pb_csv_read(path, 1 << 20, ';', &table));
    assert_int_equal(table.n_rows, 4);
    assert_int_equal(table.n_columns, 9);
    assert_string_equal(table.field[8], "0.512345678");
    assert_string_equal(table.field[9], "");
    assert_string_equal(table.field[9 + 6], "cont_0pct_none");
    assert_string_equal(table.field[9 + 7], "mvtec_AD/bottle");
    pb_csv_table_free(&table);
}

static void setups_are_not_mixed(void **state)
{
    (void)state;
    char output[512];
    pb_experiment_options options = {.size = sizeof(pb_experiment_options),
                                     .categories = "mine",
                                     .limits = "8",
                                     .contamination = "0",
                                     .seeds = "0",
                                     .methods = "none"};
    pb_experiment *experiment;
    run("mixed", &options, false);
    options.setup = "shared";
    snprintf(output, sizeof output, "%s/mixed", folder);
    assert_status(pb_experiment_open("main", &all_caches, 1, output, &options, &experiment), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "begun with setup disjoint, this run is shared"));
    options.force = true;
    run("mixed", &options, false);
    options.force = false;
    run("mixed", &options, false);
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    pb_experiment *experiment;
    const struct {
        const char *run;
        pb_experiment_options options;
        const char *says;
    } wrong[] = {
        {"mane", {0}, "there are main, extra-contamination"},
        {"main", {.categories = "bottle,cable"}, "category 'cable' is not in"},
        {"main", {.categories = "gate", .limits = "1"}, "limits: '1' is not a whole number from 2"},
        {"main", {.methods = "loo_patch,lou"}, "there is no purification method \"lou\""},
        {"main", {.contamination = "0,1.5"}, "contamination: '1.5' is not a number from 0 to 1"},
        {"main", {.seeds = "4-0"}, "seeds: '4-0'"},
        {"main", {.percentiles = "95,"}, NULL},
        {"main", {.percentiles = "nan"}, "percentile: 'nan'"},
        {"main", {.shard = 3, .n_shards = 2}, "shard 3 of 2"},
        {"main", {.setup = "both"}, "\"both\" is no setup"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pb_experiment_options options = wrong[i].options;
        options.size = sizeof options;
        const pb_status status = pb_experiment_open(wrong[i].run, &all_caches, 1, "/nowhere", &options, &experiment);
        if (!wrong[i].says) {
            assert_int_equal(status, PB_STATUS_OK);
            pb_experiment_close(experiment);
            continue;
        }
        assert_int_equal(status, PB_STATUS_BAD_ARGUMENT);
        if (!strstr(pb_error_message(), wrong[i].says))
            fail_msg("\"%s\" is not in: %s", wrong[i].says, pb_error_message());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_as_planned), /* first: the peak is that of the process */
        cmocka_unit_test(blocks_equal_one_search_a_cell),
        cmocka_unit_test(too_little_memory_is_refused),
        cmocka_unit_test(rows_do_not_depend_on_threads_and_shards),
        cmocka_unit_test(options_of_other_versions_are_read),
        cmocka_unit_test(files_with_other_columns_are_continued),
        cmocka_unit_test(setups_are_not_mixed),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_caches, remove_caches);
}
