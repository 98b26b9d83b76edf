/* Exact search: pb_index_search() is brute force in float64, to the bit, whatever the data. */
#include "index_data.h"

#include "base/cpu.h"
#include "search/index.h"
#include "search/scan.h"

typedef struct problem {
    data_kind kind;
    pb_metric metric;
    pb_filter_plan plan;
    int64_t n, n_queries, dim, k;
} problem;

static void check(problem p)
{
    char what[200];
    snprintf(what, sizeof what, "%s, %s, %s, %d rows, %d queries, %d channels, k %d", kind_names[p.kind],
             p.metric == PB_METRIC_COSINE ? "cosine" : "Euclidean", pb_precision_name(p.plan.precision), (int)p.n,
             (int)p.n_queries, (int)p.dim, (int)p.k);
    float *rows = make_rows(p.kind, p.n, p.dim, 7);
    float *queries = make_queries(p.kind, rows, p.n, p.n_queries, p.dim);
    const int64_t count = p.n_queries * p.k;
    answer expected = answer_new(count), actual = answer_new(count);
    pb_index *index;
    assert_ok(pb_index_new_with(rows, p.n, p.dim, p.metric, &p.plan, &index));
    assert_ok(pb_index_search_reference(index, queries, p.n_queries, p.k, expected.distances, expected.indices));
    assert_ok(pb_index_search(index, queries, p.n_queries, p.k, actual.distances, actual.indices));
    assert_same(expected, actual, count, what);
    pb_index_free(index);
    answer_free(expected);
    answer_free(actual);
    free(rows);
    free(queries);
}

static void check_both(problem p)
{
    for (int metric = 0; metric <= PB_METRIC_COSINE; metric++)
        for (int precision = 0; precision < PB_PRECISIONS; precision++) {
            p.metric = (pb_metric)metric;
            p.plan.precision = (pb_precision)precision;
            check(p);
        }
}

static void every_kind_of_data(void **state)
{
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        check_both((problem){.kind = (data_kind)kind, .n = 700, .n_queries = 40, .dim = 64, .k = 5});
        check_both((problem){.kind = (data_kind)kind, .n = 150, .n_queries = 20, .dim = 35, .k = 1});
    }
    /* More queries than a tile of all channels takes, on more rows than such a tile is multiplied with at a time. */
    check((problem){.kind = NORMAL, .n = 5000, .n_queries = 810, .dim = 9, .k = 5});
}

/* Coordinates multiplied and compared: as few and as many as there can be, and what lies between. */
static const struct {
    int64_t coarse, fine;
    bool fine_bytes;
} contractions[] = {{2, 0, false},
                    {2, 17, false},
                    {16, 48, false},
                    {64, PB_CONTRACTION_MAX_SIZE, false},
                    {2, 17, true},
                    {16, 48, true},
                    {64, PB_CONTRACTION_MAX_SIZE, true}};

static void check_contracted(problem p)
{
    for (size_t i = 0; i < sizeof contractions / sizeof *contractions; i++) {
        p.plan = (pb_filter_plan){
            .coarse = contractions[i].coarse, .fine = contractions[i].fine, .fine_bytes = contractions[i].fine_bytes};
        check_both(p);
    }
}

static void contracted_every_kind_of_data(void **state)
{
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++)
        check_contracted((problem){.kind = (data_kind)kind, .n = 100, .n_queries = 15, .dim = 70, .k = 5});
}

/* Fewer rows or channels than coordinates; one row, one channel; all rows asked for; more blocks than one. */
static void contracted_every_shape(void **state)
{
    (void)state;
    const int64_t dims[] = {1, 3, 33, 257}, rows[] = {1, 3, 40};
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
        for (size_t j = 0; j < sizeof rows / sizeof *rows; j++)
            check_contracted((problem){.kind = j == 1 ? INTEGERS : NORMAL,
                                       .n = rows[j],
                                       .n_queries = 5,
                                       .dim = dims[i],
                                       .k = i % 2 == 0 ? rows[j] : 1});
    check_contracted((problem){.kind = FALLING_SPECTRUM, .n = 1300, .n_queries = 270, .dim = 50, .k = 5});
    check_contracted((problem){.kind = DUPLICATES, .n = 1100, .n_queries = 9, .dim = 20, .k = 1099});
    check_contracted((problem){.kind = ALL_EQUAL, .n = 1100, .n_queries = 9, .dim = 20, .k = 700});
}

