/* protocol: the draws of the studies against NumPy (tests/golden/random/make.py). */
#include "golden_text.h"

static const int64_t seeds[] = {0, 1, 2, 3, 4, 77, 9999};

typedef struct sizes {
    int64_t n_train, n_references, n_test, n_anomalies;
} sizes;

static const sizes cases[] = {{60, 10, 23, 9}, {209, 20, 83, 63}, {7, 10, 20, 3}, {40, 5, 11, 1}};

enum { N_SEEDS = sizeof seeds / sizeof *seeds, N_CASES = sizeof cases / sizeof *cases, MOST = 256 };

/* kind_seed_train, and "_0.3" where there is a contamination */
static void assert_golden(const char *kind, int64_t seed, const sizes *s, double c, const int64_t *values, int64_t n)
{
    char name[96], share[16] = "";
    int64_t n_expected;
    if (c > 0)
        snprintf(share, sizeof share, "_%g", c);
    snprintf(name, sizeof name, "%s_%lld_%lld%s", kind, (long long)seed, (long long)s->n_train, share);
    double *expected = golden_array("random/protocol.txt", name, &n_expected);
    assert_int_equal(n, n_expected);
    for (int64_t i = 0; i < n; i++)
        if (values[i] != (int64_t)expected[i])
            fail_msg("%s[%lld] is %lld instead of %lld", name, (long long)i, (long long)values[i],
                     (long long)expected[i]);
    free(expected);
}

static void make_labels(const sizes *s, uint8_t *labels)
{
    for (int64_t i = 0; i < s->n_test; i++)
        labels[i] = i * 7 % s->n_test < s->n_anomalies;
}

static void references_and_recaptures_are_those_of_numpy(void **state)
{
    (void)state;
    for (int i = 0; i < N_SEEDS; i++)
        for (int c = 0; c < N_CASES; c++) {
            int64_t drawn[MOST], unused[MOST], n, n_unused = 0;
            assert_ok(pb_draw_references(cases[c].n_train, cases[c].n_references, seeds[i], drawn, &n));
            assert_golden("references", seeds[i], &cases[c], 0, drawn, n);
            for (int64_t image = 0, r = 0; image < cases[c].n_train; image++)
                if (r < n && drawn[r] == image)
                    r++;
                else
                    unused[n_unused++] = image;
            assert_ok(pb_draw_recaptures(unused, n_unused, seeds[i], drawn));
            assert_golden("recaptures", seeds[i], &cases[c], 0, drawn, n_unused);
        }
}

static void check_contamination(const sizes *s, int64_t seed, const char *setup, const pb_test_split *split)
{
    static const double shares[] = {.05, .1, .15, .2, .3, .5};
    const int64_t n = s->n_references < s->n_train ? s->n_references : s->n_train;
    for (int i = 0; i < 6; i++) {
        char kind[64];
        int64_t drawn[MOST];
        const int64_t m = pb_contaminated_count(n, shares[i]);
        if (m == 0 || split->n_pool == 0)
            continue;
        assert_ok(pb_draw_contamination(n, m, split->pool, split->n_pool, seed, drawn, drawn + m));
        snprintf(kind, sizeof kind, "contamination_%s", setup);
        assert_golden(kind, seed, s, shares[i], drawn, 2 * m);
    }
}

static void splits_and_contamination_are_those_of_numpy(void **state)
{
    (void)state;
    for (int setup = PB_SETUP_SHARED; setup <= PB_SETUP_DISJOINT; setup++)
        for (int i = 0; i < N_SEEDS; i++)
            for (int c = 0; c < N_CASES; c++) {
                uint8_t labels[MOST];
                char kind[64];
                pb_test_split split;
                const char *name = pb_setup_name((pb_setup)setup);
                make_labels(&cases[c], labels);
                assert_ok(pb_test_split_new(labels, cases[c].n_test, (pb_setup)setup, seeds[i], &split));
                snprintf(kind, sizeof kind, "pool_%s", name);
                assert_golden(kind, seeds[i], &cases[c], 0, split.pool, split.n_pool);
                snprintf(kind, sizeof kind, "test_%s", name);
                assert_golden(kind, seeds[i], &cases[c], 0, split.test, split.n_test);
                check_contamination(&cases[c], seeds[i], name, &split);
                pb_test_split_free(&split);
            }
}

/* What lets all contaminations of a seed share one union of images. */
static void smaller_draws_are_prefixes(void **state)
{
    (void)state;
    int64_t pool[50], slots[2][20], contaminants[2][20];
    for (int64_t i = 0; i < 50; i++)
        pool[i] = 1000 + i;
    for (int64_t m = 1; m < 20; m++) {
        assert_ok(pb_draw_contamination(20, m, pool, 50, 3, slots[0], contaminants[0]));
        assert_ok(pb_draw_contamination(20, 20, pool, 50, 3, slots[1], contaminants[1]));
        assert_memory_equal(slots[0], slots[1], (size_t)m * sizeof **slots);
        assert_memory_equal(contaminants[0], contaminants[1], (size_t)m * sizeof **contaminants);
    }
}

static void counts_round_half_to_even(void **state)
{
    (void)state;
    assert_int_equal(pb_contaminated_count(10, 0.05), 0);
    assert_int_equal(pb_contaminated_count(10, 0.15), 2);
    assert_int_equal(pb_contaminated_count(5, 0.3), 2);
    assert_int_equal(pb_contaminated_count(5, 0.5), 2);
    assert_int_equal(pb_contaminated_count(20, 0.3), 6);
    assert_int_equal(pb_contaminated_count(10, 1), 10);
}

static void impossible_draws_are_refused(void **state)
{
    (void)state;
    int64_t out[8], n;
    const uint8_t labels[2] = {0, 1};
    pb_test_split split;
    pb_setup setup;
    assert_status(pb_draw_references(0, 3, 0, out, &n), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_draw_references(5, 0, 0, out, &n), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_draw_references(5, 3, -1, out, &n), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_error_message(), "a seed must be between 0 and 4294960000, not -1");
    assert_status(pb_draw_references(5, 3, PB_SEED_MAX + 1, out, &n), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_draw_references(5, 3, PB_SEED_MAX, out, &n));
    assert_status(pb_draw_contamination(4, 5, out, 1, 0, out, out), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_draw_contamination(4, 2, NULL, 0, 0, out, out), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_draw_contamination(4, 0, NULL, 0, 0, NULL, NULL));
    assert_ok(pb_draw_recaptures(NULL, 0, 0, NULL));
    assert_status(pb_test_split_new(labels, 0, PB_SETUP_SHARED, 0, &split), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_test_split_new(labels, 2, (pb_setup)2, 0, &split), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_setup_parse("both", &setup), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_setup_parse("disjoint", &setup));
    assert_int_equal(setup, PB_SETUP_DISJOINT);
    assert_string_equal(pb_setup_name((pb_setup)-1), "unknown");
    pb_test_split_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_and_recaptures_are_those_of_numpy),
        cmocka_unit_test(splits_and_contamination_are_those_of_numpy),
        cmocka_unit_test(smaller_draws_are_prefixes),
        cmocka_unit_test(counts_round_half_to_even),
        cmocka_unit_test(impossible_draws_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
