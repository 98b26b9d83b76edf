/* Opened cells: the numbers of the runs to the bit, and the images that they belong to. */
#include "caches.h"

#include <math.h>

#include <purebank/cell.h>
#include <purebank/experiment.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "experiment/categories.h"
#include "experiment/cells.h"
#include "io/csv.h"

static char folder[256], caches[300];

static int make_caches(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(caches, sizeof caches, "%s/caches", folder);
    cache_make(caches, "mvtec_AD__bottle", (cache_sizes){24, 9, 12, 5, 12}, 1);
    cache_make(caches, "btad__01", (cache_sizes){9, 6, 5, 5, 12}, 2); /* fewer training images than references */
    return 0;
}

static int remove_caches(void **state)
{
    (void)state;
    pb_threads_set(0);
    return test_remove_dir(folder);
}

#define METHODS "loo_patch,cosine_loo,ensemble_loo_mahal,random_patch,oracle_patch,imgmax_mad,image_known_c"

/* The definition: a bank and a search for each cell. */
static void compute_by_definition(const pb_study_category *category, const pb_cell_options *options,
                                  pb_cell_results *out)
{
    enum { MANY = 32 };
    pb_treatment_list methods = {0};
    pb_cell cells[MANY];
    int64_t n = 0;
    assert_ok(pb_treatments_images("none," METHODS, &methods));
    for (int64_t i = 0; i < methods.n; i++) {
        if (methods.value[i].multiplier > 0 && methods.value[i].multiplier != 1.5)
            continue; /* imgmax_mad with another k than its default */
        cells[n++] = (pb_cell){.limit = options->n_references,
                               .contamination = options->contamination,
                               .k = options->k,
                               .percentile = options->percentile,
                               .treatment = methods.value[i]};
    }
    pb_free(methods.value);
    assert_ok(pb_cells_draw(category, options->setup, options->seed, cells, n, out));
    assert_ok(pb_cells_compute(out, &(pb_scoring){.one_by_one = true, .keep_patches = true}));
}

static void assert_same_methods(const pb_cell_view *view, const pb_cell_results *results)
{
    const size_t mask_bytes = (size_t)(pb_cell_view_n_references(view) * pb_cell_view_n_patches(view));
    assert_int_equal(pb_cell_view_n_methods(view), results->n);
    assert_int_equal(pb_cell_view_n_test(view), results->block.split.n_test);
    for (int64_t m = 0; m < pb_cell_view_n_methods(view); m++) {
        const pb_cell_method *method = pb_cell_view_method_at(view, m);
        const pb_study_bank *bank = &results->banks.bank[results->cell[m].bank];
        assert_string_equal(method->name, results->cell[m].treatment.method->name);
        assert_memory_equal(method->keep, bank->keep, mask_bytes);
        assert_memory_equal(method->image_scores, bank->image_scores,
                            (size_t)pb_cell_view_n_test(view) * sizeof(double));
        assert_memory_equal(method->patch_scores, bank->patch_scores,
                            (size_t)(pb_cell_view_n_test(view) * pb_cell_view_n_patches(view)) * sizeof(double));
        assert_true(method->auroc == results->metrics[results->cell[m].bank].auroc);
        assert_int_equal(method->n_removed, results->cell[m].n_removed);
    }
    assert_true(pb_cell_view_clean_auroc(view) == results->metrics[results->cell[0].clean].auroc);
}

/* Leave-one-out scores of the references alone, from the features of the images that the view names. */
static void assert_loo_scores(const pb_study_category *category, const pb_cell_view *view, int64_t k)
{
    const int64_t values = category->n_patches * category->dim;
    float *rows = malloc((size_t)(pb_cell_view_n_references(view) * values) * sizeof *rows);
    pb_features *features;
    pb_references *references;
    const double *loo;
    assert_non_null(rows);
    for (int64_t i = 0; i < pb_cell_view_n_references(view); i++) {
        const pb_features *part = pb_cell_view_reference_at(view, i)->from_test ? category->test : category->train;
        memcpy(rows + i * values, pb_features_image_at(part, pb_cell_view_reference_at(view, i)->index),
               (size_t)values * sizeof *rows);
    }
    assert_ok(pb_features_borrow(rows, pb_cell_view_n_references(view), 5, 5, category->dim, &features));
    assert_ok(pb_references_new(features, k, NULL, &references));
    assert_ok(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &loo));
    for (int64_t i = 0; i < pb_cell_view_n_references(view); i++) {
        double sum = 0;
        for (int64_t p = 0; p < pb_cell_view_n_patches(view); p++) {
            assert_true(pb_cell_view_reference_at(view, i)->loo[p] == loo[i * pb_cell_view_n_patches(view) + p]);
            sum += loo[i * pb_cell_view_n_patches(view) + p];
        }
        assert_true(fabs(pb_cell_view_reference_at(view, i)->score - sum / (double)pb_cell_view_n_patches(view)) <
                    1e-12 * sum);
    }
    pb_references_free(references);
    pb_features_free(features);
    free(rows);
}

