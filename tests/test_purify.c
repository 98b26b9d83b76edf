/* purify: covariance, scores and masks of every method, against brute force (tests/golden/purify/make.py). */
#include "golden_references.h"

#include "linalg/cholesky.h"
#include "linalg/covariance.h"
#include "references/mahalanobis.h"

static void covariance_equals_scikit_learn(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        const int64_t dim = golden.dim;
        int64_t n;
        double *expected = golden_array(golden.file, "covariance", &n), shrinkage;
        double *expected_mean = golden_array(golden.file, "mean", &n);
        double *expected_shrinkage = golden_array(golden.file, "shrinkage", &n);
        double *covariance = malloc((size_t)(dim * dim) * sizeof *covariance);
        assert_non_null(covariance);
        const pb_patch_set set = {golden.rows, golden.n_images, golden.n_patches, dim, NULL, NULL};
        pb_spread spread;
        assert_ok(pb_spread_new(&set, &spread));
        assert_ok(pb_ledoit_wolf(&set, &spread, covariance, &shrinkage));
        assert_all_close(spread.mean, expected_mean, dim, 1e-12, 1e-15);
        assert_close(shrinkage, expected_shrinkage[0], 1e-10, 0);
        double largest = 0; /* elements near 0 are exact only relative to the matrix */
        for (int64_t i = 0; i < dim; i++)
            largest = fmax(largest, expected[i * dim + i]);
        assert_all_close(covariance, expected, dim * dim, 1e-10, 1e-14 * largest);
        free(expected);
        free(expected_mean);
        free(expected_shrinkage);
        pb_spread_free(&spread);
        free(covariance);
        golden_close(&golden);
    }
}

enum { BLOCK_IMAGES = 3, BLOCK_PATCHES = 100, BLOCK_ROWS = 300, BLOCK_DIM = 133 };

/* make.py's last case: sizes beyond every block, nearly collinear channels. Free with free(). */
static float *block_rows(void)
{
    test_rng rng = {11};
    float *rows = malloc(sizeof *rows * BLOCK_ROWS * BLOCK_DIM);
    assert_non_null(rows);
    for (int r = 0; r < BLOCK_ROWS; r++)
        for (int j = 0; j < BLOCK_DIM; j++)
            rows[r * BLOCK_DIM + j] = (float)(3 + (test_rng_uniform(&rng) - 0.5) / (1 + j % 20));
    for (int r = 0; r < BLOCK_ROWS; r++)
        rows[r * BLOCK_DIM + 50] = rows[r * BLOCK_DIM + 40] + rows[r * BLOCK_DIM + 1] / 64;
    return rows;
}

static void blocked_covariance_equals_scikit_learn(void **state)
{
    (void)state;
    static const int checked[] = {0, 50, 127, 128, 132};
    static double covariance[BLOCK_DIM * BLOCK_DIM], scores[BLOCK_ROWS];
    int64_t n;
    double *distance = golden_array("purify/blocks.txt", "mahalanobis_patch", &n), shrinkage;
    double *expected_shrinkage = golden_array("purify/blocks.txt", "shrinkage", &n);
    double *expected = golden_array("purify/blocks.txt", "covariance_rows", &n);
    float *rows = block_rows();
    const pb_patch_set set = {rows, BLOCK_IMAGES, BLOCK_PATCHES, BLOCK_DIM, NULL, NULL};
    pb_spread spread;
    assert_ok(pb_spread_new(&set, &spread));
    assert_ok(pb_ledoit_wolf(&set, &spread, covariance, &shrinkage));
    assert_close(shrinkage, expected_shrinkage[0], 1e-10, 0);
    for (int i = 0; i < 5; i++)
        assert_all_close(covariance + checked[i] * BLOCK_DIM, expected + i * BLOCK_DIM, BLOCK_DIM, 1e-10, 1e-15);
    assert_ok(pb_mahalanobis_scores(&set, &spread, scores));
    assert_all_close(scores, distance, BLOCK_ROWS, 1e-9, 0);
    pb_spread_free(&spread);
    free(rows);
    free(distance);
    free(expected_shrinkage);
    free(expected);
}

