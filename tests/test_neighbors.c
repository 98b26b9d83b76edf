/* Leave-one-out neighbours: scores equal brute force to the bit, whatever the data, the mask and the depth. */
#include "support.h"

#include <math.h>

#include "io/features.h"
#include "search/neighbors.h"

typedef struct problem {
    int64_t n_images, n_patches, dim, depth, k;
    pb_metric metric;
    pb_filter_plan plan;
    double duplicates; /* share of the patches that repeat another one */
    double kept;       /* share of the patches kept; 1: no mask */
} problem;

static pb_features features_of(const float *data, int64_t n_images, int64_t n_patches, int64_t dim)
{
    return (pb_features){.n_images = n_images,
                         .n_patches = n_patches,
                         .dim = dim,
                         .grid_height = 1,
                         .grid_width = (int32_t)n_patches,
                         .data = data};
}

static float *make_rows(const problem *p)
{
    test_rng rng = {(uint64_t)(p->n_images * 1000 + p->n_patches)};
    const int64_t n = p->n_images * p->n_patches;
    float *rows = malloc((size_t)(n * p->dim) * sizeof *rows);
    assert_non_null(rows);
    for (int64_t i = 0; i < n; i++) {
        const int64_t original = (int64_t)(test_rng_uniform(&rng) * (double)(i + 1));
        const int repeat = test_rng_uniform(&rng) < p->duplicates;
        for (int64_t c = 0; c < p->dim; c++)
            rows[i * p->dim + c] = repeat && original < i ? rows[original * p->dim + c]
                                                          : (float)(3 * sin((double)(c * c)) + test_rng_normal(&rng));
    }
    return rows;
}