static void scores_are_those_of_the_engine(void **state)
{
    (void)state;
    pb_study_categories categories;
    pb_cell_caches *opened;
    assert_ok(pb_study_categories_open(caches, "all", &categories));
    assert_ok(pb_cell_caches_open(caches, "all", &opened));
    assert_int_equal(pb_cell_caches_n(opened), 2);
    for (int i = 0; i < 8; i++) {
        const int64_t c = i % 2;
        pb_cell_options options = PB_CELL_OPTIONS_INIT;
        pb_cell_results results;
        pb_cell_view *view;
        options.setup = i % 3 ? PB_SETUP_DISJOINT : PB_SETUP_SHARED;
        options.seed = i;
        options.contamination = 0.1 * (i % 4);
        options.k = 1 + i % 5;
        options.percentile = 80 + i;
        options.methods = METHODS;
        assert_string_equal(pb_cell_caches_at(opened, c)->category, categories.category[c].name);
        assert_ok(pb_study_category_load(&categories, c, false));
        compute_by_definition(&categories.category[c], &options, &results);
        pb_threads_set(1 + i % 3);
        assert_ok(pb_cell_view_compute(opened, c, &options, NULL, &view));
        assert_same_methods(view, &results);
        assert_loo_scores(&categories.category[c], view, options.k);
        pb_cell_view_free(view);
        pb_cells_free(&results);
        pb_study_category_unload(&categories, c);
    }
    pb_cell_caches_close(opened);
    pb_study_categories_free(&categories);
}

/* The field of the only row of a run's file. */
static void read_field(const char *path, const char *column, char out[64])
{
    pb_csv_table table;
    int64_t at = -1;
    assert_ok(pb_csv_read(path, 1 << 20, ';', &table));
    assert_int_equal(table.n_rows, 1);
    assert_ok(pb_csv_column(&table, column, path, &at));
    snprintf(out, 64, "%s", table.field[at]);
    pb_csv_table_free(&table);
}

static void a_cell_is_the_row_of_a_run(void **state)
{
    (void)state;
    char output[512], path[1024], field[64], expected[64];
    pb_experiment *experiment;
    pb_cell_caches *opened;
    pb_cell_view *view;
    pb_cell_options options = PB_CELL_OPTIONS_INIT;
    snprintf(output, sizeof output, "%s/results", folder);
    snprintf(path, sizeof path, "%s/results_v2.csv", output);
    assert_ok(pb_experiment_open("main", &(pb_experiment_caches){NULL, caches}, 1, output,
                                 &(pb_experiment_options){.size = sizeof(pb_experiment_options),
                                                          .categories = "bottle",
                                                          .setup = "disjoint",
                                                          .limits = "10",
                                                          .contamination = "0.3",
                                                          .seeds = "3",
                                                          .methods = "loo_patch"},
                                 &experiment));
    assert_ok(pb_experiment_compute(experiment, NULL));
    pb_experiment_close(experiment);
    options.seed = 3;
    options.methods = "loo_patch";
    assert_ok(pb_cell_caches_open(caches, "bottle", &opened));
    assert_ok(pb_cell_view_compute(opened, 0, &options, NULL, &view));
    assert_int_equal(pb_cell_view_n_methods(view), 2);
    assert_string_equal(pb_cell_view_method_at(view, 0)->name, "none");
    assert_int_equal(pb_cell_view_method_at(view, 0)->n_removed, 0);
    read_field(path, "img_auroc", field);
    snprintf(expected, sizeof expected, "%.4f", pb_cell_view_method_at(view, 1)->auroc);
    assert_string_equal(field, expected);
    read_field(path, "n_patches_removed", field);
    snprintf(expected, sizeof expected, "%lld", (long long)pb_cell_view_method_at(view, 1)->n_removed);
    assert_string_equal(field, expected);
    read_field(path, "n_test", field);
    snprintf(expected, sizeof expected, "%lld", (long long)pb_cell_view_n_test(view));
    assert_string_equal(field, expected);
    pb_cell_view_free(view);
    pb_cell_caches_close(opened);
}

