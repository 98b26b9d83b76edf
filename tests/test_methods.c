/* purify: the methods of the studies beyond leave-one-out, against scikit-learn, NumPy and brute force
 * (tests/golden/methods/make.py). test_purify.c has the others. */
#include "golden_references.h"

#include "references/forest.h"
#include "references/lof.h"
#include "references/pca.h"

static double *golden_of(const golden_case *golden, const char *kind, const char *suffix, int64_t *n)
{
    char name[96];
    const char *base = strrchr(golden->file, '/') + 1;
    snprintf(name, sizeof name, "%s_%.*s%s", kind, (int)strcspn(base, "."), base, suffix);
    return golden_array("methods/patches.txt", name, n);
}

static pb_patch_mask run_method(const golden_case *golden, const char *method, const pb_purify_options *options)
{
    pb_patch_mask mask;
    assert_ok(pb_purify(golden->references, method, options, &mask));
    return mask;
}

static void assert_mask(const pb_patch_mask *mask, const double *keep, int64_t n)
{
    assert_int_equal(mask->n_images * mask->n_patches, n);
    for (int64_t i = 0; i < n; i++)
        if (mask->keep[i] != (keep[i] != 0))
            fail_msg("patch %lld is %d", (long long)i, mask->keep[i]);
}

/* What a method keeps by scores that are known: more than the percentile by rounding may fall on either side. */
static void assert_keeps_below(const pb_patch_mask *mask, const double *scores, int64_t n, double q)
{
    double limit;
    assert_ok(pb_percentile(scores, n, q, &limit));
    for (int64_t i = 0; i < n; i++)
        if (fabs(scores[i] - limit) > 1e-9 * fabs(limit))
            assert_int_equal(mask->keep[i], scores[i] <= limit);
}

static void lof_equals_scikit_learn(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        int64_t n;
        double *expected = golden_of(&golden, "lof", "", &n);
        double *scores = malloc((size_t)n * sizeof *scores);
        assert_non_null(scores);
        assert_ok(pb_lof_scores(golden.rows, n, golden.dim, n - 1 < 20 ? n - 1 : 20, scores));
        assert_all_close(scores, expected, n, 1e-9, 0);
        pb_patch_mask mask =
            run_method(&golden, "lof_patch", &(pb_purify_options){.size = sizeof(pb_purify_options), .percentile = 90});
        assert_keeps_below(&mask, expected, n, 90);
        pb_patch_mask_free(&mask);
        free(expected);
        free(scores);
        golden_close(&golden);
    }
}

/* 25 equal rows: more than the neighbours, so that a row need not find itself among the nearest. */
static void lof_bears_duplicates(void **state)
{
    (void)state;
    int64_t n_values, n;
    float rows[40 * 3];
    double scores[40];
    double *values = golden_array("methods/patches.txt", "duplicates", &n_values);
    double *expected = golden_array("methods/patches.txt", "lof_duplicates", &n);
    assert_int_equal(n, 40);
    for (int i = 0; i < 40 * 3; i++)
        rows[i] = (float)values[i];
    assert_ok(pb_lof_scores(rows, 40, 3, 20, scores));
    assert_all_close(scores, expected, 40, 1e-9, 0);
    free(values);
    free(expected);
}

static void pca_equals_scikit_learn(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        int64_t n, one, n_components;
        double *expected = golden_of(&golden, "pca", "", &n);
        double *components = golden_of(&golden, "pca_components", "", &one);
        double *scores = malloc((size_t)n * sizeof *scores), largest = 0;
        assert_non_null(scores);
        const pb_patch_set set = {golden.rows, golden.n_images, golden.n_patches, golden.dim, NULL, NULL};
        pb_spread spread;
        assert_ok(pb_spread_new(&set, &spread));
        assert_ok(pb_pca_scores(&set, &spread, 0.95, scores, &n_components));
        pb_spread_free(&spread);
        assert_int_equal(n_components, (int64_t)components[0]);
        for (int64_t i = 0; i < golden.n_images * golden.n_patches * golden.dim; i++)
            largest = fmax(largest, fabs((double)golden.rows[i]));
        assert_all_close(scores, expected, n, 1e-9, 1e-20 * largest * largest);
        pb_patch_mask mask =
            run_method(&golden, "pca_patch", &(pb_purify_options){.size = sizeof(pb_purify_options), .percentile = 90});
        if (c < 4) /* the others are explained whole, and then nothing is to go */
            assert_keeps_below(&mask, expected, n, 90);
        else
            assert_int_equal(pb_patch_mask_count(&mask), n);
        pb_patch_mask_free(&mask);
        free(expected);
        free(components);
        free(scores);
        golden_close(&golden);
    }
}