/* All, where fewer are found than were asked for, which is an error. */
static int64_t count_wrong(const pb_filter_plan *plan)
{
    enum { N = 12000, QUERIES = 100, DIM = 60, K = 5 };
    float *rows = make_rows(FALLING_SPECTRUM, N, DIM, 7), *queries = make_rows(FALLING_SPECTRUM, QUERIES, DIM, 8);
    answer expected = answer_new(QUERIES * K), actual = answer_new(QUERIES * K);
    pb_index *index;
    int64_t wrong = 0;
    assert_ok(pb_threads_set(1)); /* one range of blocks: what comes after the first of them depends on the limit */
    assert_ok(pb_index_new_with(rows, N, DIM, PB_METRIC_EUCLIDEAN, plan, &index));
    assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected.distances, expected.indices));
    const pb_status status = pb_index_search(index, queries, QUERIES, K, actual.distances, actual.indices);
    if (status != PB_STATUS_INTERNAL)
        assert_ok(status);
    for (int64_t i = 0; i < QUERIES * K; i++)
        wrong += status == PB_STATUS_INTERNAL || actual.indices[i] != expected.indices[i];
    assert_ok(pb_threads_set(0));
    pb_index_free(index);
    answer_free(expected);
    answer_free(actual);
    free(rows);
    free(queries);
    return wrong;
}

/* These tests see a bound that is a little too tight, in the products, in the comparisons of contractions, of rows in bytes and of rows alone. */
static void a_fault_in_the_bound_shows(void **state)
{
    (void)state;
    const struct {
        pb_filter_plan plan;
        pb_stage stage;
    } faults[] = {{{.precision = PB_PRECISION_F32}, PB_STAGE_PRODUCTS},
                  {{.coarse = 40}, PB_STAGE_PRODUCTS},
                  {{.precision = PB_PRECISION_INT8, .coarse = 40}, PB_STAGE_PRODUCTS},
                  {{.precision = PB_PRECISION_INT7, .coarse = 40}, PB_STAGE_PRODUCTS},
                  {{.precision = PB_PRECISION_INT7}, PB_STAGE_PRODUCTS},
                  {{.precision = PB_PRECISION_INT7}, PB_STAGE_BYTES},
                  {{.coarse = 2, .fine = 40}, PB_STAGE_FINE},
                  {{.coarse = 2, .fine = 40, .fine_bytes = true}, PB_STAGE_FINE},
                  {{.precision = PB_PRECISION_F32}, PB_STAGE_ROWS},
                  {{.coarse = 2, .fine = 40}, PB_STAGE_BYTES},
                  {{.coarse = 2, .fine = 40}, PB_STAGE_ROWS}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        pb_filter_plan plan = faults[i].plan;
        bool available;
        assert_ok(pb_frame_has(plan.precision, 60, &available));
        if (!available) /* floats then, which have no rows in bytes */
            continue;
        assert_int_equal(count_wrong(&plan), 0);
        plan.fault[faults[i].stage] = 0.05;
        if (count_wrong(&plan) == 0)
            fail_msg("case %d: a bound that is 5 %% too tight loses nothing", (int)i);
    }
}

static void every_dimension(void **state)
{
    (void)state;
    const int64_t dims[] = {1, 2, 3, 15, 16, 31, 32, 33, 35, 37, 63, 64, 65, 100, 1024};
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
        check_both((problem){.kind = NORMAL, .n = 300, .n_queries = 33, .dim = dims[i], .k = 5});
}

static void every_block_boundary(void **state)
{
    (void)state;
    const int64_t block = PB_INDEX_BLOCK_ROWS, tile = PB_INDEX_QUERY_TILE;
    const int64_t rows[] = {1, 2, 31, 32, 33, 64, block - 1, block, block + 1, 2 * block, 2 * block + 1, 17 * block};
    const int64_t queries[] = {0, 1, tile - 1, tile, tile + 1, 2 * tile + 1};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof queries / sizeof *queries; j++)
            check_both((problem){
                .kind = INTEGERS, .n = rows[i], .n_queries = queries[j], .dim = 16, .k = rows[i] < 5 ? rows[i] : 5});
}

static void k_up_to_n(void **state)
{
    (void)state;
    const int64_t ks[] = {1, 2, 5, 100, 255, 256, 257, 511, 512, 513, 599, 600};
    for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
        check_both((problem){.kind = NORMAL, .n = 600, .n_queries = 9, .dim = 24, .k = ks[i]});
        check_both((problem){.kind = DUPLICATES, .n = 600, .n_queries = 9, .dim = 24, .k = ks[i]});
    }
}