static void mahalanobis_has_the_same_bits_for_any_threads(void **state)
{
    (void)state;
    static double scores[2][BLOCK_ROWS];
    float *rows = block_rows();
    const pb_patch_set set = {rows, BLOCK_IMAGES, BLOCK_PATCHES, BLOCK_DIM, NULL, NULL};
    for (int threads = 1; threads <= 4; threads++) {
        pb_spread spread;
        assert_ok(pb_threads_set(threads));
        assert_ok(pb_spread_new(&set, &spread));
        assert_ok(pb_mahalanobis_scores(&set, &spread, scores[threads > 1]));
        pb_spread_free(&spread);
        if (threads > 1)
            assert_memory_equal(scores[0], scores[1], sizeof scores[0]);
    }
    assert_ok(pb_threads_set(0));
    free(rows);
}

/* Images of a larger set, in another order: the same bits as by themselves. */
static void shared_moments_change_no_bit(void **state)
{
    (void)state;
    static const int64_t images[] = {2, 0};
    float *rows = block_rows(), *chosen = malloc(sizeof *rows * 2 * BLOCK_PATCHES * BLOCK_DIM);
    assert_non_null(chosen);
    for (int i = 0; i < 2; i++)
        memcpy(chosen + i * BLOCK_PATCHES * BLOCK_DIM, rows + images[i] * BLOCK_PATCHES * BLOCK_DIM,
               sizeof *rows * BLOCK_PATCHES * BLOCK_DIM);
    pb_moments *moments;
    assert_ok(pb_moments_new(rows, BLOCK_IMAGES, BLOCK_PATCHES, BLOCK_DIM, &moments));
    const pb_patch_set alone = {chosen, 2, BLOCK_PATCHES, BLOCK_DIM, NULL, NULL};
    const pb_patch_set within = {chosen, 2, BLOCK_PATCHES, BLOCK_DIM, moments, images};
    pb_spread a, b;
    assert_ok(pb_spread_new(&alone, &a));
    assert_ok(pb_spread_new(&within, &b));
    assert_memory_equal(a.mean, b.mean, sizeof *a.mean * BLOCK_DIM);
    assert_memory_equal(a.covariance, b.covariance, sizeof *a.covariance * BLOCK_DIM * BLOCK_DIM);
    pb_spread_free(&a);
    pb_spread_free(&b);
    pb_moments_free(moments);
    free(chosen);
    free(rows);
}

static void cholesky_solves_what_it_factorised(void **state)
{
    (void)state;
    test_rng rng = {5};
    for (int64_t dim = 1; dim <= 35; dim++) {
        double lower[35 * 35] = {0}, matrix[35 * 35] = {0}, panel[40 * 8] = {0}, sides[35 * 8];
        for (int64_t i = 0; i < dim; i++)
            for (int64_t j = 0; j <= i; j++)
                lower[i * dim + j] = i == j ? 1 + test_rng_uniform(&rng) : test_rng_uniform(&rng) - 0.5;
        for (int64_t i = 0; i < dim; i++)
            for (int64_t j = 0; j < dim; j++)
                for (int64_t k = 0; k < dim; k++)
                    matrix[i * dim + j] += lower[i * dim + k] * lower[j * dim + k];
        for (int64_t i = 0; i < dim * 8; i++)
            panel[i] = sides[i] = test_rng_normal(&rng);
        pb_cholesky factor;
        assert_ok(pb_cholesky_new(matrix, dim, &factor));
        assert_true(factor.invertible);
        pb_cholesky_forward(&factor, 1, panel);
        for (int64_t side = 0; side < 8; side++)
            for (int64_t i = 0; i < dim; i++) {
                double product = 0;
                for (int64_t k = 0; k <= i; k++)
                    product += lower[i * dim + k] * panel[k * 8 + side];
                assert_close(product, sides[i * 8 + side], 1e-9, 1e-9);
            }
        pb_cholesky_free(&factor);
    }
}

