/* What the filter chooses by itself, on this CPU and as one with AVX2 alone (the test runs as both), and rows at the edge of what it can round. */
#include "index_data.h"

#include "search/index.h"

static void contraction_is_chosen_where_it_pays(void **state)
{
    (void)state;
    enum { N = 6000, QUERIES = 40, DIM = 256, K = 5 };
    const data_kind kinds[] = {FALLING_SPECTRUM, NORMAL};
    answer expected = answer_new(QUERIES * K), actual = answer_new(QUERIES * K);
    for (int i = 0; i < 2; i++) {
        float *rows = make_rows(kinds[i], N, DIM, 7), *queries = make_rows(kinds[i], QUERIES, DIM, 8);
        pb_index *index;
        assert_ok(pb_index_new(rows, N, DIM, PB_METRIC_EUCLIDEAN, &index));
        assert_int_equal(pb_index_plan(index).coarse > 0, kinds[i] == FALLING_SPECTRUM);
        assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected.distances, expected.indices));
        for (int threads = 1; threads <= 3; threads++) {
            assert_ok(pb_threads_set(threads));
            for (int64_t q = 0; q < QUERIES; q += threads == 2 ? 7 : QUERIES) {
                const int64_t n = threads == 2 && QUERIES - q > 7 ? 7 : QUERIES - q;
                assert_ok(
                    pb_index_search(index, queries + q * DIM, n, K, actual.distances + q * K, actual.indices + q * K));
            }
            assert_same(expected, actual, QUERIES * K, "chosen");
        }
        assert_ok(pb_threads_set(0));
        pb_index_free(index);
        free(rows);
        free(queries);
    }
    answer_free(expected);
    answer_free(actual);
}

static void precision_is_chosen_and_recorded(void **state)
{
    (void)state;
    float *rows = make_rows(NORMAL, 300, 8, 7);
    pb_index *index;
    assert_ok(pb_index_new_with(rows, 300, 8, PB_METRIC_EUCLIDEAN, &(pb_filter_plan){0}, &index));
    assert_int_equal(pb_index_plan(index).precision, PB_PRECISION_F32);
    pb_index_free(index);
    assert_ok(pb_index_new(rows, 300, 8, PB_METRIC_EUCLIDEAN, &index));
    assert_int_equal(pb_index_plan(index).precision, PB_PRECISION_F32); /* too few channels for int8 to pay */
    pb_index_free(index);
    free(rows);
}

/* All channels in bytes, on every CPU that multiplies some: they cost less there, and rows of this kind let few pass. */
static void bytes_are_chosen_where_the_cpu_has_them(void **state)
{
    (void)state;
    enum { N = 2000, DIM = 600 };
    float *rows = make_rows(NORMAL, N, DIM, 7);
    pb_precision bytes;
    pb_index *index;
    assert_ok(pb_frame_bytes(DIM, &bytes));
    assert_ok(pb_index_new(rows, N, DIM, PB_METRIC_EUCLIDEAN, &index));
    assert_int_equal(pb_index_plan(index).coarse, 0);
    assert_int_equal(pb_index_plan(index).precision, bytes);
    pb_index_free(index);
    free(rows);
}

/* The first channel of every so many rows: so large that some of them are too far out to round, and some just not. */
static void put_at_the_edge(float *rows, int64_t n, int64_t dim, int64_t step, double edge)
{
    test_rng rng = {3};
    for (int64_t i = 0; i < n; i += step)
        rows[i * dim] = (float)(edge * (0.9 + 0.2 * test_rng_uniform(&rng)));
}

static void check_edge(const pb_filter_plan *plan, int64_t dim)
{
    enum { N = 1500, QUERIES = 64, K = 5, STEP = 23 };
    float *rows = make_rows(NORMAL, N, dim, 7), *queries = make_rows(NORMAL, QUERIES, dim, 8);
    answer expected = answer_new(QUERIES * K), actual = answer_new(QUERIES * K);
    pb_index *index;
    assert_ok(pb_index_new_with(rows, N, dim, PB_METRIC_EUCLIDEAN, plan, &index));
    const double edge = ldexp(1, 30 + index->searched.frame.exponent) / sqrt((double)dim);
    pb_index_free(index);
    put_at_the_edge(rows, N, dim, STEP, edge);
    put_at_the_edge(queries, QUERIES, dim, 1, edge);
    assert_ok(pb_index_new_with(rows, N, dim, PB_METRIC_EUCLIDEAN, plan, &index));
    assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected.distances, expected.indices));
    assert_ok(pb_index_search(index, queries, QUERIES, K, actual.distances, actual.indices));
    assert_same(expected, actual, QUERIES * K, pb_precision_name(plan->precision));
    pb_index_free(index);
    answer_free(expected);
    answer_free(actual);
    free(rows);
    free(queries);
}

static void rows_at_the_edge_of_what_can_be_rounded(void **state)
{
    (void)state;
    static const int64_t dims[] = {24, 51, 105, 213};
    for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
        for (int precision = 0; precision < PB_PRECISIONS; precision++)
            for (int64_t coarse = 0; coarse <= 8; coarse += 8)
                check_edge(&(pb_filter_plan){.precision = (pb_precision)precision, .coarse = coarse}, dims[d]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contraction_is_chosen_where_it_pays),
        cmocka_unit_test(precision_is_chosen_and_recorded),
        cmocka_unit_test(bytes_are_chosen_where_the_cpu_has_them),
        cmocka_unit_test(rows_at_the_edge_of_what_can_be_rounded),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