static uint8_t *make_mask(const problem *p)
{
    if (p->kept >= 1)
        return NULL;
    test_rng rng = {17};
    const int64_t n = p->n_images * p->n_patches;
    uint8_t *keep = calloc((size_t)n, 1);
    assert_non_null(keep);
    for (int64_t i = 0; i < n; i++)
        keep[i] = test_rng_uniform(&rng) < p->kept;
    for (int64_t i = 0; i < n; i += p->n_patches) /* enough for any k here */
        memset(keep + i, 1, (size_t)(p->k < p->n_patches ? p->k : p->n_patches));
    return keep;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean of the k smallest distances to the kept patches of other images; *nearest is the first with the
 * smallest. */
static double brute_force(const problem *p, const float *rows, const uint8_t *keep, int64_t i, int64_t *nearest)
{
    const int64_t n = p->n_images * p->n_patches;
    double *distances = malloc((size_t)n * sizeof *distances), smallest = (double)INFINITY, sum = 0;
    assert_non_null(distances);
    int64_t count = 0;
    for (int64_t j = 0; j < n; j++) {
        if (j / p->n_patches == i / p->n_patches || (keep && !keep[j]))
            continue;
        const double d = pb_index_distance(rows + i * p->dim, rows + j * p->dim, p->dim, p->metric);
        if (d < smallest) {
            smallest = d;
            *nearest = j;
        }
        distances[count++] = d;
    }
    assert_true(count >= p->k);
    qsort(distances, (size_t)count, sizeof *distances, by_value);
    for (int64_t a = 0; a < p->k; a++)
        sum += distances[a];
    free(distances);
    return sum / (double)p->k;
}

static void check(problem p)
{
    const int64_t n = p.n_images * p.n_patches;
    float *rows = make_rows(&p);
    uint8_t *keep = make_mask(&p);
    const pb_features features = features_of(rows, p.n_images, p.n_patches, p.dim);
    double *scores = calloc((size_t)n, sizeof *scores);
    assert_non_null(scores);
    pb_neighbors *neighbors;
    assert_ok(pb_neighbors_new_with(&features, p.metric, p.depth, &p.plan, NULL, &neighbors));
    assert_ok(pb_neighbors_scores(neighbors, p.k, keep, scores));
    for (int64_t i = 0; i < n; i++) {
        int64_t expected_nearest = -1, image = -1, patch = -1;
        const double expected = brute_force(&p, rows, keep, i, &expected_nearest);
        assert_ok(pb_neighbors_nearest(neighbors, i / p.n_patches, i % p.n_patches, keep, &image, &patch));
        if (!(scores[i] == expected) || image * p.n_patches + patch != expected_nearest)
            fail_msg("%d images of %d patches, %d channels, depth %d, k %d, metric %d, precision %d, kept "
                     "%g: patch %d "
                     "scores %.17g, not %.17g; nearest %d, not %d",
                     (int)p.n_images, (int)p.n_patches, (int)p.dim, (int)p.depth, (int)p.k, (int)p.metric,
                     (int)p.plan.precision, p.kept, (int)i, scores[i], expected, (int)(image * p.n_patches + patch),
                     (int)expected_nearest);
    }
    pb_neighbors_free(neighbors);
    free(scores);
    free(keep);
    free(rows);
}

static void check_both(problem p)
{
    for (int metric = 0; metric <= PB_METRIC_COSINE; metric++)
        for (int precision = 0; precision < PB_PRECISIONS; precision++) {
            p.metric = (pb_metric)metric;
            p.plan = (pb_filter_plan){.precision = (pb_precision)precision};
            check(p);
            p.plan.coarse = 6;
            p.plan.fine = 20;
            check(p);
        }
}

static void scores_are_brute_force(void **state)
{
    (void)state;
    check_both((problem){.n_images = 2, .n_patches = 1, .dim = 1, .depth = 1, .k = 1, .kept = 1});
    check_both((problem){.n_images = 2, .n_patches = 40, .dim = 16, .depth = 5, .k = 5, .kept = 1});
    check_both((problem){.n_images = 5, .n_patches = 49, .dim = 35, .depth = 16, .k = 5, .kept = 1});
    check_both((problem){.n_images = 7, .n_patches = 64, .dim = 64, .depth = 5, .k = 1, .kept = 1});
    check_both((problem){.n_images = 3, .n_patches = 449, .dim = 20, .depth = 5, .k = 5, .kept = 1});
    check_both((problem){.n_images = 3, .n_patches = 448, .dim = 20, .depth = 5, .k = 5, .kept = 1});
}

static void duplicates_are_kept_apart(void **state)
{
    (void)state;
    check_both((problem){.n_images = 4, .n_patches = 100, .dim = 35, .depth = 8, .k = 5, .duplicates = .7, .kept = 1});
    check_both((problem){.n_images = 4, .n_patches = 100, .dim = 35, .depth = 8, .k = 5, .duplicates = 1, .kept = .5});
}

static void masks_that_exhaust_the_lists(void **state)
{
    (void)state;
    const double kept[] = {.9, .5, .1, 0};
    for (int i = 0; i < 4; i++) {
        check_both((problem){.n_images = 5, .n_patches = 81, .dim = 35, .depth = 5, .k = 5, .kept = kept[i]});
        check_both((problem){.n_images = 5, .n_patches = 81, .dim = 64, .depth = 16, .k = 3, .kept = kept[i]});
    }
}

static void lists_may_hold_everything(void **state)
{
    (void)state;
    check_both((problem){.n_images = 3, .n_patches = 30, .dim = 9, .depth = 60, .k = 60, .kept = 1});
    check_both((problem){.n_images = 3, .n_patches = 30, .dim = 9, .depth = 1000, .k = 7, .kept = .4});
}

static void deeper_questions_than_lists(void **state)
{
    (void)state;
    check_both((problem){.n_images = 3, .n_patches = 30, .dim = 9, .depth = 2, .k = 50, .kept = 1});
}

/* Images out of a larger set, in another order: neighbours, ties and all, are those of a search among them alone. */
static void check_around(const problem *p, int64_t own_depth)
{
    enum { CHOSEN = 4 };
    static const int64_t images[CHOSEN] = {5, 0, 3, 2};
    const int64_t values = p->n_patches * p->dim, n = CHOSEN * p->n_patches;
    float *rows = make_rows(p), *chosen = malloc((size_t)(CHOSEN * values) * sizeof *chosen);
    double *distances = malloc(2 * (size_t)(n * p->k) * sizeof *distances);
    int64_t *indices = malloc(2 * (size_t)(n * p->k) * sizeof *indices);
    assert_true(chosen && distances && indices);
    for (int64_t i = 0; i < CHOSEN; i++)
        memcpy(chosen + i * values, rows + images[i] * values, (size_t)values * sizeof *chosen);
    const pb_features features = features_of(rows, p->n_images, p->n_patches, p->dim);
    const pb_surroundings set = {images, CHOSEN, chosen};
    pb_neighbors *others, *own;
    pb_index *index;
    assert_ok(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, p->depth, NULL, &others));
    assert_ok(pb_neighbors_own_new(&features, own_depth, &own));
    assert_ok(pb_index_new(chosen, n, p->dim, PB_METRIC_EUCLIDEAN, &index));
    assert_ok(pb_search_others(index, chosen, NULL, n, p->k, distances, indices));
    assert_ok(pb_neighbors_around(others, own, &set, p->k, distances + n * p->k, indices + n * p->k));
    assert_memory_equal(distances, distances + n * p->k, (size_t)(n * p->k) * sizeof *distances);
    assert_memory_equal(indices, indices + n * p->k, (size_t)(n * p->k) * sizeof *indices);
    for (int64_t i = 0; i < n * p->k; i++)
        assert_true(indices[i] != i / p->k);
    pb_index_free(index);
    pb_neighbors_free(own);
    pb_neighbors_free(others);
    free(rows);
    free(chosen);
    free(distances);
    free(indices);
}

