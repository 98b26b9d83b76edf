/* Exact search: what cannot be searched is refused, and named. */
#include "support.h"

#include <math.h>

#include <purebank/index.h>

static float *make_rows(int64_t n, int64_t dim, uint64_t seed)
{
    test_rng rng = {seed};
    float *rows = malloc((size_t)(n * dim) * sizeof *rows);
    assert_non_null(rows);
    for (int64_t i = 0; i < n * dim; i++)
        rows[i] = (float)test_rng_normal(&rng);
    return rows;
}

static void bad_values_are_named(void **state)
{
    (void)state;
    float *rows = make_rows(600, 20, 7), *queries = make_rows(300, 20, 8);
    double distances[300];
    pb_index *index = NULL;
    rows[555 * 20 + 19] = NAN;
    assert_status(pb_index_new(rows, 600, 20, PB_METRIC_EUCLIDEAN, &index), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "row 555, channel 19 is nan"));
    rows[555 * 20 + 19] = -INFINITY;
    assert_status(pb_index_new(rows, 600, 20, PB_METRIC_COSINE, &index), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "row 555, channel 19 is -inf"));
    assert_null(index);
    rows[555 * 20 + 19] = 1;
    assert_ok(pb_index_new(rows, 600, 20, PB_METRIC_EUCLIDEAN, &index));
    queries[299 * 20] = INFINITY;
    assert_status(pb_index_search(index, queries, 300, 1, distances, NULL), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "query 299, channel 0 is inf"));
    assert_status(pb_index_search_reference(index, queries, 300, 1, distances, NULL), PB_STATUS_BAD_VALUE);
    pb_index_free(index);
    free(rows);
    free(queries);
}

static void bad_questions_are_refused(void **state)
{
    (void)state;
    const float rows[6] = {1, 2, 3, 4, 5, 6};
    pb_index *index = NULL;
    double distances[4];
    assert_status(pb_index_new(rows, 0, 3, PB_METRIC_EUCLIDEAN, &index), PB_STATUS_BAD_SHAPE);
    assert_status(pb_index_new(rows, 2, 0, PB_METRIC_EUCLIDEAN, &index), PB_STATUS_BAD_SHAPE);
    assert_status(pb_index_new(rows, INT64_MAX / 2, 3, PB_METRIC_EUCLIDEAN, &index), PB_STATUS_LIMIT);
    assert_null(index);
    assert_ok(pb_index_new(rows, 2, 3, PB_METRIC_EUCLIDEAN, &index));
    assert_status(pb_index_search(index, rows, 1, 0, distances, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_index_search(index, rows, 1, 3, distances, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_index_search(index, rows, -1, 1, distances, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_index_search(index, rows, 0, 1, NULL, NULL));
    assert_ok(pb_index_search(index, rows, 1, 1, NULL, NULL));
    pb_index_free(index);
    pb_index_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