static void singular_matrices_are_recognised(void **state)
{
    (void)state;
    double matrix[20 * 20], zero[4] = {0};
    for (int i = 0; i < 400; i++)
        matrix[i] = (1 + i / 20) * (1 + i % 20) / 3.0; /* rank 1 */
    pb_cholesky factor;
    assert_ok(pb_cholesky_new(matrix, 20, &factor));
    assert_false(factor.invertible);
    pb_cholesky_free(&factor);
    assert_ok(pb_cholesky_new(zero, 2, &factor));
    assert_false(factor.invertible);
    pb_cholesky_free(&factor);
    test_rng rng = {8};
    for (int i = 0; i < 100; i++) { /* rank 1 but for rounding, which leaves some second pivots above 0 */
        const double a = test_rng_uniform(&rng), b = test_rng_uniform(&rng), small[4] = {a * a, a * b, a * b, b * b};
        assert_ok(pb_cholesky_new(small, 2, &factor));
        assert_false(factor.invertible);
        pb_cholesky_free(&factor);
    }
}

/* Scores by method; ensemble and image level show in their masks only. */
static void scores_equal_brute_force(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        int64_t n;
        const double *scores, *again;
        double *expected = golden_array(golden.file, "loo_patch", &n);
        assert_ok(pb_references_loo_scores(golden.references, PB_METRIC_EUCLIDEAN, &scores));
        assert_all_close(scores, expected, n, 1e-12, 1e-12);
        assert_ok(pb_references_loo_scores(golden.references, PB_METRIC_EUCLIDEAN, &again));
        assert_ptr_equal(scores, again); /* computed once */
        free(expected);
        expected = golden_array(golden.file, "cosine_loo", &n);
        assert_ok(pb_references_loo_scores(golden.references, PB_METRIC_COSINE, &scores));
        assert_all_close(scores, expected, n, 1e-9, 1e-9);
        free(expected);
        expected = golden_array(golden.file, "mahalanobis_patch", &n);
        assert_ok(pb_references_mahalanobis_scores(golden.references, &scores));
        assert_all_close(scores, expected, n, 1e-8, 1e-12);
        assert_ok(pb_references_mahalanobis_scores(golden.references, &again));
        assert_ptr_equal(scores, again);
        free(expected);
        golden_close(&golden);
    }
}

static pb_patch_mask run_method(const golden_case *golden, const char *method, double q, double contamination)
{
    pb_patch_mask mask;
    const pb_purify_options options = {.size = sizeof options, .percentile = q, .contamination = contamination};
    assert_ok(pb_purify(golden->references, method, &options, &mask));
    assert_int_equal(mask.n_images, golden->n_images);
    assert_int_equal(mask.n_patches, golden->n_patches);
    return mask;
}

static const char *const patch_methods[] = {"loo_patch", "cosine_loo", "mahalanobis_patch", "ensemble_loo_mahal"};

static void masks_keep_what_brute_force_keeps(void **state)
{
    (void)state;
    static const double qs[] = {50, 80, 95, 99};
    for (int c = 0; c < 4; c++) { /* the constant cases tie at rounding errors */
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        for (int m = 0; m < 4; m++) {
            int64_t n;
            double *scores = golden_array(golden.file, patch_methods[m], &n);
            for (int q = 0; q < 4; q++) {
                double limit;
                assert_ok(pb_percentile(scores, n, qs[q], &limit));
                pb_patch_mask mask = run_method(&golden, patch_methods[m], qs[q], 0);
                int64_t kept = 0;
                for (int64_t i = 0; i < n; i++) {
                    /* scores that tie with the limit up to rounding may fall on either side */
                    if (fabs(scores[i] - limit) > 1e-9)
                        assert_int_equal(mask.keep[i], scores[i] <= limit);
                    kept += mask.keep[i];
                }
                assert_int_equal(kept, pb_patch_mask_count(&mask));
                assert_true(kept >= (int64_t)floor((double)n * qs[q] / 100) && kept < n);
                pb_patch_mask_free(&mask);
            }
            free(scores);
        }
        golden_close(&golden);
    }
}