static void images_are_named_by_the_lists(void **state)
{
    (void)state;
    pb_cell_caches *opened;
    pb_cell_view *view;
    pb_cell_options options = PB_CELL_OPTIONS_INIT;
    int64_t n_contaminated = 0, n_defect = 0;
    assert_ok(pb_cell_caches_open(caches, "mvtec_AD__bottle", &opened));
    assert_ok(pb_cell_view_compute(opened, 0, &options, NULL, &view));
    const pb_cache *cache = pb_cell_caches_at(opened, 0);
    assert_int_equal(pb_cell_view_n_references(view), 10);
    for (int64_t i = 0; i < pb_cell_view_n_references(view); i++) {
        const pb_cell_reference *reference = pb_cell_view_reference_at(view, i);
        const pb_paths *paths =
            reference->from_test ? pb_cache_paths(cache, PB_CACHE_TEST) : pb_cache_paths(cache, PB_CACHE_TRAIN);
        assert_true(reference->contaminated == reference->from_test);
        assert_ptr_equal(reference->path, paths->path[reference->index]);
        assert_true(!reference->from_test || pb_cache_labels(cache)[reference->index]);
        n_contaminated += reference->contaminated;
    }
    assert_int_equal(n_contaminated, 3);
    for (int64_t i = 0; i < pb_cell_view_n_test(view); i++) {
        assert_ptr_equal(pb_cell_view_test_at(view, i)->path, cache->test.path[pb_cell_view_test_at(view, i)->index]);
        assert_true(pb_cell_view_test_at(view, i)->defect ==
                    (pb_cache_labels(cache)[pb_cell_view_test_at(view, i)->index] != 0));
        n_defect += pb_cell_view_test_at(view, i)->defect;
        for (int64_t r = 0; r < pb_cell_view_n_references(view); r++) /* disjoint */
            assert_false(pb_cell_view_reference_at(view, r)->from_test &&
                         pb_cell_view_reference_at(view, r)->index == pb_cell_view_test_at(view, i)->index);
    }
    assert_int_equal(n_defect, 6);
    assert_int_equal(pb_cell_view_n_test(view), 9 + 6);
    pb_cell_view_free(view);
    pb_cell_caches_close(opened);
}

static int cancel_at_once(void *context, int64_t done, int64_t total)
{
    (void)context, (void)done, (void)total;
    return 1;
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    pb_cell_caches *opened;
    pb_cell_view *view;
    pb_cell_options good, bad;
    good = (pb_cell_options)PB_CELL_OPTIONS_INIT;
    assert_ok(pb_cell_options_check(&good));
    const char *const methods[] = {"no_such_method", "", NULL};
    for (int i = 0; i < 3; i++) {
        bad = good;
        bad.methods = methods[i];
        assert_status(pb_cell_options_check(&bad), PB_STATUS_BAD_ARGUMENT);
    }
    for (int i = 0; i < 9; i++) {
        bad = good;
        bad.seed = i == 0 ? -1 : i == 1 ? PB_SEED_MAX + 1 : 0;
        bad.n_references = i == 2 ? 1 : 10;
        bad.k = i == 3 ? 0 : 5;
        bad.contamination = i == 4 ? (double)NAN : i == 5 ? 1.1 : 0.3;
        bad.percentile = i == 6 ? 101 : i == 8 ? 0 : 95;
        bad.memory = i == 7 ? -1 : 0;
        assert_status(pb_cell_options_check(&bad), PB_STATUS_BAD_ARGUMENT);
    }
    assert_status(pb_cell_caches_open(caches, "cable", &opened), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_cell_caches_open(caches, "all", &opened));
    assert_status(pb_cell_view_compute(opened, 2, &good, NULL, &view), PB_STATUS_BAD_ARGUMENT);
    bad = good;
    bad.k = 2000; /* of 10 images of 25 patches */
    assert_true(pb_cell_view_compute(opened, 0, &bad, NULL, &view) != PB_STATUS_OK);
    bad = good;
    bad.memory = 1000;
    assert_status(pb_cell_view_compute(opened, 0, &bad, NULL, &view), PB_STATUS_LIMIT);
    const pb_progress impatient = {cancel_at_once, NULL};
    assert_status(pb_cell_view_compute(opened, 0, &good, &impatient, &view), PB_STATUS_CANCELLED);
    pb_cell_view_free(NULL);
    pb_cell_caches_close(opened);
    pb_cell_caches_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_engine),
        cmocka_unit_test(a_cell_is_the_row_of_a_run),
        cmocka_unit_test(images_are_named_by_the_lists),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_caches, remove_caches);
}