static void surroundings_are_those_of_a_search(void **state)
{
    (void)state;
    for (int64_t depth = 1; depth <= 64;
         depth *= 4) /* from lists that nearly always run out to such that hold everything */
        for (int duplicates = 0; duplicates < 3; duplicates++) {
            check_around(&(problem){6, 9, 5, depth, 4, PB_METRIC_EUCLIDEAN, {0}, 0.45 * duplicates, 1}, 5);
            check_around(&(problem){6, 9, 5, depth, 35, PB_METRIC_EUCLIDEAN, {0}, 0.45 * duplicates, 1}, 30);
            check_around(&(problem){6, 1, 5, depth, 3, PB_METRIC_EUCLIDEAN, {0}, 0.45 * duplicates, 1}, 5);
        }
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    problem p = {.n_images = 5, .n_patches = 500, .dim = 35, .depth = 6, .k = 5, .duplicates = .2, .kept = 1};
    float *rows = make_rows(&p);
    const pb_features features = features_of(rows, p.n_images, p.n_patches, p.dim);
    const size_t bytes = (size_t)(p.n_images * p.n_patches) * sizeof(double);
    double *scores[4];
    for (int threads = 1; threads <= 4; threads++) {
        pb_neighbors *neighbors;
        scores[threads - 1] = malloc(bytes);
        assert_non_null(scores[threads - 1]);
        assert_ok(pb_threads_set(threads));
        assert_ok(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, p.depth, NULL, &neighbors));
        assert_ok(pb_neighbors_scores(neighbors, p.k, NULL, scores[threads - 1]));
        pb_neighbors_free(neighbors);
        assert_memory_equal(scores[threads - 1], scores[0], bytes);
    }
    assert_ok(pb_threads_set(0));
    for (int i = 0; i < 4; i++)
        free(scores[i]);
    free(rows);
}

static int count_and_stop_at(void *context, int64_t done, int64_t total)
{
    int *calls = context;
    ++*calls;
    return done > 2 && total > 2;
}

static void progress_is_reported_and_can_cancel(void **state)
{
    (void)state;
    problem p = {.n_images = 8, .n_patches = 20, .dim = 5};
    float *rows = make_rows(&p);
    const pb_features features = features_of(rows, 8, 20, 5);
    int calls = 0;
    const pb_progress progress = {count_and_stop_at, &calls};
    pb_neighbors *neighbors = NULL;
    assert_status(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, 5, &progress, &neighbors), PB_STATUS_CANCELLED);
    assert_int_equal(calls, 3);
    assert_null(neighbors);
    free(rows);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    problem p = {.n_images = 3, .n_patches = 20, .dim = 5};
    float *rows = make_rows(&p);
    uint8_t keep[60] = {0};
    double scores[60];
    int64_t image, patch;
    pb_features features = features_of(rows, 1, 20, 5);
    pb_neighbors *neighbors = NULL;
    assert_status(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, 5, NULL, &neighbors), PB_STATUS_BAD_SHAPE);
    features.n_images = 3;
    assert_status(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, 0, NULL, &neighbors), PB_STATUS_BAD_ARGUMENT);
    const float before = rows[(2 * 20 + 3) * 5 + 4];
    rows[(2 * 20 + 3) * 5 + 4] = NAN;
    assert_status(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, 5, NULL, &neighbors), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "image 2, patch 3, channel 4 (counted from 0) is NaN"));
    assert_null(neighbors);
    rows[(2 * 20 + 3) * 5 + 4] = before;
    assert_ok(pb_neighbors_new(&features, PB_METRIC_EUCLIDEAN, 5, NULL, &neighbors));
    assert_status(pb_neighbors_scores(neighbors, 0, NULL, scores), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_neighbors_scores(neighbors, 41, NULL, scores), PB_STATUS_BAD_SHAPE);
    memset(keep, 1, 24); /* image 0 whole, 4 patches of image 1: image 0 finds fewer than 5 */
    assert_status(pb_neighbors_scores(neighbors, 5, keep, scores), PB_STATUS_BAD_SHAPE);
    assert_non_null(strstr(pb_error_message(), "4 patches for image 0"));
    assert_status(pb_neighbors_nearest(neighbors, 3, 0, NULL, &image, &patch), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_neighbors_nearest(neighbors, 0, 20, NULL, &image, &patch), PB_STATUS_BAD_ARGUMENT);
    memset(keep + 20, 0, 40);
    assert_status(pb_neighbors_nearest(neighbors, 0, 0, keep, &image, &patch), PB_STATUS_BAD_SHAPE);
    assert_ok(pb_neighbors_nearest(neighbors, 1, 0, keep, &image, &patch));
    assert_int_equal(image, 0);
    pb_neighbors_free(neighbors);
    pb_neighbors_free(NULL);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_brute_force),       cmocka_unit_test(duplicates_are_kept_apart),
        cmocka_unit_test(masks_that_exhaust_the_lists), cmocka_unit_test(lists_may_hold_everything),
        cmocka_unit_test(deeper_questions_than_lists),  cmocka_unit_test(surroundings_are_those_of_a_search),
        cmocka_unit_test(threads_do_not_matter),        cmocka_unit_test(progress_is_reported_and_can_cancel),
        cmocka_unit_test(bad_input_is_refused),         cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
