/* Coresets: greedy k-center by float64 distances, whatever the data and the number of threads. */
#include "support.h"

#include <float.h>
#include <math.h>

#include <purebank/coreset.h>
#include <purebank/index.h>

#include "base/cpu.h"

typedef enum data_kind {
    NORMAL,
    FALLING,
    DUPLICATES,
    CONSTANT,
    EQUAL,
    HUGE_NORMS,
    LARGEST,
    TINY,
    OUTLIERS,
    N_KINDS
} data_kind;

static const char *const kind_names[N_KINDS] = {"normal",    "falling spectrum", "duplicates",     "constant channels",
                                                "all equal", "huge norms",       "largest floats", "tiny",
                                                "outliers"};

static float *make_rows(data_kind kind, int64_t n, int64_t dim)
{
    test_rng rng = {(uint64_t)kind + 3};
    float *rows = malloc((size_t)(n * dim) * sizeof *rows);
    assert_non_null(rows);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < dim; c++) {
            const double x = test_rng_normal(&rng);
            double value = x;
            if (kind == FALLING)
                value = x / (1 + (double)(c * c) / 16) + sin((double)c);
            else if (kind == CONSTANT)
                value = c % 3 == 0 ? x : 7;
            else if (kind == EQUAL)
                value = sin((double)c);
            else if (kind == HUGE_NORMS)
                value = 1e15 * x;
            else if (kind == LARGEST)
                value = x * (double)FLT_MAX / 8;
            else if (kind == TINY)
                value = 1e-30 * x;
            else if (kind == OUTLIERS && i % 40 == 11)
                value = 1e20 * x;
            rows[i * dim + c] = (float)value;
        }
    for (int64_t i = 7; kind == DUPLICATES && i < n; i++)
        memcpy(rows + i * dim, rows + i % 7 * dim, (size_t)dim * sizeof *rows);
    return rows;
}

/* The definition, one distance at a time. */
static void select_by_definition(const float *rows, int64_t n, int64_t dim, int64_t wanted, int64_t *selected)
{
    double *nearest = malloc((size_t)n * sizeof *nearest);
    char *taken = calloc((size_t)n + 1, 1);
    assert_non_null(nearest);
    assert_non_null(taken);
    for (int64_t i = 0; i < n; i++)
        nearest[i] = (double)INFINITY;
    int64_t centre = 0;
    for (int64_t s = 0; s < wanted; s++) {
        selected[s] = centre;
        taken[centre] = 1;
        int64_t next = -1;
        for (int64_t i = 0; i < n; i++) {
            nearest[i] =
                fmin(nearest[i], pb_index_distance(rows + i * dim, rows + centre * dim, dim, PB_METRIC_EUCLIDEAN));
            if (!taken[i] && (next < 0 || nearest[i] > nearest[next]))
                next = i;
        }
        centre = next < 0 ? 0 : next; /* none is left: the loop ends */
    }
    free(nearest);
    free(taken);
}

static void check(data_kind kind, int64_t n, int64_t dim, int64_t wanted)
{
    float *rows = make_rows(kind, n, dim);
    int64_t *expected = calloc((size_t)wanted, sizeof *expected), *actual = calloc((size_t)wanted, sizeof *actual);
    assert_non_null(expected);
    assert_non_null(actual);
    select_by_definition(rows, n, dim, wanted, expected);
    assert_ok(pb_coreset_select(rows, n, dim, wanted, NULL, actual));
    for (int64_t s = 0; s < wanted; s++)
        if (actual[s] != expected[s])
            fail_msg("%s, %d x %d: number %d is row %d instead of row %d", kind_names[kind], (int)n, (int)dim, (int)s,
                     (int)actual[s], (int)expected[s]);
    free(rows);
    free(expected);
    free(actual);
}

static void selects_by_the_definition(void **state)
{
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        check((data_kind)kind, 300, 130, 100); /* contracted */
        check((data_kind)kind, 150, 35, 150);  /* too few channels for that; all rows */
    }
    check(FALLING, 2500, 200, 300); /* more blocks than one */
}

static void every_size(void **state)
{
    (void)state;
    const int64_t rows[] = {1, 2, 1023, 1024, 1025};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(NORMAL, rows[i], 1, 1);
        check(NORMAL, rows[i], 129, rows[i] < 20 ? rows[i] : 20);
    }
}

static void threads_and_instruction_sets_do_not_matter(void **state)
{
    (void)state;
    const pb_cpu_level best = pb_cpu_get_level();
    for (int level = (int)best; level >= PB_CPU_BASELINE; level--) {
        assert_int_equal(pb_cpu_limit_level((pb_cpu_level)level), level);
        for (int threads = 1; threads <= 3; threads++) {
            assert_ok(pb_threads_set(threads));
            check(FALLING, 2100, 150, 60);
        }
    }
    assert_int_equal(pb_cpu_limit_level(PB_CPU_V4), best);
    assert_ok(pb_threads_set(0));
}

/* No row is farther from the coreset than the last one selected was from those before it. */
static void the_coreset_covers_the_rows(void **state)
{
    (void)state;
    enum { N = 1500, DIM = 140, WANTED = 150 };
    float *rows = make_rows(FALLING, N, DIM);
    int64_t selected[WANTED];
    double last = (double)INFINITY;
    assert_ok(pb_coreset_select(rows, N, DIM, WANTED, NULL, selected));
    for (int64_t s = 0; s + 1 < WANTED; s++)
        last = fmin(last, pb_index_distance(rows + selected[s] * DIM, rows + selected[WANTED - 1] * DIM, DIM,
                                            PB_METRIC_EUCLIDEAN));
    for (int64_t i = 0; i < N; i++) {
        double nearest = (double)INFINITY;
        for (int64_t s = 0; s < WANTED; s++)
            nearest =
                fmin(nearest, pb_index_distance(rows + i * DIM, rows + selected[s] * DIM, DIM, PB_METRIC_EUCLIDEAN));
        assert_true(nearest <= last);
    }
    free(rows);
}

static void bad_questions_are_refused(void **state)
{
    (void)state;
    float rows[6] = {1, 2, 3, 4, 5, 6};
    int64_t selected[3];
    assert_status(pb_coreset_select(rows, 0, 2, 1, NULL, selected), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_coreset_select(rows, 3, 2, 0, NULL, selected), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_coreset_select(rows, 3, 2, 4, NULL, selected), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_coreset_select(rows, INT64_MAX / 2, 3, 1, NULL, selected), PB_STATUS_LIMIT);
    rows[5] = NAN;
    assert_status(pb_coreset_select(rows, 3, 2, 1, NULL, selected), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "row 2, channel 1 is nan"));
}

static int stop_at_once(void *context, int64_t done, int64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    return 1;
}

static void a_selection_can_be_stopped(void **state)
{
    (void)state;
    float *rows = make_rows(NORMAL, 50, 3);
    int64_t selected[20];
    const pb_progress progress = {stop_at_once, NULL};
    assert_status(pb_coreset_select(rows, 50, 3, 20, &progress, selected), PB_STATUS_CANCELLED);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selects_by_the_definition),
        cmocka_unit_test(every_size),
        cmocka_unit_test(threads_and_instruction_sets_do_not_matter),
        cmocka_unit_test(the_coreset_covers_the_rows),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(a_selection_can_be_stopped),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
