/* metrics: equal to scikit-learn, NumPy and SciPy (golden values from tests/golden/metrics/make.py). */
#include "golden_text.h"

#include "metrics/regions.h"
#include "metrics/select.h"
#include "metrics/zoom.h"

static double *numbered(const char *file, const char *name, int i, int64_t *n)
{
    char full[64];
    snprintf(full, sizeof full, "%s%d", name, i);
    return golden_array(file, full, n);
}

static uint8_t *as_bytes(const double *values, int64_t n)
{
    uint8_t *bytes = malloc((size_t)n);
    assert_non_null(bytes);
    for (int64_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)values[i];
    return bytes;
}

static void check_roc(const double *scores, const uint8_t *labels, int64_t n, const double *expected,
                      int64_t n_expected)
{
    pb_roc_point *points;
    int64_t n_points;
    assert_ok(pb_metrics_roc(scores, labels, n, &points, &n_points));
    assert_int_equal(3 * n_points, n_expected);
    for (int64_t i = 0; i < n_points; i++) {
        assert_close(points[i].fpr, expected[3 * i], 1e-12, 0);
        assert_close(points[i].tpr, expected[3 * i + 1], 1e-12, 0);
        assert_close(points[i].threshold, expected[3 * i + 2], 0, 0);
    }
    pb_buffer_free(points);
}

static void detection_equals_scikit_learn(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        int64_t n, n_labels, n_metrics, n_roc;
        double *scores = numbered("metrics/detection.txt", "scores", i, &n);
        double *label_values = numbered("metrics/detection.txt", "labels", i, &n_labels);
        double *expected = numbered("metrics/detection.txt", "metrics", i, &n_metrics);
        double *roc = numbered("metrics/detection.txt", "roc", i, &n_roc);
        uint8_t *labels = as_bytes(label_values, n_labels);
        assert_int_equal(n, n_labels);
        assert_int_equal(n_metrics, 5);
        pb_detection_metrics got;
        double auroc;
        assert_ok(pb_metrics_detection(scores, labels, n, &got));
        assert_ok(pb_metrics_auroc(scores, labels, n, &auroc));
        const double values[5] = {got.auroc, got.ap, got.f1max, got.tpr_fpr1, got.tpr_fpr5};
        assert_all_close(values, expected, 5, 0, 1e-12);
        assert_true(auroc == got.auroc);
        check_roc(scores, labels, n, roc, n_roc);
        free(scores);
        free(label_values);
        free(expected);
        free(roc);
        free(labels);
    }
}

static void degenerate_scores_have_known_values(void **state)
{
    (void)state;
    const double equal[4] = {3, 3, 3, 3}, rising[4] = {1, 2, 3, 4};
    const uint8_t labels[4] = {0, 0, 0, 1};
    pb_detection_metrics got;
    assert_ok(pb_metrics_detection(equal, labels, 4, &got));
    assert_true(got.auroc == 0.5 && got.ap == 0.25 && got.f1max == 0.4);
    assert_true(got.tpr_fpr1 == 1 && got.tpr_fpr5 == 1);
    assert_ok(pb_metrics_detection(rising, labels, 4, &got));
    assert_true(got.auroc == 1 && got.ap == 1 && got.f1max == 1 && got.tpr_fpr1 == 1 && got.tpr_fpr5 == 1);
}

static void order_of_samples_does_not_matter(void **state)
{
    (void)state;
    test_rng rng = {7};
    double scores[101], permuted[101];
    uint8_t labels[101], permuted_labels[101];
    for (int i = 0; i < 101; i++) {
        scores[i] = (double)(test_rng_next(&rng) % 10);
        labels[i] = test_rng_next(&rng) % 3 == 0;
        permuted[(i * 13) % 101] = scores[i];
        permuted_labels[(i * 13) % 101] = labels[i];
    }
    pb_detection_metrics a, b;
    assert_ok(pb_metrics_detection(scores, labels, 101, &a));
    assert_ok(pb_metrics_detection(permuted, permuted_labels, 101, &b));
    assert_memory_equal(&a, &b, sizeof a);
}