/* Ties by index and an order of its own: the reference itself, against sums in another order and long double. */
static void reference_is_brute_force(void **state)
{
    (void)state;
    enum { N = 200, DIM = 37, K = 200 };
    float *rows = make_rows(INTEGERS, N, DIM, 5); /* small integers: every sum is exact, ties are many */
    answer a = answer_new((int64_t)N * K);
    pb_index *index;
    assert_ok(pb_index_new(rows, N, DIM, PB_METRIC_EUCLIDEAN, &index));
    assert_ok(pb_index_search_reference(index, rows, N, K, a.distances, a.indices));
    for (int q = 0; q < N; q++) {
        char seen[N] = {0};
        for (int i = 0; i < K; i++) {
            const int64_t j = a.indices[q * K + i];
            const double distance = a.distances[q * K + i];
            assert_in_range(j, 0, N - 1);
            assert_false(seen[j]++);
            long double sum = 0;
            for (int c = DIM - 1; c >= 0; c--)
                sum += ((long double)rows[q * DIM + c] - (long double)rows[j * DIM + c]) *
                       ((long double)rows[q * DIM + c] - (long double)rows[j * DIM + c]);
            assert_true(distance == sqrt((double)sum));
            if (i > 0) {
                const double before = a.distances[q * K + i - 1];
                assert_true(before < distance || (before == distance && a.indices[q * K + i - 1] < j));
            }
        }
    }
    pb_index_free(index);
    answer_free(a);
    free(rows);
}

static void distance_is_what_it_says(void **state)
{
    (void)state;
    float *rows = make_rows(NORMAL, 40, 100, 3);
    for (int i = 0; i < 40; i++)
        for (int j = 0; j < 40; j++) {
            const float *a = rows + i * 100, *b = rows + j * 100;
            long double square = 0, dot = 0, aa = 0, bb = 0;
            for (int c = 0; c < 100; c++) {
                square += ((long double)a[c] - (long double)b[c]) * ((long double)a[c] - (long double)b[c]);
                dot += (long double)a[c] * (long double)b[c];
                aa += (long double)a[c] * (long double)a[c];
                bb += (long double)b[c] * (long double)b[c];
            }
            /* 100 terms at 1.1e-16 each, and sums that stay near their result. */
            const double euclidean = pb_index_distance(a, b, 100, PB_METRIC_EUCLIDEAN);
            assert_true(fabs(euclidean - (double)sqrtl(square)) <= 1e-14 * euclidean);
            const double cosine = pb_index_distance(a, b, 100, PB_METRIC_COSINE);
            assert_true(fabs(cosine - (double)(1 - dot / (sqrtl(aa) * sqrtl(bb)))) <= 1e-14);
            assert_true(i != j || (euclidean == 0 && cosine == 0));
        }
    free(rows);
}

static void equal_vectors_are_at_distance_zero(void **state)
{
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int metric = 0; metric <= PB_METRIC_COSINE; metric++) {
            float *rows = make_rows((data_kind)kind, 90, 53, 11);
            double distances[90];
            pb_index *index;
            assert_ok(pb_index_new(rows, 90, 53, (pb_metric)metric, &index));
            assert_ok(pb_index_search(index, rows, 90, 1, distances, NULL));
            for (int i = 0; i < 90; i++)
                assert_true(distances[i] == 0);
            pb_index_free(index);
            free(rows);
        }
}

static void zero_vectors_under_cosine(void **state)
{
    (void)state;
    const float zero[2] = {0, 0}, x[2] = {3, -4}, y[2] = {-3, 4}, tiny[2] = {1e-45f, 0};
    assert_true(pb_index_distance(zero, x, 2, PB_METRIC_COSINE) == 1);
    assert_true(pb_index_distance(tiny, zero, 2, PB_METRIC_COSINE) == 1);
    assert_true(pb_index_distance(zero, zero, 2, PB_METRIC_COSINE) == 0);
    assert_true(pb_index_distance(x, y, 2, PB_METRIC_COSINE) == 2);
    assert_true(pb_index_distance(tiny, tiny, 2, PB_METRIC_COSINE) == 0);
}