static void iterative_equals_brute_force(void **state)
{
    (void)state;
    static const char *const cases[] = {"planted", "larger"};
    for (int c = 0; c < 2; c++) {
        golden_case golden = golden_open(cases[c], 0);
        golden_reference(&golden);
        for (int q = 80; q <= 95; q += 15) {
            int64_t n;
            double *expected = golden_of(&golden, "iterative", q == 80 ? "_80" : "_95", &n);
            pb_patch_mask mask = run_method(&golden, "iterative_loo",
                                            &(pb_purify_options){.size = sizeof(pb_purify_options), .percentile = q});
            assert_mask(&mask, expected, n);
            pb_patch_mask_free(&mask);
            free(expected);
        }
        /* One patch stays after the first round, and has none to be compared with. */
        pb_patch_mask mask;
        const pb_purify_options all = {.size = sizeof all, .percentile = 0.001};
        assert_status(pb_purify(golden.references, "iterative_loo", &all, &mask), PB_STATUS_BAD_SHAPE);
        golden_close(&golden);
    }
}

static void random_patches_are_those_of_numpy(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        for (int seed = 0; seed <= 3; seed += 3)
            for (int q = 80; q <= 95; q += 15) {
                char suffix[16];
                int64_t n;
                snprintf(suffix, sizeof suffix, "_%d_%d", q, seed);
                double *expected = golden_of(&golden, "random", suffix, &n);
                pb_patch_mask mask =
                    run_method(&golden, "random_patch",
                               &(pb_purify_options){.size = sizeof(pb_purify_options), .percentile = q, .seed = seed});
                assert_mask(&mask, expected, n);
                pb_patch_mask_free(&mask);
                free(expected);
            }
        golden_close(&golden);
    }
}

static void oracle_removes_what_it_is_told(void **state)
{
    (void)state;
    const uint8_t contaminated[6] = {0, 0, 1, 0, 7, 0};
    golden_case golden = golden_open("planted", 0);
    golden_reference(&golden);
    pb_patch_mask mask = run_method(
        &golden, "oracle_patch",
        &(pb_purify_options){.size = sizeof(pb_purify_options), .percentile = 95, .contaminated = contaminated});
    for (int64_t i = 0; i < 6 * golden.n_patches; i++)
        assert_int_equal(mask.keep[i], !contaminated[i / golden.n_patches]);
    pb_patch_mask_free(&mask);
    assert_status(pb_purify(golden.references, "oracle_patch",
                            &(pb_purify_options){.size = sizeof(pb_purify_options), .percentile = 95}, &mask),
                  PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "oracle_patch"));
    golden_close(&golden);
}

/* Each speaks up for the planted image or for none; then it is loo_patch. */
static void adaptive_methods_are_loo_or_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"adaptive_loo_patch", "grubbs_adaptive_loo", "gmm_adaptive_loo",
                                        "mad_adaptive_loo"};
    enum { IMAGES = 8, PATCHES = 16, DIM = 4 };
    for (int planted = 0; planted < 2; planted++) {
        static float rows[IMAGES * PATCHES * DIM];
        test_rng rng = {2};
        for (int i = 0; i < IMAGES * PATCHES * DIM; i++)
            rows[i] = (float)(test_rng_normal(&rng) + (planted && i >= (IMAGES - 1) * PATCHES * DIM ? 9 : 0));
        pb_features *features;
        pb_references *references;
        pb_patch_mask expected, mask;
        const pb_purify_options options = {.size = sizeof options, .percentile = 90};
        assert_ok(pb_features_borrow(rows, IMAGES, 4, 4, DIM, &features));
        assert_ok(pb_references_new(features, 3, NULL, &references));
        assert_ok(pb_purify(references, planted ? "loo_patch" : "none", &options, &expected));
        for (int m = 0; m < 4; m++) {
            assert_ok(pb_purify(references, names[m], &options, &mask));
            assert_memory_equal(mask.keep, expected.keep, IMAGES * PATCHES);
            pb_patch_mask_free(&mask);
        }
        pb_patch_mask_free(&expected);
        pb_references_free(references);
        pb_features_free(features);
    }
}

enum { FOREST_ROWS = 600, FOREST_DIM = 16, FOREST_SEEDS = 20 };

