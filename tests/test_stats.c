/* The tests of a study's analysis: equal to SciPy, scikit-posthocs, statsmodels and NumPy (golden values from
 * tests/golden/stats/make.py). */
#include "golden_text.h"

#include <purebank/metrics.h>
#include <purebank/runtime.h>
#include <purebank/stats.h>

#include "analysis/distributions.h"
#include "base/pcg64.h"

enum { N_TABLES = 12, N_DIFFERENCES = 32, N_EFFECTS = 6, N_HOLM = 5, N_SEEDS = 9, N_BOOTSTRAPS = 9 };

static double *numbered(const char *file, const char *name, int i, int64_t *n)
{
    char full[64];
    snprintf(full, sizeof full, "%s%d", name, i);
    return golden_array(file, full, n);
}

/* Equal, or both NaN. */
static void assert_same(double value, double expected, double relative, double absolute)
{
    if (isnan(expected) ? !isnan(value) : !is_close(value, expected, relative, absolute))
        fail_msg("%.17g instead of %.17g", value, expected);
}

/* ---- Friedman, Nemenyi -------------------------------------------------------------------------------------------- */

static void friedman_and_ranks_are_those_of_scipy(void **state)
{
    (void)state;
    for (int i = 0; i < N_TABLES; i++) {
        int64_t n;
        double *shape = numbered("stats/tests.txt", "shape", i, &n),
               *table = numbered("stats/tests.txt", "table", i, &n);
        double *expected = numbered("stats/tests.txt", "friedman", i, &n);
        double *ranks = numbered("stats/tests.txt", "ranks", i, &n);
        double mean_ranks[32];
        pb_friedman friedman;
        assert_ok(pb_stats_friedman(table, (int64_t)shape[0], (int64_t)shape[1], mean_ranks, &friedman));
        /* The formula cancels: chi2 is the difference of terms of the size 3 n (k + 1). */
        assert_same(friedman.chi2, expected[0], 1e-12, 1e-11);
        assert_same(friedman.p, expected[1], 1e-9, 1e-300);
        assert_all_close(mean_ranks, ranks, n, 1e-14, 0);
        free(shape);
        free(table);
        free(expected);
        free(ranks);
    }
}

static void nemenyi_is_that_of_scikit_posthocs(void **state)
{
    (void)state;
    for (int i = 0; i < N_TABLES; i++) {
        int64_t n, k;
        double *shape = numbered("stats/tests.txt", "shape", i, &n),
               *ranks = numbered("stats/tests.txt", "ranks", i, &k);
        double *expected = numbered("stats/tests.txt", "nemenyi", i, &n),
               *cd = numbered("stats/tests.txt", "cd", i, &n);
        double p[32 * 32], difference;
        assert_ok(pb_stats_nemenyi(ranks, (int64_t)shape[0], k, p));
        /* SciPy integrates to about 1e-8; against more digits see the_studentised_range_is_exact(). */
        for (int64_t j = 0; j < k * k; j++)
            assert_close(p[j], expected[j], 1e-4, 1e-6);
        assert_ok(pb_stats_nemenyi_cd((int64_t)shape[0], k, 0.05, &difference));
        assert_close(difference, cd[0], 1e-6, 0);
        free(shape);
        free(ranks);
        free(expected);
        free(cd);
    }
}

static void the_studentised_range_is_exact(void **state)
{
    (void)state;
    int64_t n;
    double *points = golden_array("stats/distributions.txt", "range_points", &n);
    double *tails = golden_array("stats/distributions.txt", "range_tails", &n);
    assert_true(n >= 45);
    for (int64_t i = 0; i < n; i++)
        assert_close(pb_stats_studentized_range(points[2 * i], (int64_t)points[2 * i + 1]), tails[i], 1e-11, 0);
    assert_close(pb_stats_studentized_range(0, 5), 1, 0, 0);
    assert_close(pb_stats_studentized_range(1000, 5), 0, 0, 0);
    for (double q = 0; q < 50; q += 0.37)
        assert_true(pb_stats_studentized_range(q + 0.37, 9) < pb_stats_studentized_range(q, 9));
    free(points);
    free(tails);
}

