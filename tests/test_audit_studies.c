/* audit: the rules that only the studies use, against scikit-learn and brute force (tests/golden/methods/make.py). */
#include "audit/audit.h"
#include "golden_references.h"

static double *golden_of(const golden_case *golden, const char *kind, int64_t *n)
{
    char name[96];
    const char *base = strrchr(golden->file, '/') + 1;
    snprintf(name, sizeof name, "%s_%.*s", kind, (int)strcspn(base, "."), base);
    return golden_array("methods/patches.txt", name, n);
}

static pb_audit *run_rule(const golden_case *golden, const char *rule, const pb_audit_options *options)
{
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden->references, rule, options, &audit));
    assert_string_equal(audit->rule, rule);
    assert_int_equal(audit->n_images, golden->n_images);
    return audit;
}

/* What nobody knows who commissions a station, and baselines, are for the studies alone, wherever their rows stand. */
static void rules_for_use_follow_from_their_rows(void **state)
{
    (void)state;
    static const char *const for_use[] = {"imgmax_mad", "imgq99_mad", "imgt5_mad", "image_mad", "imgt5_k1_mad"};
    static const pb_method told = {.kind = PB_METHOD_AUDIT, .family = PB_FAMILY_AUDIT, .needs = PB_NEEDS_TRUTH},
                           not_told = {.kind = PB_METHOD_AUDIT, .family = PB_FAMILY_AUDIT};
    int64_t n_all;
    const pb_method *const *all = pb_methods(PB_METHOD_AUDIT, &n_all);
    assert_true(!pb_audit_is_for_use(&told) && pb_audit_is_for_use(&not_told));
    assert_false(pb_audit_is_for_use(pb_method_find(PB_METHOD_PURIFICATION, "loo_patch")));
    for (int64_t r = 0; r < n_all; r++) {
        assert_int_equal(!pb_audit_is_for_use(all[r]),
                         pb_method_is_told(all[r]) || all[r]->family == PB_FAMILY_BASELINE);
        int has_default = all[r]->n_published_multipliers == 0;
        for (int64_t k = 0; k < all[r]->n_published_multipliers; k++)
            has_default |= all[r]->published_multipliers[k] == all[r]->multiplier;
        assert_true(has_default);
    }
    for (size_t i = 0; i < sizeof for_use / sizeof *for_use; i++)
        assert_true(pb_audit_is_for_use(pb_method_find(PB_METHOD_AUDIT, for_use[i])));
}

static void known_c_flags_the_highest(void **state)
{
    (void)state;
    static const char *const kinds[] = {"imgmax", "imgq99", "imgt5", "image"};
    static const double shares[] = {0, 0.1, 0.3, 1};
    for (int c = 0; c < N_GOLDEN - 2; c++) /* the last two tie at rounding errors */
        for (int kind = 0; kind < 4; kind++)
            for (int s = 0; s < 4; s++) {
                char rule[32], name[32];
                int64_t n, flagged = 0;
                snprintf(rule, sizeof rule, "%s_known_c", kinds[kind]);
                snprintf(name, sizeof name, "%s_%g", kinds[kind], shares[s]);
                golden_case golden = golden_open(golden_names[c], 0);
                golden_reference(&golden);
                double *expected = golden_of(&golden, name, &n);
                pb_audit *audit = run_rule(
                    &golden, rule, &(pb_audit_options){.size = sizeof(pb_audit_options), .contamination = shares[s]});
                assert_int_equal(n, audit->n_images);
                for (int64_t i = 0; i < n; i++) {
                    assert_int_equal(audit->images[i].flagged, (int)expected[i]);
                    if (audit->images[i].score != audit->limit) /* images of a copied one tie */
                        assert_int_equal(audit->images[i].flagged, audit->images[i].score > audit->limit);
                    flagged += audit->images[i].flagged;
                }
                assert_true(audit->multiplier == 0 && flagged < n);
                pb_audit_free(audit);
                free(expected);
                golden_close(&golden);
            }
}

static void check_baseline(const char *case_name, const char *rule)
{
    char flags_name[64];
    int64_t n, n_flags;
    golden_case golden = golden_open(case_name, 0);
    golden_reference(&golden);
    snprintf(flags_name, sizeof flags_name, "%s_flags", rule);
    double *scores = golden_of(&golden, rule, &n), *flags = golden_of(&golden, flags_name, &n_flags);
    pb_audit *audit = run_rule(&golden, rule, &(pb_audit_options){.size = sizeof(pb_audit_options), .seed = 5});
    assert_true(n == audit->n_images && n_flags == n + 1 && audit->multiplier == 1.5);
    if (isfinite(flags[0]))
        assert_close(audit->limit, flags[0], 1e-6, 1e-9);
    else
        assert_true(isinf(audit->limit));
    for (int64_t i = 0; i < n; i++) {
        assert_close(audit->images[i].score, scores[i], 1e-6, 1e-9); /* the mean patch is rounded to float32 */
        assert_int_equal(audit->images[i].flagged, (int)flags[i + 1]);
        assert_true(isnan(audit->images[i].mean));
    }
    pb_audit_free(audit);
    free(scores);
    free(flags);
    golden_close(&golden);
}

static void baselines_equal_scikit_learn(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        check_baseline(golden_names[c], "base_knn");
        check_baseline(golden_names[c], "base_lof");
    }
    check_baseline("planted", "base_iforest");
    check_baseline("larger", "base_iforest");
}

static void review_budget_counts_the_bad_among_the_top(void **state)
{
    (void)state;
    const uint8_t contaminated[6] = {0, 1, 0, 0, 1, 0};
    golden_case golden = golden_open("planted", 0);
    golden_reference(&golden);
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, NULL, &audit));
    for (int64_t top = 0; top <= 6; top++)
        assert_int_equal(pb_audit_found(audit, contaminated, top),
                         (audit->images[1].rank <= top) + (audit->images[4].rank <= top));
    assert_int_equal(pb_audit_found(audit, contaminated, 1), 1); /* image 4 is the planted one */
    assert_int_equal(pb_audit_found(audit, contaminated, 6), 2);
    pb_audit_free(audit);
    golden_close(&golden);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    golden_case golden = golden_open("two_points", 0);
    golden_reference(&golden);
    pb_audit *audit = NULL;
    assert_status(pb_audit_run(golden.references, "max", NULL, &audit), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "image_known_c, base_knn, base_lof, base_iforest"));
    enum { SIZE = sizeof(pb_audit_options) };
    const struct {
        const char *rule;
        pb_audit_options options;
    } bad[] = {{"imgmax_known_c", {SIZE, .multiplier = 1.5}},
               {"imgmax_known_c", {SIZE, .contamination = 1.1}},
               {"imgmax_mad", {SIZE, .multiplier = -1}},
               {"imgmax_mad", {SIZE, .contamination = (double)NAN}},
               {"base_iforest", {SIZE, .seed = PB_SEED_MAX + 1}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_status(pb_audit_run(golden.references, bad[i].rule, &bad[i].options, &audit), PB_STATUS_BAD_ARGUMENT);
    golden_close(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_for_use_follow_from_their_rows),
        cmocka_unit_test(known_c_flags_the_highest),
        cmocka_unit_test(baselines_equal_scikit_learn),
        cmocka_unit_test(review_budget_counts_the_bad_among_the_top),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