/* make.py's forest_rows(). */
static const float *forest_rows(void)
{
    static float rows[FOREST_ROWS * FOREST_DIM];
    test_rng rng = {21};
    for (int r = 0; r < FOREST_ROWS; r++)
        for (int j = 0; j < FOREST_DIM; j++) {
            double value = (test_rng_uniform(&rng) - 0.5) / (1 + j % 4);
            value = j == 9 ? 2 : value;
            rows[r * FOREST_DIM + j] = (float)(r < 40 ? value * (1 + r / 16.0) : value);
        }
    return rows;
}

static void forest_is_the_one_documented(void **state)
{
    (void)state;
    int64_t n;
    double scores[FOREST_ROWS];
    double *expected = golden_array("methods/forest.txt", "ours", &n);
    assert_ok(pb_forest_scores(forest_rows(), FOREST_ROWS, FOREST_DIM, 3000, scores));
    assert_all_close(scores, expected, n, 1e-13, 0);
    free(expected);
    expected = golden_array("methods/forest.txt", "ours_small", &n);
    assert_ok(pb_forest_scores(forest_rows(), n, FOREST_DIM, 17, scores));
    assert_all_close(scores, expected, n, 1e-13, 0);
    free(expected);
}

static const double *ranked_scores;

static int by_score(const void *a, const void *b)
{
    const double x = ranked_scores[*(const int *)a], y = ranked_scores[*(const int *)b];
    return (x > y) - (x < y);
}

/* Ranks centred at 0; ties of sums over 100 trees are rare and count as ordered. */
static void rank(const double *scores, double *ranks)
{
    int order[FOREST_ROWS];
    for (int i = 0; i < FOREST_ROWS; i++)
        order[i] = i;
    ranked_scores = scores;
    qsort(order, FOREST_ROWS, sizeof *order, by_score);
    for (int i = 0; i < FOREST_ROWS; i++)
        ranks[order[i]] = i - (FOREST_ROWS - 1) / 2.0;
}

/* Spearman's. */
static double rank_correlation(const double *a, const double *b)
{
    double x[FOREST_ROWS], y[FOREST_ROWS], xy = 0, xx = 0;
    rank(a, x);
    rank(b, y);
    for (int i = 0; i < FOREST_ROWS; i++) {
        xy += x[i] * y[i];
        xx += x[i] * x[i];
    }
    return xy / xx;
}

/* Share of the rows that scikit-learn removes with this seed which the mask removes, too. */
static double removed_by_both(int seed, const double *scores)
{
    char name[32];
    int64_t n, both = 0;
    double offset;
    snprintf(name, sizeof name, "sklearn_removed_%d", seed);
    double *removed = golden_array("methods/forest.txt", name, &n);
    assert_ok(pb_percentile(scores, FOREST_ROWS, 5, &offset));
    for (int64_t i = 0; i < n; i++)
        both += scores[(int)removed[i]] < offset;
    free(removed);
    return (double)both / (double)n;
}

/* Forests are random: two seeds of scikit-learn agree no better than ours agree with it (golden values), and means over
 * 20 seeds, where the chance is out, agree closely. */
static void forest_agrees_with_scikit_learn(void **state)
{
    (void)state;
    static double scores[FOREST_SEEDS][FOREST_ROWS], mean[FOREST_ROWS];
    double overlap = 0, single = 0;
    int64_t n;
    for (int seed = 0; seed < FOREST_SEEDS; seed++) {
        assert_ok(pb_forest_scores(forest_rows(), FOREST_ROWS, FOREST_DIM, (uint32_t)seed, scores[seed]));
        overlap += removed_by_both(seed, scores[seed]) / FOREST_SEEDS;
        for (int i = 0; i < FOREST_ROWS; i++)
            mean[i] += scores[seed][i] / FOREST_SEEDS;
    }
    for (int seed = 0; seed < FOREST_SEEDS; seed += 5) {
        char name[32];
        snprintf(name, sizeof name, "sklearn_%d", seed);
        double *expected = golden_array("methods/forest.txt", name, &n);
        single += rank_correlation(scores[seed], expected) / 4;
        free(expected);
    }
    double *expected = golden_array("methods/forest.txt", "sklearn_mean", &n);
    double *itself = golden_array("methods/forest.txt", "sklearn_agreement_with_itself", &n);
    const double of_means = rank_correlation(mean, expected);
    print_message("rank correlation with scikit-learn: means over 20 seeds %.3f, single seeds %.3f (it with itself "
                  "%.3f); removed by both %.2f\n",
                  of_means, single, itself[0], overlap);
    assert_true(of_means >= 0.95);
    assert_true(single >= itself[0] - 0.03);
    assert_true(overlap >= 0.75);
    for (int i = 0; i < FOREST_ROWS; i++)
        assert_close(mean[i], expected[i], 0.02, 0);
    free(expected);
    free(itself);
}