/* Demsar 2006, table 5. */
static void critical_differences_are_the_published_ones(void **state)
{
    (void)state;
    static const double q_05[] = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
    static const double q_10[] = {1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920};
    for (int k = 2; k <= 10; k++) {
        double cd;
        const double error = sqrt(k * (k + 1) / 6.0);
        assert_ok(pb_stats_nemenyi_cd(1, k, 0.05, &cd));
        assert_close(cd / error, q_05[k - 2], 0, 0.0011);
        assert_ok(pb_stats_nemenyi_cd(1, k, 0.10, &cd));
        assert_close(cd / error, q_10[k - 2], 0, 0.0011);
    }
}

static void chi_squared_tails_are_exact(void **state)
{
    (void)state;
    int64_t n;
    double *points = golden_array("stats/distributions.txt", "chi2_points", &n);
    double *tails = golden_array("stats/distributions.txt", "chi2_tails", &n);
    assert_true(n >= 60);
    for (int64_t i = 0; i < n; i++)
        assert_close(pb_chi2_tail(points[2 * i], (int64_t)points[2 * i + 1]), tails[i], 1e-12, 0);
    assert_close(pb_chi2_tail(0, 4), 1, 0, 0);
    free(points);
    free(tails);
}

/* ---- Wilcoxon, Holm, effects -------------------------------------------------------------------------------------- */

static void wilcoxon_is_that_of_scipy(void **state)
{
    (void)state;
    for (int i = 0; i < N_DIFFERENCES; i++) {
        int64_t n, n_expected;
        double *d = numbered("stats/tests.txt", "differences", i, &n);
        double *expected = numbered("stats/tests.txt", "wilcoxon", i, &n_expected);
        pb_wilcoxon wilcoxon;
        /* SciPy takes one tail as 1 minus the other, which costs small p values their last digits. */
        assert_ok(pb_stats_wilcoxon(d, n, PB_WILCOXON_AUTO, &wilcoxon));
        assert_same(wilcoxon.w, expected[0], 0, 0);
        assert_same(wilcoxon.p, expected[1], 1e-12, 1e-15);
        assert_ok(pb_stats_wilcoxon(d, n, PB_WILCOXON_NORMAL, &wilcoxon));
        assert_same(wilcoxon.p, expected[2], 1e-12, 1e-15);
        assert_ok(pb_stats_wilcoxon(d, n, PB_WILCOXON_EXACT, &wilcoxon));
        assert_same(wilcoxon.p, expected[3], 1e-12, 1e-15);
        free(d);
        free(expected);
    }
}