static void bad_detection_input_is_refused(void **state)
{
    (void)state;
    double scores[3] = {1, 2, 3}, out;
    uint8_t labels[3] = {0, 1, 0};
    pb_detection_metrics metrics;
    pb_roc_point *points;
    int64_t n_points;
    assert_status(pb_metrics_auroc(scores, labels, 0, &out), PB_STATUS_BAD_SHAPE);
    assert_status(pb_metrics_auroc(scores, labels, 1, &out), PB_STATUS_BAD_SHAPE);
    scores[1] = (double)NAN;
    assert_status(pb_metrics_auroc(scores, labels, 3, &out), PB_STATUS_BAD_VALUE);
    assert_string_equal(pb_error_message(), "score 1 of 3 is nan: only finite numbers can be used");
    assert_status(pb_metrics_detection(scores, labels, 3, &metrics), PB_STATUS_BAD_VALUE);
    assert_status(pb_metrics_roc(scores, labels, 3, &points, &n_points), PB_STATUS_BAD_VALUE);
    scores[1] = (double)INFINITY;
    assert_status(pb_metrics_auroc(scores, labels, 3, &out), PB_STATUS_BAD_VALUE);
    scores[1] = 2;
    labels[1] = 0;
    assert_status(pb_metrics_detection(scores, labels, 3, &metrics), PB_STATUS_BAD_SHAPE);
    memset(labels, 1, sizeof labels);
    assert_status(pb_metrics_detection(scores, labels, 3, &metrics), PB_STATUS_BAD_SHAPE);
    labels[0] = 2;
    assert_status(pb_metrics_detection(scores, labels, 3, &metrics), PB_STATUS_BAD_VALUE);
}

static void percentiles_equal_numpy(void **state)
{
    (void)state;
    int64_t n_q, n, n_expected;
    double *q = golden_array("metrics/percentile.txt", "q", &n_q);
    for (int i = 0; i < 7; i++) {
        double *values = numbered("metrics/percentile.txt", "values", i, &n);
        double *expected = numbered("metrics/percentile.txt", "percentiles", i, &n_expected);
        assert_int_equal(n_expected, n_q);
        for (int64_t j = 0; j < n_q; j++) {
            double got;
            assert_ok(pb_percentile(values, n, q[j], &got));
            assert_close(got, expected[j], 0, 0); /* the same rounding, so that "above q" means the same patches */
        }
        free(values);
        free(expected);
    }
    free(q);
}

