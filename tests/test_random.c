/* base/random: the draws of NumPy's legacy RandomState, to the bit (tests/golden/random/make.py). */
#include "golden_text.h"

#include "base/random.h"

static const uint32_t seeds[] = {0, 1, 2, 3, 4, 7, 42, 1234, 5000, 9999, 4294967295};
static const int64_t choices[][2] = {{1, 1},   {2, 2},   {3, 1},   {10, 3},   {60, 10},  {209, 20},
                                     {255, 7}, {256, 7}, {257, 7}, {1024, 5}, {15680, 6}};
static const uint64_t bounds[] = {1, 2, 3, 5, 8, 9, 100, 1ull << 31, 4294967295u, 1ull << 32, 4294967297u, 1ull << 53};

enum { N_SEEDS = sizeof seeds / sizeof *seeds, N_CHOICES = sizeof choices / sizeof *choices };

/* The values of the array, equal to the bit. Frees nothing of `values`. */
static void assert_golden(const char *kind, uint32_t seed, const double *values, int64_t n)
{
    char name[64];
    int64_t n_expected;
    snprintf(name, sizeof name, "%s_%u", kind, (unsigned)seed);
    double *expected = golden_array("random/random.txt", name, &n_expected);
    assert_int_equal(n, n_expected);
    for (int64_t i = 0; i < n; i++)
        if (values[i] != expected[i])
            fail_msg("%s[%lld] is %.17g instead of %.17g", name, (long long)i, values[i], expected[i]);
    free(expected);
}

static void uniforms_are_those_of_numpy(void **state)
{
    (void)state;
    for (int s = 0; s < N_SEEDS; s++) {
        pb_random random;
        double values[1000];
        pb_random_seed(&random, seeds[s]);
        for (int i = 0; i < 1000; i++)
            values[i] = pb_random_uniform(&random);
        assert_golden("uniform", seeds[s], values, 5);
        assert_golden("late", seeds[s], values + 998, 2);
    }
}

static void choices_are_those_of_numpy(void **state)
{
    (void)state;
    for (int replace = 0; replace < 2; replace++)
        for (int s = 0; s < N_SEEDS; s++) {
            pb_random random;
            double values[100];
            int64_t n = 0, drawn[20];
            pb_random_seed(&random, seeds[s]);
            for (int c = 0; c < N_CHOICES; c++) {
                assert_ok(pb_random_choice(&random, choices[c][0], choices[c][1], replace, drawn));
                for (int64_t i = 0; i < choices[c][1]; i++)
                    values[n++] = (double)drawn[i];
            }
            assert_golden(replace ? "replace" : "choice", seeds[s], values, n);
        }
}

static void bounded_integers_are_those_of_numpy(void **state)
{
    (void)state;
    for (int s = 0; s < N_SEEDS; s++) {
        pb_random random;
        double values[3 * sizeof bounds / sizeof *bounds];
        int64_t n = 0;
        pb_random_seed(&random, seeds[s]);
        for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++)
            for (int i = 0; i < 3; i++)
                values[n++] = (double)pb_random_up_to(&random, bounds[b] - 1);
        assert_golden("randint", seeds[s], values, n);
    }
}

static void shuffles_are_those_of_numpy(void **state)
{
    (void)state;
    for (int s = 0; s < N_SEEDS; s++) {
        pb_random random;
        int64_t values[37];
        double as_double[37];
        pb_random_seed(&random, seeds[s]);
        for (int i = 0; i < 37; i++)
            values[i] = 100 + i;
        pb_random_shuffle(&random, values, 37);
        for (int i = 0; i < 37; i++)
            as_double[i] = (double)values[i];
        assert_golden("shuffle", seeds[s], as_double, 37);
        pb_random_permutation(&random, 33, values);
        for (int i = 0; i < 33; i++)
            as_double[i] = (double)values[i];
        assert_golden("permutation", seeds[s], as_double, 33);
    }
}

static int64_t digest(const int64_t *values, int n, int64_t h)
{
    for (int i = 0; i < n; i++)
        h = (h * 31 + values[i]) % 2147483647;
    return h;
}

static void seeds_0_to_9999_draw_as_numpy(void **state)
{
    (void)state;
    int64_t h = 0, n;
    for (uint32_t seed = 0; seed < 10000; seed++) {
        pb_random random;
        int64_t values[20];
        pb_random_seed(&random, seed);
        assert_ok(pb_random_choice(&random, 209, 20, false, values));
        h = digest(values, 20, h);
        assert_ok(pb_random_choice(&random, 5, 9, true, values));
        h = digest(values, 9, h);
        pb_random_permutation(&random, 17, values);
        h = digest(values, 17, h);
        for (int i = 0; i < 2; i++)
            values[i] = (int64_t)(pb_random_uniform(&random) * 0x1p53);
        h = digest(values, 2, h);
    }
    double *expected = golden_array("random/random.txt", "digest_of_seeds_0_to_9999", &n);
    assert_int_equal(h, (int64_t)expected[0]);
    free(expected);
}

static void impossible_choices_are_refused(void **state)
{
    (void)state;
    pb_random random;
    int64_t out[3] = {-1, -1, -1};
    pb_random_seed(&random, 0);
    assert_status(pb_random_choice(&random, 2, 3, false, out), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_error_message(), "3 cannot be drawn from 2 without replacement");
    assert_status(pb_random_choice(&random, 0, 1, true, out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_random_choice(&random, 2, -1, true, out), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_random_choice(&random, 0, 0, false, out));
    assert_int_equal(out[0], -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniforms_are_those_of_numpy),
        cmocka_unit_test(choices_are_those_of_numpy),
        cmocka_unit_test(bounded_integers_are_those_of_numpy),
        cmocka_unit_test(shuffles_are_those_of_numpy),
        cmocka_unit_test(seeds_0_to_9999_draw_as_numpy),
        cmocka_unit_test(impossible_choices_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
