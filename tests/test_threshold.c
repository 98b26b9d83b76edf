/* threshold: the t quantile, both prediction bounds, and whether they keep their promise. */
#include "golden_text.h"

#include "metrics/student_t.h"

static void t_quantiles_equal_scipy(void **state)
{
    (void)state;
    int64_t n_rates, n_degrees, n;
    double *rates = golden_array("threshold/threshold.txt", "rates", &n_rates);
    double *degrees = golden_array("threshold/threshold.txt", "degrees", &n_degrees);
    double *expected = golden_array("threshold/threshold.txt", "quantiles", &n);
    assert_int_equal(n, n_rates * n_degrees);
    for (int64_t d = 0; d < n_degrees; d++)
        for (int64_t r = 0; r < n_rates; r++) {
            const double got = pb_student_t_quantile(rates[r], (int64_t)degrees[d]);
            assert_close(got, expected[d * n_rates + r], 1e-10, rates[r] == 0.5 ? 1e-15 : 0);
        }
    free(rates);
    free(degrees);
    free(expected);
}

static void t_quantiles_have_closed_forms(void **state)
{
    (void)state;
    for (double p = 1e-9; p < 0.5; p *= 1.9) {
        /* 1 degree: Cauchy. 2 degrees: t = (1 - 2p) / sqrt(2p (1 - p)). */
        assert_close(pb_student_t_quantile(p, 1), 1 / tan(3.14159265358979323846 * p), 1e-12, 0);
        assert_close(pb_student_t_quantile(p, 2), (1 - 2 * p) / sqrt(2 * p * (1 - p)), 1e-12, 0);
    }
}

static void log_t_equals_its_formula(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        char name[16];
        int64_t n, n_fit;
        snprintf(name, sizeof name, "scores%d", i);
        double *scores = golden_array("threshold/threshold.txt", name, &n);
        snprintf(name, sizeof name, "fit%d", i);
        double *fit = golden_array("threshold/threshold.txt", name, &n_fit);
        pb_threshold threshold;
        assert_ok(pb_threshold_fit(scores, n, fit[0], &threshold));
        assert_close(threshold.value, fit[1], 1e-10, 0);
        assert_int_equal(threshold.method, PB_THRESHOLD_LOG_T);
        assert_false(pb_threshold_is_promised(&threshold));
        assert_true(threshold.false_alarm_rate == fit[0]);
        assert_int_equal(threshold.n, n);
        assert_close(threshold.guaranteed_rate, 1 / ((double)n + 1), 1e-15, 0);
        free(scores);
        free(fit);
    }
}