static void forest_methods_remove_the_share_asked(void **state)
{
    (void)state;
    pb_features *features;
    pb_references *references;
    pb_patch_mask mask;
    assert_ok(pb_features_borrow(forest_rows(), 6, 10, 10, FOREST_DIM, &features));
    assert_ok(pb_references_new(features, 3, NULL, &references));
    pb_purify_options options = {.size = sizeof options, .percentile = 95, .seed = 4};
    assert_ok(pb_purify(references, "isolation_forest_patch", &options, &mask));
    assert_int_equal(pb_patch_mask_count(&mask), 570);
    pb_patch_mask_free(&mask);
    options.percentile = 100;
    assert_ok(pb_purify(references, "isolation_forest_patch", &options, &mask));
    assert_int_equal(pb_patch_mask_count(&mask), 600);
    pb_patch_mask_free(&mask);
    static const struct {
        double contamination;
        int kept;
    } cases[] = {{0, 600}, {0.0001, 500}, {0.17, 500}, {0.3, 400}, {0.5, 300}, {1, 300}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        options.contamination = cases[c].contamination;
        assert_ok(pb_purify(references, "global_iforest", &options, &mask));
        assert_int_equal(pb_patch_mask_count(&mask), cases[c].kept);
        for (int i = 0; i < 600; i++)
            assert_int_equal(mask.keep[i], mask.keep[i / 100 * 100]);
        pb_patch_mask_free(&mask);
    }
    pb_references_free(references);
    pb_features_free(features);
    assert_ok(pb_features_borrow(forest_rows(), 2, 10, 10, FOREST_DIM, &features));
    assert_ok(pb_references_new(features, 3, NULL, &references));
    assert_ok(pb_purify(references, "global_iforest", &options, &mask));
    assert_int_equal(pb_patch_mask_count(&mask), 200);
    pb_patch_mask_free(&mask);
    pb_references_free(references);
    pb_features_free(features);
}

/* All methods: the same mask for any number of threads, and on references that are all alike nothing is found, but by
 * those that count instead of comparing. */
static void every_method_is_deterministic(void **state)
{
    (void)state;
    int64_t n_methods;
    const uint8_t contaminated[15] = {0, 1};
    const pb_method *const *methods = pb_purify_methods(&n_methods);
    const pb_purify_options options = {
        .size = sizeof options, .percentile = 90, .contamination = 0.2, .contaminated = contaminated};
    for (int64_t m = 0; m < n_methods; m++) {
        uint8_t expected[15 * 25];
        for (int threads = 1; threads <= 4; threads++) {
            golden_case golden = golden_open("larger", 0);
            golden_reference(&golden);
            assert_ok(pb_threads_set(threads));
            pb_patch_mask mask = run_method(&golden, methods[m]->name, &options);
            if (threads == 1)
                memcpy(expected, mask.keep, sizeof expected);
            assert_memory_equal(mask.keep, expected, sizeof expected);
            pb_patch_mask_free(&mask);
            golden_close(&golden);
        }
    }
    assert_ok(pb_threads_set(0));
}

static void equal_references_lose_nothing_by_comparison(void **state)
{
    (void)state;
    static const char *const names[] = {"lof_patch",        "pca_patch",          "isolation_forest_patch",
                                        "global_iforest",   "adaptive_loo_patch", "grubbs_adaptive_loo",
                                        "gmm_adaptive_loo", "mad_adaptive_loo"};
    const pb_purify_options options = {.size = sizeof options, .percentile = 50, .contamination = 0.4};
    golden_case golden = golden_open("constant", 0);
    golden_reference(&golden);
    for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
        pb_patch_mask mask = run_method(&golden, names[m], &options);
        assert_int_equal(pb_patch_mask_count(&mask), golden.n_images * golden.n_patches);
        pb_patch_mask_free(&mask);
    }
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lof_equals_scikit_learn),
        cmocka_unit_test(lof_bears_duplicates),
        cmocka_unit_test(pca_equals_scikit_learn),
        cmocka_unit_test(iterative_equals_brute_force),
        cmocka_unit_test(random_patches_are_those_of_numpy),
        cmocka_unit_test(oracle_removes_what_it_is_told),
        cmocka_unit_test(adaptive_methods_are_loo_or_nothing),
        cmocka_unit_test(forest_is_the_one_documented),
        cmocka_unit_test(forest_agrees_with_scikit_learn),
        cmocka_unit_test(forest_methods_remove_the_share_asked),
        cmocka_unit_test(every_method_is_deterministic),
        cmocka_unit_test(equal_references_lose_nothing_by_comparison),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
