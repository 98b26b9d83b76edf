/* purify: the tests behind the adaptive methods, against SciPy and scikit-learn (tests/golden/methods/make.py). */
#include "golden_text.h"

#include "purify/mixture.h"
#include "purify/outliers.h"

enum { N_SETS = 35 };

/* What make.py writes of one set of image scores. */
typedef struct expectation {
    double skewness, grubbs, outlying, bic_1, bic_2, weight; /* skewness -99: undefined */
    double skewed, grubbs_rejects, two_groups, far_out;
} expectation;

static double *golden_set(int i, const char *kind, int64_t *n)
{
    char name[32];
    snprintf(name, sizeof name, "%s_%d", kind, i);
    return golden_array("methods/outliers.txt", name, n);
}

static expectation expected_of(int i)
{
    int64_t n;
    expectation e;
    double *values = golden_set(i, "statistics", &n);
    assert_int_equal(n * (int64_t)sizeof *values, sizeof e);
    memcpy(&e, values, sizeof e);
    free(values);
    return e;
}

static void statistics_equal_scipy(void **state)
{
    (void)state;
    for (int i = 0; i < N_SETS; i++) {
        int64_t n;
        double *values = golden_set(i, "values", &n);
        const expectation e = expected_of(i);
        if (e.skewness < -98)
            assert_true(isnan(pb_skewness(values, n)));
        else
            assert_close(pb_skewness(values, n), e.skewness, 1e-7, 1e-9);
        assert_close(pb_grubbs_statistic(values, n), e.grubbs, 1e-8, 0);
        assert_close(pb_mad_statistic(values, n), e.outlying, 1e-10, 1e-13);
        free(values);
    }
}

static void grubbs_limits_equal_scipy(void **state)
{
    (void)state;
    int64_t n;
    double *expected = golden_array("methods/outliers.txt", "grubbs_critical", &n);
    for (int64_t i = 0; i < n; i++)
        assert_close(pb_grubbs_critical(i + 3), expected[i], 1e-9, 0);
    assert_close(pb_grubbs_critical(10), 2.290, 0, 5e-4); /* Grubbs and Beck 1972, table 1 */
    free(expected);
}

/* Not the optimum of one randomly started k-means, but that of the best of 50: see make.py. */
static void mixtures_reach_the_optimum_of_scikit_learn(void **state)
{
    (void)state;
    for (int i = 0; i < N_SETS; i++) {
        int64_t n;
        double *values = golden_set(i, "values", &n);
        const expectation e = expected_of(i);
        pb_mixture one, two;
        assert_ok(pb_mixture_fit(values, n, 1, &one));
        assert_ok(pb_mixture_fit(values, n, 2, &two));
        if (n >= 4) {
            assert_close(one.bic, e.bic_1, 1e-9, 1e-9);
            assert_close(two.bic, e.bic_2, 1e-8, 1e-8);
            assert_close(two.weight[two.mean[1] > two.mean[0]], e.weight, 1e-7, 1e-9);
        }
        free(values);
    }
}

static void decisions_equal_the_reference(void **state)
{
    (void)state;
    int yes[4] = {0};
    for (int i = 0; i < N_SETS; i++) {
        int64_t n;
        double *values = golden_set(i, "values", &n);
        const expectation e = expected_of(i);
        const double expected[4] = {e.skewed, e.grubbs_rejects, e.two_groups, e.far_out};
        static const pb_outlier_test tests[4] = {pb_test_skewness, pb_test_grubbs, pb_test_mixture, pb_test_mad};
        for (int t = 0; t < 4; t++) {
            bool speaks_up;
            assert_ok(tests[t](values, n, &speaks_up));
            if (speaks_up != (expected[t] != 0))
                fail_msg("test %d of set %d says %d", t, i, speaks_up);
            yes[t] += speaks_up;
        }
        free(values);
    }
    for (int t = 0; t < 4; t++) /* the sets decide both ways */
        assert_true(yes[t] > 2 && yes[t] < N_SETS - 2);
}

static void few_or_equal_scores_raise_no_suspicion(void **state)
{
    (void)state;
    const double values[5] = {7, 7, 7, 7, 7}, pair[2] = {1, 100};
    static const pb_outlier_test tests[4] = {pb_test_skewness, pb_test_grubbs, pb_test_mixture, pb_test_mad};
    for (int t = 0; t < 4; t++) {
        bool speaks_up = true;
        assert_ok(tests[t](values, 5, &speaks_up));
        assert_false(speaks_up);
        assert_ok(tests[t](pair, 2, &speaks_up));
        assert_false(speaks_up);
    }
    pb_mixture mixture;
    assert_status(pb_mixture_fit(values, 5, 3, &mixture), PB_STATUS_BAD_ARGUMENT);
}

static void mixture_does_not_depend_on_the_order(void **state)
{
    (void)state;
    double values[12], reversed[12];
    test_rng rng = {4};
    for (int i = 0; i < 12; i++)
        values[i] = reversed[11 - i] = test_rng_normal(&rng) + (i < 3 ? 6 : 0);
    pb_mixture a, b;
    assert_ok(pb_mixture_fit(values, 12, 2, &a));
    assert_ok(pb_mixture_fit(reversed, 12, 2, &b));
    assert_memory_equal(&a, &b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_equal_scipy),
        cmocka_unit_test(grubbs_limits_equal_scipy),
        cmocka_unit_test(mixtures_reach_the_optimum_of_scikit_learn),
        cmocka_unit_test(decisions_equal_the_reference),
        cmocka_unit_test(few_or_equal_scores_raise_no_suspicion),
        cmocka_unit_test(mixture_does_not_depend_on_the_order),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