static void image_level_removes_the_expected_share(void **state)
{
    (void)state;
    static const struct {
        double contamination;
        const char *array;
    } cases[] = {{0.1, "image_level_0.1"}, {0.3, "image_level_0.3"}, {1, "image_level_1"}};
    for (int g = 0; g < 4; g++) {
        golden_case golden = golden_open(golden_names[g], 0);
        golden_reference(&golden);
        for (int c = 0; c < 3; c++) {
            int64_t n;
            double *expected = golden_array(golden.file, cases[c].array, &n);
            pb_patch_mask mask = run_method(&golden, "image_level_loo", 95, cases[c].contamination);
            for (int64_t i = 0; i < n; i++)
                assert_int_equal(mask.keep[i], (int)expected[i]);
            pb_patch_mask_free(&mask);
            free(expected);
        }
        pb_patch_mask mask = run_method(&golden, "image_level_loo", 95, 0);
        assert_int_equal(pb_patch_mask_count(&mask), golden.n_images * golden.n_patches);
        pb_patch_mask_free(&mask);
        golden_close(&golden);
    }
}

static void percentile_100_and_none_keep_everything(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        for (int m = 0; m < 4; m++) {
            pb_patch_mask mask = run_method(&golden, patch_methods[m], 100, 0);
            assert_int_equal(pb_patch_mask_count(&mask), golden.n_images * golden.n_patches);
            pb_patch_mask_free(&mask);
        }
        pb_patch_mask mask = run_method(&golden, "none", 0.001, 1);
        assert_int_equal(pb_patch_mask_count(&mask), golden.n_images * golden.n_patches);
        pb_patch_mask_free(&mask);
        golden_close(&golden);
    }
}

static void identical_references_lose_nothing(void **state)
{
    (void)state;
    golden_case golden = golden_open("constant", 0);
    golden_reference(&golden);
    for (int m = 0; m < 4; m++) {
        pb_patch_mask mask = run_method(&golden, patch_methods[m], 5, 0);
        assert_int_equal(pb_patch_mask_count(&mask), golden.n_images * golden.n_patches);
        pb_patch_mask_free(&mask);
    }
    golden_close(&golden);
}

static void order_of_images_does_not_matter(void **state)
{
    (void)state;
    golden_case a = golden_open("planted", 0), b = golden_open("planted", 2);
    golden_reference(&a);
    golden_reference(&b);
    int64_t n_methods;
    const pb_method *const *methods = pb_purify_methods(&n_methods);
    int n_compared = 0;
    for (int64_t m = 0; m < n_methods; m++) {
        /* Those that draw at random draw positions; the oracle is told them. */
        if ((methods[m]->takes & PB_TAKES_SEED) || (methods[m]->needs & PB_NEEDS_TRUTH))
            continue;
        n_compared++;
        pb_patch_mask x = run_method(&a, methods[m]->name, 90, 0.2), y = run_method(&b, methods[m]->name, 90, 0.2);
        for (int64_t i = 0; i < a.n_images; i++)
            assert_memory_equal(x.keep + i * a.n_patches, y.keep + (i + 2) % a.n_images * a.n_patches,
                                (size_t)a.n_patches);
        pb_patch_mask_free(&x);
        pb_patch_mask_free(&y);
    }
    assert_true(n_compared > 10);
    golden_close(&a);
    golden_close(&b);
}

static void planted_patches_are_removed(void **state)
{
    (void)state;
    golden_case golden = golden_open("planted", 0);
    golden_reference(&golden);
    pb_patch_mask mask = run_method(&golden, "loo_patch", 95, 0); /* 3 of 54 go: those that make.py moved */
    assert_int_equal(pb_patch_mask_count(&mask), 51);
    for (int64_t p = 2; p < 5; p++)
        assert_int_equal(mask.keep[4 * golden.n_patches + p], 0);
    pb_patch_mask_free(&mask);
    golden_close(&golden);
}

static int stop_at_once(void *context, int64_t done, int64_t total)
{
    (void)done;
    (void)total;
    return ++*(int *)context <= 1;
}

static void cancelled_computation_can_be_repeated(void **state)
{
    (void)state;
    golden_case golden = golden_open("planted", 0);
    int calls = 0;
    const pb_progress progress = {stop_at_once, &calls};
    const double *scores;
    assert_ok(pb_references_new(golden.features, golden.k, &progress, &golden.references));
    assert_status(pb_references_loo_scores(golden.references, PB_METRIC_EUCLIDEAN, &scores), PB_STATUS_CANCELLED);
    assert_ok(pb_references_loo_scores(golden.references, PB_METRIC_EUCLIDEAN, &scores));
    const int after_first = calls;
    assert_true(after_first > 1);
    assert_ok(pb_references_loo_scores(golden.references, PB_METRIC_COSINE, &scores));
    assert_int_equal(calls, after_first); /* the first computation reports, later ones are silent */
    golden_close(&golden);
}