static void bad_percentiles_are_refused(void **state)
{
    (void)state;
    const double values[2] = {1, (double)NAN};
    double out;
    assert_status(pb_percentile(values, 1, -0.1, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_percentile(values, 1, 100.1, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_percentile(values, 1, (double)NAN, &out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_percentile(values, 0, 50, &out), PB_STATUS_BAD_SHAPE);
    assert_status(pb_percentile(values, 2, 50, &out), PB_STATUS_BAD_VALUE);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void selection_equals_sorting(void **state)
{
    (void)state;
    test_rng rng = {3};
    for (int round = 0; round < 300; round++) {
        double values[64], sorted[64];
        const int64_t n = 1 + (int64_t)(test_rng_next(&rng) % 64);
        const int64_t rank = (int64_t)(test_rng_next(&rng) % (uint64_t)n);
        for (int64_t i = 0; i < n; i++)
            sorted[i] = values[i] = round % 3 ? (double)(test_rng_next(&rng) % 7) : test_rng_uniform(&rng);
        qsort(sorted, (size_t)n, sizeof *sorted, ascending);
        assert_true(pb_order_statistic(values, n, rank) == sorted[rank]);
        for (int64_t i = 0; i < n; i++)
            assert_true(i < rank ? values[i] <= sorted[rank] : values[i] >= sorted[rank]);
        assert_true(pb_median(values, n) == (sorted[(n - 1) / 2] + sorted[n / 2]) / 2);
    }
}

static void selection_survives_bad_pivots(void **state)
{
    (void)state;
    enum { N = 20000 };
    double *values = malloc(N * sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < N; i++) /* organ pipe: both ends and the middle are extremes */
        values[i] = i < N / 2 ? i : N - 1 - i;
    assert_true(pb_order_statistic(values, N, N - 3) == N / 2 - 2);
    free(values);
}

static void zooms_equal_scipy(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        int64_t n, n_in, n_out;
        double *sizes = numbered("metrics/zoom.txt", "sizes", i, &n);
        double *values = numbered("metrics/zoom.txt", "values", i, &n_in);
        double *mask_values = numbered("metrics/zoom.txt", "mask", i, &n_in);
        double *linear = numbered("metrics/zoom.txt", "linear", i, &n_out);
        double *nearest = numbered("metrics/zoom.txt", "nearest", i, &n_out);
        const int32_t h = (int32_t)sizes[0], w = (int32_t)sizes[1], oh = (int32_t)sizes[2], ow = (int32_t)sizes[3];
        float *in = malloc((size_t)n_in * sizeof *in), *out = malloc((size_t)n_out * sizeof *out);
        uint8_t *mask = as_bytes(mask_values, n_in), *out_mask = malloc((size_t)n_out);
        assert_true(in && out && out_mask);
        for (int64_t j = 0; j < n_in; j++)
            in[j] = (float)values[j];
        assert_ok(pb_zoom_linear(in, h, w, out, oh, ow));
        assert_ok(pb_zoom_nearest(mask, h, w, out_mask, oh, ow));
        for (int64_t j = 0; j < n_out; j++) {
            assert_close((double)out[j], linear[j], 0, 0);
            assert_int_equal(out_mask[j], (int)nearest[j]);
        }
        free(sizes);
        free(values);
        free(mask_values);
        free(linear);
        free(nearest);
        free(in);
        free(out);
        free(mask);
        free(out_mask);
    }
}

static uint8_t *rule_mask(int32_t width, int32_t height)
{
    uint8_t *mask = malloc((size_t)width * (size_t)height);
    assert_non_null(mask);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++)
            mask[y * width + x] = (x / 9 + 3 * (y / 7)) % 11 < 2 ? 255 : 0; /* make.py's rule */
    return mask;
}

/* AUPRO is that of make.py's own float64 reference, and anomalib's as far as its float32 sums go. */
static void check_figures(const pb_pixel_metrics *metrics, int i)
{
    int64_t n;
    pb_pixel_figures found;
    double *expected = numbered("metrics/pixel.txt", "metrics", i, &n);
    double *anomalib = numbered("metrics/pixel.txt", "anomalib", i, &n);
    assert_ok(pb_pixel_metrics_result(metrics, &found));
    const double got[] = {found.auroc, found.ap, found.f1max, found.aupro_30, found.aupro_5, (double)found.n_regions};
    assert_all_close(got, expected, 6, 0, 1e-12);
    assert_close(found.aupro_30, anomalib[0], 1e-3, 0);
    assert_close(found.aupro_5, anomalib[1], 1e-3, 0);
    free(expected);
    free(anomalib);
}

static void pixel_metrics_equal_references(void **state)
{
    (void)state;
    pb_pixel_metrics *metrics;
    assert_ok(pb_pixel_metrics_new(&metrics));
    for (int i = 0; i < 5; i++) {
        int64_t n;
        double *sizes = numbered("metrics/pixel.txt", "sizes", i, &n);
        double *map = numbered("metrics/pixel.txt", "map", i, &n);
        const int32_t width = (int32_t)sizes[2], height = (int32_t)sizes[3];
        uint8_t *mask = width ? rule_mask(width, height) : NULL;
        assert_ok(pb_pixel_metrics_add(metrics, map, (int32_t)sizes[0], (int32_t)sizes[1], mask, width, height));
        if (i == 0 || i == 4)
            check_figures(metrics, i);
        free(sizes);
        free(map);
        free(mask);
    }
    pb_pixel_metrics_free(metrics);
}

static void pixel_metrics_refuse_bad_input(void **state)
{
    (void)state;
    pb_pixel_metrics *metrics;
    const double map[4] = {1, 2, 3, (double)NAN}, huge = 1e300;
    const uint8_t mask[1] = {1};
    pb_pixel_figures found;
    pb_pixel_metrics_free(NULL);
    assert_ok(pb_pixel_metrics_new(&metrics));
    assert_status(pb_pixel_metrics_result(metrics, &found), PB_STATUS_BAD_SHAPE);
    assert_status(pb_pixel_metrics_add(metrics, map, 2, 2, NULL, 0, 0), PB_STATUS_BAD_VALUE);
    assert_status(pb_pixel_metrics_add(metrics, &huge, 1, 1, NULL, 0, 0), PB_STATUS_BAD_VALUE);
    assert_status(pb_pixel_metrics_add(metrics, map, 0, 2, NULL, 0, 0), PB_STATUS_BAD_SHAPE);
    assert_status(pb_pixel_metrics_add(metrics, map, 1, 2, mask, 0, 1), PB_STATUS_BAD_SHAPE);
    assert_ok(pb_pixel_metrics_add(metrics, map, 1, 3, mask, 1, 1));
    assert_status(pb_pixel_metrics_result(metrics, &found), PB_STATUS_BAD_SHAPE); /* no good pixel */
    assert_ok(pb_pixel_metrics_add(metrics, map, 1, 1, NULL, 0, 0));
    assert_ok(pb_pixel_metrics_result(metrics, &found));
    /* 1 against 1..3: the mask's first columns tie, all others are higher */
    assert_true(found.auroc > 0.99 && found.auroc < 1 && found.ap > 0.99 && found.ap < 1);
    pb_pixel_metrics_free(metrics);
}

static void negative_zero_ties_with_zero(void **state)
{
    (void)state;
    pb_pixel_metrics *metrics;
    const double minus_zero = -0.0, zero = 0;
    const uint8_t mask[1] = {1};
    pb_pixel_figures found;
    assert_ok(pb_pixel_metrics_new(&metrics));
    assert_ok(pb_pixel_metrics_add(metrics, &minus_zero, 1, 1, mask, 1, 1));
    assert_ok(pb_pixel_metrics_add(metrics, &zero, 1, 1, NULL, 0, 0));
    assert_ok(pb_pixel_metrics_result(metrics, &found));
    assert_true(found.auroc == 0.5 && found.ap == 0.5);
    /* One step from (0, 0) to (1, 1): the area of a triangle. */
    /* 200 704 shares of the one region are added up, each rounded. */
    assert_close(found.aupro_30, 0.15, 1e-10, 0);
    assert_close(found.aupro_5, 0.025, 1e-10, 0);
    pb_pixel_metrics_free(metrics);
}

/* Numbers by spreading from each first pixel over all that touch it: slow, and the definition. */
static int32_t spread_regions(const uint8_t *mask, int32_t width, int32_t height, int32_t *out)
{
    int32_t n = 0;
    for (int32_t i = 0; i < width * height; i++)
        out[i] = -1;
    for (int32_t i = 0; i < width * height; i++) {
        bool grew = mask[i] && out[i] < 0;
        if (!grew)
            continue;
        out[i] = n;
        while (grew) {
            grew = false;
            for (int32_t y = 0; y < height; y++)
                for (int32_t x = 0; x < width; x++)
                    for (int32_t k = 0; k < 9 && mask[y * width + x] && out[y * width + x] < 0; k++) {
                        const int32_t v = y + k / 3 - 1, u = x + k % 3 - 1;
                        if (v >= 0 && v < height && u >= 0 && u < width && out[v * width + u] == n) {
                            out[y * width + x] = n;
                            grew = true;
                        }
                    }
        }
        n++;
    }
    return n;
}

static void regions_touch_by_edges_and_corners(void **state)
{
    (void)state;
    enum { SIDE = 23 };
    static const int32_t sizes[][2] = {{1, 1}, {SIDE, 1}, {1, SIDE}, {SIDE, SIDE}, {7, 20}};
    test_rng rng = {5};
    for (int i = 0; i < 60; i++) {
        uint8_t mask[SIDE * SIDE];
        int32_t got[SIDE * SIDE], expected[SIDE * SIDE], n;
        const int32_t width = sizes[i % 5][0], height = sizes[i % 5][1];
        for (int k = 0; k < width * height; k++)
            mask[k] = test_rng_uniform(&rng) < 0.05 * (i % 13 + 1);
        assert_ok(pb_label_regions(mask, width, height, got, &n));
        assert_int_equal(n, spread_regions(mask, width, height, expected));
        assert_memory_equal(got, expected, sizeof *got * (size_t)(width * height));
    }
}

/* A defect of one pixel in 1024 is lost at 448, where nothing samples it. */
static void large_grids_keep_small_defects(void **state)
{
    (void)state;
    enum { GRID = 128, PHOTO = 1024 };
    double *map = calloc(GRID * GRID, sizeof *map);
    uint8_t *mask = calloc(PHOTO, PHOTO);
    assert_true(map && mask);
    for (int y = 400; y < 403; y++)
        memset(mask + y * PHOTO + 514, 1, 1);
    map[50 * GRID + 64] = 1;
    pb_pixel_metrics *small, *large;
    pb_pixel_figures found;
    assert_ok(pb_pixel_metrics_new(&small));
    assert_ok(pb_pixel_metrics_new_for_grid(GRID, GRID, &large));
    assert_ok(pb_pixel_metrics_add(small, map, GRID, GRID, mask, PHOTO, PHOTO));
    assert_ok(pb_pixel_metrics_add(large, map, GRID, GRID, mask, PHOTO, PHOTO));
    assert_status(pb_pixel_metrics_result(small, &found), PB_STATUS_BAD_SHAPE);
    assert_ok(pb_pixel_metrics_result(large, &found));
    assert_int_equal(found.n_regions, 1);
    assert_true(found.aupro_5 > 0.9 && found.auroc > 0.99);
    pb_pixel_metrics_free(small);
    assert_status(pb_pixel_metrics_new_for_grid(1 << 30, 1 << 30, &small), PB_STATUS_LIMIT);
    assert_status(pb_pixel_metrics_new_for_grid(0, 1, &small), PB_STATUS_BAD_SHAPE);
    pb_pixel_metrics_free(large);
    free(map);
    free(mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(detection_equals_scikit_learn),
        cmocka_unit_test(degenerate_scores_have_known_values),
        cmocka_unit_test(order_of_samples_does_not_matter),
        cmocka_unit_test(bad_detection_input_is_refused),
        cmocka_unit_test(percentiles_equal_numpy),
        cmocka_unit_test(bad_percentiles_are_refused),
        cmocka_unit_test(selection_equals_sorting),
        cmocka_unit_test(selection_survives_bad_pivots),
        cmocka_unit_test(zooms_equal_scipy),
        cmocka_unit_test(pixel_metrics_equal_references),
        cmocka_unit_test(pixel_metrics_refuse_bad_input),
        cmocka_unit_test(negative_zero_ties_with_zero),
        cmocka_unit_test(regions_touch_by_edges_and_corners),
        cmocka_unit_test(large_grids_keep_small_defects),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
