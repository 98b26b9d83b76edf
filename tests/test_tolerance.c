/* tolerance: the noncentral t, the rate behind a bound, and whether the stated one holds as often as it says. */
#include "golden_text.h"

#include <math.h>

#include "metrics/student_t.h"
#include "metrics/tolerance.h"

static const char golden[] = "threshold/tolerance.txt";

static void noncentral_t_equals_its_definition(void **state)
{
    (void)state;
    int64_t n_cases, n;
    double *cases = golden_array(golden, "cases", &n_cases), *expected = golden_array(golden, "cdf", &n);
    assert_int_equal(n_cases, 3 * n);
    for (int64_t i = 0; i < n; i++) {
        const double *c = cases + 3 * i;
        /* 1e-8: the accuracy that the header states; the golden quadrature is good to 1e-12. */
        assert_close(pb_noncentral_t_cdf(c[0], (int64_t)c[1], c[2]), expected[i], 0, 1e-8);
    }
    free(cases);
    free(expected);
}

static void central_t_is_its_special_case(void **state)
{
    (void)state;
    for (int64_t degrees = 1; degrees < 200; degrees += 7)
        for (double tail = 0.4; tail > 1e-6; tail /= 3)
            assert_close(1 - pb_noncentral_t_cdf(pb_student_t_quantile(tail, degrees), degrees, 0), tail, 0, 1e-8);
}

static void rate_bounds_equal_scipy(void **state)
{
    (void)state;
    int64_t n_cases, n;
    double *cases = golden_array(golden, "normal", &n_cases), *expected = golden_array(golden, "normal_bounds", &n);
    for (int64_t i = 0; i < n; i++) {
        const double *c = cases + 3 * i;
        assert_close(pb_normal_rate_bound((int64_t)c[0], c[1], c[2]), expected[i], 1e-7, 1e-12);
    }
    free(cases);
    free(expected);
    cases = golden_array(golden, "order", &n_cases);
    expected = golden_array(golden, "order_bounds", &n);
    for (int64_t i = 0; i < n; i++) {
        const double *c = cases + 3 * i;
        assert_close(pb_order_rate_bound((int64_t)c[0], (int64_t)c[1], c[2]), expected[i], 1e-9, 0);
    }
    free(cases);
    free(expected);
}

/* Without a normal sample's help: with one above, the bound is the maximum, and P(rate <= x) = 1 - (1 - x)^n. */
static void the_maximum_has_a_closed_form(void **state)
{
    (void)state;
    for (int n = 1; n < 200; n += 13)
        assert_close(pb_order_rate_bound(n, 1, 0.9), 1 - pow(0.1, 1.0 / n), 1e-12, 0);
}

/* Box-Muller: test_rng_normal() has no tails. */
static double normal(test_rng *rng)
{
    const double radius = sqrt(-2 * log(1 - test_rng_uniform(rng)));
    return radius * cos(6.28318530717958647692 * test_rng_uniform(rng));
}

enum { STATIONS = 10000 };

/* At how many stations set up from n good parts is the true false-alarm rate at or below the stated bound? Scores are
 * log-normal, so that the true rate is known. */
static double coverage(int n, double asked, double confidence)
{
    test_rng rng = {(uint64_t)n};
    int held = 0;
    double stated = 0;
    for (int station = 0; station < STATIONS; station++) {
        double scores[64];
        pb_threshold threshold;
        for (int i = 0; i < n; i++)
            scores[i] = exp(0.3 * normal(&rng) - 1);
        assert_ok(pb_threshold_fit(scores, n, asked, &threshold));
        if (station == 0) /* it follows from n and the rates alone */
            assert_ok(pb_threshold_rate_bound(&threshold, confidence, &stated));
        const double true_rate = 0.5 * erfc((log(threshold.value) + 1) / 0.3 / sqrt(2));
        held += true_rate <= stated;
    }
    return held / (double)STATIONS;
}

static void stated_rates_hold_as_often_as_they_say(void **state)
{
    (void)state;
    const struct {
        int n;
        double asked, confidence;
    } cases[] = {{5, .01, .9}, {10, .01, .9}, {10, .01, .5}, {20, .01, .95},
                 {10, .1, .9}, {20, .05, .9}, {20, .25, .9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double confidence = cases[i].confidence;
        const double slack = 4 * sqrt(confidence * (1 - confidence) / STATIONS); /* four standard deviations */
        assert_close(coverage(cases[i].n, cases[i].asked, confidence), confidence, 0, slack);
    }
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    const double scores[3] = {1, 2, 3};
    double bound;
    pb_threshold threshold;
    assert_ok(pb_threshold_fit(scores, 3, 0.01, &threshold));
    assert_status(pb_threshold_rate_bound(&threshold, 0, &bound), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_threshold_rate_bound(&threshold, 1, &bound), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_threshold_rate_bound(&threshold, (double)NAN, &bound), PB_STATUS_BAD_ARGUMENT);
    threshold.method = PB_THRESHOLD_UNKNOWN;
    assert_status(pb_threshold_rate_bound(&threshold, 0.9, &bound), PB_STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noncentral_t_equals_its_definition),
        cmocka_unit_test(central_t_is_its_special_case),
        cmocka_unit_test(rate_bounds_equal_scipy),
        cmocka_unit_test(the_maximum_has_a_closed_form),
        cmocka_unit_test(stated_rates_hold_as_often_as_they_say),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