static void wilcoxon_chooses_as_scipy_does(void **state)
{
    (void)state;
    double d[60];
    pb_wilcoxon wilcoxon;
    for (int i = 0; i < 60; i++)
        d[i] = i % 3 ? i + 1 : -i - 1;
    const struct {
        int64_t n;
        double first;
        pb_wilcoxon_method method;
    } cases[] = {{50, 1, PB_WILCOXON_EXACT},       {51, 1, PB_WILCOXON_NORMAL}, {13, 0, PB_WILCOXON_PERMUTATION},
                 {13, 2, PB_WILCOXON_PERMUTATION}, {14, 0, PB_WILCOXON_NORMAL}, {14, 2, PB_WILCOXON_NORMAL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        d[0] = cases[i].first; /* 0: a zero; 2: a tie */
        assert_ok(pb_stats_wilcoxon(d, cases[i].n, PB_WILCOXON_AUTO, &wilcoxon));
        assert_string_equal(pb_wilcoxon_method_name(wilcoxon.method), pb_wilcoxon_method_name(cases[i].method));
        assert_int_equal(wilcoxon.n_zeros, d[0] == 0);
    }
}

static void holm_is_that_of_statsmodels(void **state)
{
    (void)state;
    for (int i = 0; i < N_HOLM; i++) {
        int64_t n;
        double *p = numbered("stats/tests.txt", "p", i, &n), *expected = numbered("stats/tests.txt", "holm", i, &n);
        double adjusted[32];
        assert_ok(pb_stats_holm(p, n, adjusted));
        assert_all_close(adjusted, expected, n, 1e-15, 0);
        assert_ok(pb_stats_holm(p, n, p)); /* in place */
        assert_all_close(p, expected, n, 1e-15, 0);
        free(p);
        free(expected);
    }
    double with_nan[] = {0.01, (double)NAN, 0.04};
    assert_ok(pb_stats_holm(with_nan, 3, with_nan));
    assert_close(with_nan[0], 0.02, 1e-15, 0);
    assert_true(isnan(with_nan[1]));
    assert_close(with_nan[2], 0.04, 1e-15, 0);
}

static void effects_are_those_of_pairs(void **state)
{
    (void)state;
    for (int i = 0; i < N_EFFECTS; i++) {
        int64_t n, m, two;
        double *x = numbered("stats/tests.txt", "x", i, &n), *y = numbered("stats/tests.txt", "y", i, &m);
        double *expected = numbered("stats/tests.txt", "effect", i, &two), a12, delta;
        assert_ok(pb_stats_a12(x, n, y, m, &a12));
        assert_ok(pb_stats_cliffs_delta(x, n, y, m, &delta));
        assert_close(a12, expected[0], 1e-14, 0);
        assert_close(delta, expected[1], 1e-14, 1e-15);
        free(x);
        free(y);
        free(expected);
    }
    assert_string_equal(pb_stats_effect(-0.1469), "negligible");
    assert_string_equal(pb_stats_effect(0.147), "small");
    assert_string_equal(pb_stats_effect(-0.33), "medium");
    assert_string_equal(pb_stats_effect(0.4739), "medium");
    assert_string_equal(pb_stats_effect(-0.474), "large");
}

/* ---- NumPy's generator -------------------------------------------------------------------------------------------- */

static void pcg64_gives_the_bits_of_numpy(void **state)
{
    (void)state;
    static const int64_t ranges[] = {2, 3, 1, 6, 35, 1000, INT64_C(2147483649), UINT32_MAX, INT64_C(1) << 32, 7};
    for (int i = 0; i < N_SEEDS; i++) {
        int64_t n;
        double *seed = numbered("stats/random.txt", "seed", i, &n),
               *words = numbered("stats/random.txt", "words", i, &n);
        pb_pcg64 random;
        pb_pcg64_seed(&random, (uint64_t)seed[0] << 32 | (uint64_t)seed[1]);
        for (int64_t w = 0; w < n; w += 2)
            assert_true(pb_pcg64_bits(&random) == ((uint64_t)words[w] << 32 | (uint64_t)words[w + 1]));
        pb_pcg64_seed(&random, (uint64_t)seed[0] << 32 | (uint64_t)seed[1]);
        for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
            char name[64];
            snprintf(name, sizeof name, "below%d_%lld", i, (long long)ranges[r]);
            double *below = golden_array("stats/random.txt", name, &n);
            for (int64_t j = 0; j < n; j++)
                assert_int_equal(pb_pcg64_below(&random, ranges[r]), (int64_t)below[j]);
            free(below);
        }
        free(seed);
        free(words);
    }
}

static void bootstrap_intervals_are_those_of_numpy_to_the_bit(void **state)
{
    (void)state;
    for (int i = 0; i < N_BOOTSTRAPS; i++) {
        int64_t n, three;
        double *values = numbered("stats/bootstrap.txt", "values", i, &n), low, high;
        double *expected = numbered("stats/bootstrap.txt", "interval", i, &three);
        assert_ok(pb_stats_bootstrap(values, n, (uint64_t)expected[0], 10000, 0.95, &low, &high));
        assert_close(low, expected[1], 0, 0);
        assert_close(high, expected[2], 0, 0);
        free(values);
        free(expected);
    }
}

/* ---- What is refused ---------------------------------------------------------------------------------------------- */