static void threads_and_batches_do_not_matter(void **state)
{
    (void)state;
    enum { N = 1500, QUERIES = 300, DIM = 70, K = 5 };
    float *rows = make_rows(NEAR_DUPLICATES, N, DIM, 7);
    float *queries = make_queries(NEAR_DUPLICATES, rows, N, QUERIES, DIM);
    answer expected = answer_new(QUERIES * K), actual = answer_new(QUERIES * K);
    for (int metric = 0; metric <= PB_METRIC_COSINE; metric++) {
        pb_index *index;
        assert_ok(pb_threads_set(1));
        assert_ok(pb_index_new(rows, N, DIM, (pb_metric)metric, &index));
        assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected.distances, expected.indices));
        for (int threads = 1; threads <= 4; threads++) {
            assert_ok(pb_threads_set(threads));
            assert_ok(pb_index_search(index, queries, QUERIES, K, actual.distances, actual.indices));
            assert_same(expected, actual, QUERIES * K, "one batch");
            const int64_t batches[] = {37, 128};
            for (int b = 0; b < 2; b++) {
                for (int64_t first = 0; first < QUERIES; first += batches[b]) {
                    const int64_t n = QUERIES - first < batches[b] ? QUERIES - first : batches[b];
                    assert_ok(pb_index_search(index, queries + first * DIM, n, K, actual.distances + first * K,
                                              actual.indices + first * K));
                }
                assert_same(expected, actual, QUERIES * K, "batches");
            }
            for (int64_t q = 0; q < 9; q++)
                assert_ok(
                    pb_index_search(index, queries + q * DIM, 1, K, actual.distances + q * K, actual.indices + q * K));
            assert_same(expected, actual, 9 * K, "single queries");
        }
        pb_index_free(index);
    }
    assert_ok(pb_threads_set(0));
    answer_free(expected);
    answer_free(actual);
    free(rows);
    free(queries);
}

/* Kernels for older CPUs fix the same lanes: answers have the same bits. */
static void instruction_sets_do_not_matter(void **state)
{
    (void)state;
    enum { N = 900, QUERIES = 60, DIM = 83, K = 7 };
    float *rows = make_rows(NEAR_DUPLICATES, N, DIM, 7);
    float *queries = make_queries(NEAR_DUPLICATES, rows, N, QUERIES, DIM);
    answer expected = answer_new(QUERIES * K), actual = answer_new(QUERIES * K);
    const pb_cpu_level best = pb_cpu_get_level();
    for (int metric = 0; metric <= PB_METRIC_COSINE; metric++)
        for (int level = (int)best; level >= PB_CPU_BASELINE; level--) {
            pb_index *index;
            assert_int_equal(pb_cpu_limit_level((pb_cpu_level)level), level);
            assert_ok(pb_index_new(rows, N, DIM, (pb_metric)metric, &index));
            if (level == (int)best)
                assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected.distances, expected.indices));
            assert_ok(pb_index_search(index, queries, QUERIES, K, actual.distances, actual.indices));
            assert_same(expected, actual, QUERIES * K, pb_cpu_level_name((pb_cpu_level)level));
            pb_index_free(index);
        }
    assert_int_equal(pb_cpu_limit_level(PB_CPU_V4), best);
    answer_free(expected);
    answer_free(actual);
    free(rows);
    free(queries);
}

/* A query of another scale altogether must still find its neighbours. */
static void queries_far_from_the_rows(void **state)
{
    (void)state;
    const data_kind kinds[] = {NORMAL, TINY, HUGE_NORMS, LARGEST_FLOATS, DENORMAL, ALL_ZERO, ALL_EQUAL};
    enum { N = 600, DIM = 48, K = 4, QUERIES = 20, KINDS = sizeof kinds / sizeof *kinds };
    answer expected = answer_new(QUERIES * K), actual = answer_new(QUERIES * K);
    for (int r = 0; r < KINDS; r++)
        for (int q = 0; q < KINDS; q++)
            for (int precision = 0; precision < PB_PRECISIONS; precision++) {
                float *rows = make_rows(kinds[r], N, DIM, 7), *queries = make_rows(kinds[q], QUERIES, DIM, 8);
                pb_index *index;
                const pb_filter_plan wanted = {.precision = (pb_precision)precision};
                assert_ok(pb_index_new_with(rows, N, DIM, PB_METRIC_EUCLIDEAN, &wanted, &index));
                assert_ok(pb_index_search_reference(index, queries, QUERIES, K, expected.distances, expected.indices));
                assert_ok(pb_index_search(index, queries, QUERIES, K, actual.distances, actual.indices));
                assert_same(expected, actual, QUERIES * K, kind_names[kinds[q]]);
                pb_index_free(index);
                free(rows);
                free(queries);
            }
    answer_free(expected);
    answer_free(actual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_is_what_it_says),
        cmocka_unit_test(zero_vectors_under_cosine),
        cmocka_unit_test(equal_vectors_are_at_distance_zero),
        cmocka_unit_test(reference_is_brute_force),
        cmocka_unit_test(every_kind_of_data),
        cmocka_unit_test(contracted_every_kind_of_data),
        cmocka_unit_test(contracted_every_shape),
        cmocka_unit_test(a_fault_in_the_bound_shows),
        cmocka_unit_test(every_dimension),
        cmocka_unit_test(every_block_boundary),
        cmocka_unit_test(k_up_to_n),
        cmocka_unit_test(queries_far_from_the_rows),
        cmocka_unit_test(threads_and_batches_do_not_matter),
        cmocka_unit_test(instruction_sets_do_not_matter),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