static void conformal_takes_the_right_order_statistic(void **state)
{
    (void)state;
    double scores[99];
    for (int i = 0; i < 99; i++)
        scores[(i * 40) % 99] = i + 1; /* 1..99, shuffled */
    pb_threshold threshold;
    const struct {
        int n;
        double rate, rank;
    } cases[] = {{99, 0.01, 99}, {99, 0.019, 99}, {99, 0.02, 98}, {99, 0.29, 71}, {99, 0.07, 93}, {99, 0.999, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(pb_threshold_fit(scores, cases[i].n, cases[i].rate, &threshold));
        assert_int_equal(threshold.method, PB_THRESHOLD_CONFORMAL);
        assert_true(pb_threshold_is_promised(&threshold));
        assert_true(threshold.value == cases[i].rank);
    }
    const double nine[9] = {5, 3, 9, 1, 2, 4, 6, 7, 8};
    assert_ok(pb_threshold_fit(nine, 9, 0.1, &threshold));
    assert_int_equal(threshold.method, PB_THRESHOLD_CONFORMAL);
    assert_true(threshold.value == 9);
    assert_ok(pb_threshold_fit(nine, 9, 0.0999, &threshold));
    assert_int_equal(threshold.method, PB_THRESHOLD_LOG_T);
    assert_false(pb_threshold_is_promised(&threshold));
}

static void degenerate_scores_are_handled(void **state)
{
    (void)state;
    pb_threshold threshold;
    const double equal[3] = {0.3, 0.3, 0.3}, zeroes[3] = {0, 0, 0.5};
    assert_ok(pb_threshold_fit(equal, 3, 0.01, &threshold));
    assert_true(threshold.value == 0.3);
    assert_ok(pb_threshold_fit(zeroes, 3, 0.25, &threshold));
    assert_true(threshold.value == 0.5);
    assert_status(pb_threshold_fit(zeroes, 3, 0.01, &threshold), PB_STATUS_BAD_VALUE);
    assert_non_null(strstr(pb_error_message(), "2 of 3 references score 0"));
    assert_non_null(strstr(pb_error_message(), "at least 0.25"));
    const double spread[2] = {1e-3, 1e3};
    assert_status(pb_threshold_fit(spread, 2, 1e-6, &threshold), PB_STATUS_BAD_ARGUMENT);
}

static void bad_threshold_input_is_refused(void **state)
{
    (void)state;
    pb_threshold threshold;
    double scores[3] = {1, 2, 3};
    assert_status(pb_threshold_fit(scores, 1, 0.01, &threshold), PB_STATUS_BAD_SHAPE);
    assert_status(pb_threshold_fit(scores, 3, 0, &threshold), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_threshold_fit(scores, 3, 1, &threshold), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_threshold_fit(scores, 3, (double)NAN, &threshold), PB_STATUS_BAD_ARGUMENT);
    scores[2] = -1;
    assert_status(pb_threshold_fit(scores, 3, 0.01, &threshold), PB_STATUS_BAD_VALUE);
    scores[2] = (double)INFINITY;
    assert_status(pb_threshold_fit(scores, 3, 0.01, &threshold), PB_STATUS_BAD_VALUE);
}

/* Box-Muller: the tails matter here, and test_rng_normal() has none. */
static double log_normal(test_rng *rng)
{
    const double radius = sqrt(-2 * log(1 - test_rng_uniform(rng)));
    return exp(0.3 * radius * cos(6.28318530717958647692 * test_rng_uniform(rng)));
}

static double heavy_tailed(test_rng *rng)
{
    return 1 / (1 - test_rng_uniform(rng)); /* Pareto of index 1: not even a mean */
}

/* How often the next good part fails, over many sets of n references. */
static double false_alarm_rate(double (*draw)(test_rng *), int n, double asked, int trials)
{
    test_rng rng = {(uint64_t)n};
    int alarms = 0;
    for (int i = 0; i < trials; i++) {
        double scores[32];
        for (int j = 0; j < n; j++)
            scores[j] = draw(&rng);
        pb_threshold threshold;
        assert_ok(pb_threshold_fit(scores, n, asked, &threshold));
        alarms += draw(&rng) > threshold.value;
    }
    return alarms / (double)trials;
}

enum { TRIALS = 20000 };

/* Four standard deviations of a share p over TRIALS. */
static double slack(double p)
{
    return 4 * sqrt(p * (1 - p) / TRIALS);
}

static void log_t_keeps_the_rate_on_log_normal_scores(void **state)
{
    (void)state;
    const struct {
        int n;
        double asked;
    } cases[] = {{5, 0.1}, {5, 0.01}, {10, 0.05}, {10, 0.01}, {20, 0.02}, {20, 0.01}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double measured = false_alarm_rate(log_normal, cases[i].n, cases[i].asked, TRIALS);
        assert_close(measured, cases[i].asked, 0, slack(cases[i].asked));
    }
}

static void conformal_keeps_the_promise_without_assumptions(void **state)
{
    (void)state;
    const struct {
        int n;
        double asked, exact; /* floor(asked (n+1)) / (n+1) for continuous scores */
    } cases[] = {{5, 0.2, 1 / 6.0}, {10, 0.1, 1 / 11.0}, {20, 0.05, 1 / 21.0}, {20, 0.25, 5 / 21.0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double measured = false_alarm_rate(heavy_tailed, cases[i].n, cases[i].asked, TRIALS);
        assert_close(measured, cases[i].exact, 0, slack(cases[i].exact));
        assert_true(cases[i].exact <= cases[i].asked);
    }
}

/* As banks have them: a name that is written is the one that is read, and another says nothing about the rate. */
static void methods_keep_their_names(void **state)
{
    (void)state;
    assert_string_equal(pb_threshold_method_name(PB_THRESHOLD_CONFORMAL), "conformal");
    assert_string_equal(pb_threshold_method_name(PB_THRESHOLD_LOG_T), "log-t");
    for (pb_threshold_method m = PB_THRESHOLD_CONFORMAL; m <= PB_THRESHOLD_LOG_T; m++)
        assert_int_equal(pb_threshold_method_of(pb_threshold_method_name(m)), m);
    assert_int_equal(pb_threshold_method_of("guess"), PB_THRESHOLD_UNKNOWN);
    const pb_threshold guessed = {.value = 1, .false_alarm_rate = 0.1, .n = 20};
    double bound;
    assert_false(pb_threshold_is_promised(&guessed));
    assert_status(pb_threshold_rate_bound(&guessed, 0.9, &bound), PB_STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_quantiles_equal_scipy),
        cmocka_unit_test(t_quantiles_have_closed_forms),
        cmocka_unit_test(log_t_equals_its_formula),
        cmocka_unit_test(conformal_takes_the_right_order_statistic),
        cmocka_unit_test(degenerate_scores_are_handled),
        cmocka_unit_test(bad_threshold_input_is_refused),
        cmocka_unit_test(log_t_keeps_the_rate_on_log_normal_scores),
        cmocka_unit_test(conformal_keeps_the_promise_without_assumptions),
        cmocka_unit_test(methods_keep_their_names),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