static void bad_input_is_refused(void **state)
{
    (void)state;
    double values[] = {1, 2, (double)NAN, 4, 5, 6}, out[9], low, high;
    pb_friedman friedman;
    pb_wilcoxon wilcoxon;
    assert_status(pb_stats_friedman(values, 2, 3, out, &friedman), PB_STATUS_BAD_VALUE);
    assert_status(pb_stats_wilcoxon(values, 3, PB_WILCOXON_AUTO, &wilcoxon), PB_STATUS_BAD_VALUE);
    assert_status(pb_stats_bootstrap(values, 3, 42, 10, 0.95, &low, &high), PB_STATUS_BAD_VALUE);
    values[2] = 3;
    assert_status(pb_stats_friedman(values, 3, 2, out, &friedman), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_friedman(values, 0, 3, out, &friedman), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_wilcoxon(values, 0, PB_WILCOXON_AUTO, &wilcoxon), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_nemenyi(values, 5, 1, out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_nemenyi_cd(5, 3, 1, out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_bootstrap(values, 3, 42, 0, 0.95, &low, &high), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_bootstrap(values, 3, 42, 10, 1, &low, &high), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_stats_cliffs_delta(values, 0, values, 3, out), PB_STATUS_BAD_ARGUMENT);
    values[0] = 1.5;
    assert_status(pb_stats_holm(values, 1, out), PB_STATUS_BAD_ARGUMENT);
}

static int has_had_enough(void *context)
{
    return ++*(int *)context > 2;
}

/* Long calls ask on the way whether anybody still wants to know. */
static void long_statistics_can_be_ended(void **state)
{
    (void)state;
    enum { N = 5000 };
    static double x[N], p[100 * 100];
    double low, high;
    int asked = 0;
    for (int i = 0; i < N; i++)
        x[i] = i % 100;
    pb_cancel_set(has_had_enough, &asked);
    assert_status(pb_stats_bootstrap(x, N, 42, 10000000, 0.95, &low, &high), PB_STATUS_CANCELLED);
    asked = 0;
    assert_status(pb_stats_cliffs_delta(x, N, x, N, &low), PB_STATUS_OK); /* it is short: asked twice */
    asked = 0;
    assert_status(pb_stats_nemenyi(x, 10, 100, p), PB_STATUS_CANCELLED);
    pb_cancel_set(NULL, NULL);
}

/* A sort of many values is a long call, too. */
static void long_sorts_can_be_ended(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    double *x = malloc(N * sizeof *x), *out = malloc(N * sizeof *out), value;
    uint8_t *labels = calloc(N, 1);
    pb_wilcoxon wilcoxon;
    int asked = 0;
    assert_true(x && out && labels);
    for (int64_t i = 0; i < N; i++)
        x[i] = (double)((i * 7919 + 13) % N) / N;
    labels[0] = 1;
    pb_cancel_set(has_had_enough, &asked);
    assert_status(pb_stats_wilcoxon(x, N, PB_WILCOXON_AUTO, &wilcoxon), PB_STATUS_CANCELLED);
    asked = 0;
    assert_status(pb_stats_holm(x, N, out), PB_STATUS_CANCELLED);
    asked = 0;
    assert_status(pb_metrics_auroc(x, labels, N, &value), PB_STATUS_CANCELLED);
    pb_cancel_set(NULL, NULL);
    free(x);
    free(out);
    free(labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(friedman_and_ranks_are_those_of_scipy),
        cmocka_unit_test(nemenyi_is_that_of_scikit_posthocs),
        cmocka_unit_test(the_studentised_range_is_exact),
        cmocka_unit_test(critical_differences_are_the_published_ones),
        cmocka_unit_test(chi_squared_tails_are_exact),
        cmocka_unit_test(wilcoxon_is_that_of_scipy),
        cmocka_unit_test(wilcoxon_chooses_as_scipy_does),
        cmocka_unit_test(holm_is_that_of_statsmodels),
        cmocka_unit_test(effects_are_those_of_pairs),
        cmocka_unit_test(pcg64_gives_the_bits_of_numpy),
        cmocka_unit_test(bootstrap_intervals_are_those_of_numpy_to_the_bit),
        cmocka_unit_test(long_statistics_can_be_ended),
        cmocka_unit_test(long_sorts_can_be_ended),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