static void bad_references_are_refused(void **state)
{
    (void)state;
    float rows[2 * 4 * 3] = {0};
    pb_features *features;
    pb_references *references;
    pb_references_free(NULL);
    assert_ok(pb_features_borrow(rows, 2, 2, 2, 3, &features));
    assert_status(pb_references_new(features, 0, NULL, &references), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_references_new(features, 5, NULL, &references), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_error_message(), "k = 5 neighbours: 2 images of 4 patches allow 1 to 4");
    pb_features *one;
    assert_ok(pb_features_slice(features, 0, 1, &one));
    assert_status(pb_references_new(one, 1, NULL, &references), PB_STATUS_BAD_SHAPE);
    pb_features_free(one);
    rows[17] = (float)NAN;
    assert_status(pb_references_new(features, 1, NULL, &references), PB_STATUS_BAD_VALUE);
    rows[17] = 0;
    assert_ok(pb_references_new(features, 4, NULL, &references));
    assert_int_equal(pb_references_k(references), 4);
    assert_ptr_equal(pb_references_features(references), features);
    const double *scores;
    assert_status(pb_references_loo_scores(references, (pb_metric)2, &scores), PB_STATUS_BAD_ARGUMENT);
    pb_references_free(references);
    pb_features_free(features);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    golden_case golden = golden_open("two_points", 0);
    golden_reference(&golden);
    pb_patch_mask mask;
    const pb_purify_options good = {.size = sizeof good, .percentile = 95};
    enum { SIZE = sizeof(pb_purify_options) };
    /* The first is what is left of a struct of which only the size was set: above the 0th percentile lies almost everything. */
    const pb_purify_options bad[] = {{SIZE, .percentile = 0},
                                     {SIZE, .percentile = -1},
                                     {SIZE, .percentile = 101},
                                     {SIZE, .percentile = (double)NAN},
                                     {SIZE, .percentile = 95, .contamination = -0.1},
                                     {SIZE, .percentile = 95, .contamination = 1.1},
                                     {SIZE, .percentile = 95, .contamination = (double)NAN},
                                     {SIZE, .percentile = 95, .seed = -1},
                                     {SIZE, .percentile = 95, .seed = PB_SEED_MAX + 1}};
    const pb_purify_options zeroed = {0};
    assert_status(pb_purify(golden.references, "none", &zeroed, &mask), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "size of pb_purify_options"));
    assert_status(pb_purify(golden.references, "loo", &good, &mask), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "there are none, loo_patch, cosine_loo, mahalanobis_patch, "
                                               "ensemble_loo_mahal, random_patch, oracle_patch, "));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_status(pb_purify(golden.references, "none", &bad[i], &mask), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_patch_mask_new(0, 4, &mask), PB_STATUS_BAD_SHAPE);
    assert_status(pb_patch_mask_new(INT64_MAX / 2, 4, &mask), PB_STATUS_LIMIT);
    pb_patch_mask_free(NULL);
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covariance_equals_scikit_learn),
        cmocka_unit_test(blocked_covariance_equals_scikit_learn),
        cmocka_unit_test(mahalanobis_has_the_same_bits_for_any_threads),
        cmocka_unit_test(shared_moments_change_no_bit),
        cmocka_unit_test(cholesky_solves_what_it_factorised),
        cmocka_unit_test(singular_matrices_are_recognised),
        cmocka_unit_test(scores_equal_brute_force),
        cmocka_unit_test(masks_keep_what_brute_force_keeps),
        cmocka_unit_test(image_level_removes_the_expected_share),
        cmocka_unit_test(percentile_100_and_none_keep_everything),
        cmocka_unit_test(identical_references_lose_nothing),
        cmocka_unit_test(order_of_images_does_not_matter),
        cmocka_unit_test(planted_patches_are_removed),
        cmocka_unit_test(cancelled_computation_can_be_repeated),
        cmocka_unit_test(bad_references_are_refused),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
