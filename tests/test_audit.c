/* audit: every rule against brute force (tests/golden/purify/make.py), and what any audit must satisfy. */
#include "audit/audit.h"
#include "golden_references.h"

/* Options with a multiplier. */
#define TIMES(factor)                                                                                                  \
    &(pb_audit_options)                                                                                                \
    {                                                                                                                  \
        .size = sizeof(pb_audit_options), .multiplier = factor                                                         \
    }

static const double multipliers[] = {0.5, 1.5, 2.5};

static void check_against_golden(const golden_case *golden, const char *rule, double k)
{
    char name[64];
    int64_t n, n_images;
    snprintf(name, sizeof name, "%s_%g", rule, k);
    double *scores = golden_array(golden->file, rule, &n_images);
    double *expected = golden_array(golden->file, name, &n);
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden->references, rule, TIMES(k), &audit));
    assert_int_equal(audit->n_images, n_images);
    assert_int_equal(n, n_images + 1);
    assert_string_equal(audit->rule, rule);
    assert_true(audit->multiplier == k);
    assert_close(audit->limit, expected[0], 1e-12, 1e-12);
    for (int64_t i = 0; i < n_images; i++) {
        assert_close(audit->images[i].score, scores[i], 1e-12, 1e-12);
        assert_int_equal(audit->images[i].flagged, (int)expected[1 + i]);
    }
    pb_audit_free(audit);
    free(scores);
    free(expected);
}

static const char *const published[] = {"imgmax_mad", "imgq99_mad", "imgt5_mad", "image_mad"};

static void rules_equal_brute_force(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        for (int r = 0; r < 4; r++)
            for (int m = 0; m < 3; m++)
                check_against_golden(&golden, published[r], multipliers[m]);
        golden_close(&golden);
    }
}

/* A rule with a K of its own says what the rule it comes from says of references that were examined with that K. */
static void rules_have_a_k_of_their_own(void **state)
{
    (void)state;
    for (int c = 0; c < N_GOLDEN; c++) {
        golden_case golden = golden_open(golden_names[c], 0);
        golden_reference(&golden);
        pb_references *nearest;
        pb_audit *own = NULL, *same = NULL;
        assert_ok(pb_references_new(pb_references_features(golden.references), 1, NULL, &nearest));
        assert_ok(pb_audit_run(golden.references, "imgt5_k1_mad", TIMES(2), &own));
        assert_ok(pb_audit_run(nearest, "imgt5_mad", TIMES(2), &same));
        assert_true(pb_audit_limit(own) == pb_audit_limit(same) && pb_audit_k(own) == 1);
        for (int64_t i = 0; i < own->n_images; i++) {
            assert_true(own->images[i].score == same->images[i].score && own->images[i].mean == same->images[i].mean);
            assert_true(own->images[i].flagged == same->images[i].flagged &&
                        own->images[i].rank == same->images[i].rank);
        }
        pb_audit_free(own);
        pb_audit_free(same);
        pb_references_free(nearest);
        golden_close(&golden);
    }
}

/* Ranks are a permutation that follows the scores; the flagged are the highest, above the limit, at most 40 %. */
static void check_consistency(const pb_audit *audit)
{
    int64_t flagged = 0, highest_flagged_rank = 0;
    for (int64_t i = 0; i < audit->n_images; i++) {
        const pb_audit_image *image = &audit->images[i];
        int64_t rank = 1;
        for (int64_t j = 0; j < audit->n_images; j++)
            rank += audit->images[j].score > image->score || (audit->images[j].score == image->score && j < i);
        assert_int_equal(image->rank, rank);
        assert_int_equal(image->decision, image->flagged ? PB_DECISION_REMOVE : PB_DECISION_KEEP);
        if (!image->flagged)
            continue;
        assert_true(image->score > audit->limit);
        flagged++;
        highest_flagged_rank = rank > highest_flagged_rank ? rank : highest_flagged_rank;
    }
    assert_int_equal(flagged, highest_flagged_rank);
    assert_true(5 * flagged <= 2 * audit->n_images);
}

static void audits_are_consistent_and_capped(void **state)
{
    (void)state;
    golden_case golden = golden_open("larger", 0);
    golden_reference(&golden);
    int64_t n_rules;
    const pb_method *const *rules = pb_methods(PB_METHOD_AUDIT, &n_rules);
    for (int64_t r = 0; r < n_rules; r++)
        for (double k = 1e-6; pb_audit_is_for_use(rules[r]) && k < 20; k *= 7) {
            pb_audit *audit = NULL;
            int64_t flagged = 0;
            assert_ok(pb_audit_run(golden.references, rules[r]->name, TIMES(k), &audit));
            check_consistency(audit);
            for (int64_t i = 0; i < audit->n_images; i++)
                flagged += audit->images[i].flagged;
            if (k == 1e-6) /* 7 of 15 lie above the median, 6 may be flagged */
                assert_int_equal(flagged, 6);
            pb_audit_free(audit);
        }
    golden_close(&golden);
}

static void planted_image_is_flagged_by_every_published_default(void **state)
{
    (void)state;
    for (int64_t rotate = 0; rotate < 6; rotate++) {
        golden_case golden = golden_open("planted", rotate);
        golden_reference(&golden);
        for (int r = 0; r < 4; r++) {
            pb_audit *audit = NULL;
            assert_ok(pb_audit_run(golden.references, published[r], NULL, &audit));
            assert_true(audit->multiplier == pb_method_find(PB_METHOD_AUDIT, published[r])->multiplier);
            for (int64_t i = 0; i < 6; i++)
                assert_int_equal(audit->images[i].flagged, i == (4 + rotate) % 6);
            assert_int_equal(audit->images[(4 + rotate) % 6].rank, 1);
            pb_audit_free(audit);
        }
        golden_close(&golden);
    }
}

static void means_are_those_of_the_patches(void **state)
{
    (void)state;
    golden_case golden = golden_open("planted", 0);
    golden_reference(&golden);
    int64_t n;
    double *means = golden_array(golden.file, "image_mad", &n);
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, NULL, &audit));
    for (int64_t i = 0; i < n; i++) {
        assert_close(audit->images[i].mean, means[i], 1e-12, 0);
        assert_true(audit->images[i].score > audit->images[i].mean);
    }
    pb_audit_free(audit);
    free(means);
    golden_close(&golden);
}

static void identical_images_are_never_flagged(void **state)
{
    (void)state;
    golden_case golden = golden_open("constant", 0);
    golden_reference(&golden);
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, TIMES(1e-9), &audit));
    assert_true(isinf(audit->limit) && audit->limit > 0);
    for (int64_t i = 0; i < audit->n_images; i++) {
        assert_false(audit->images[i].flagged);
        assert_int_equal(audit->images[i].rank, i + 1); /* ties by index */
    }
    pb_audit_free(audit);
    golden_close(&golden);
}

static void two_images_never_lose_one(void **state)
{
    (void)state;
    golden_case golden = golden_open("wide", 0);
    golden_reference(&golden);
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, TIMES(1e-9), &audit));
    assert_true(audit->images[1].score > audit->limit); /* but floor(0.4 x 2) = 0 may be flagged */
    assert_false(audit->images[0].flagged || audit->images[1].flagged);
    pb_audit_free(audit);
    golden_close(&golden);
}

static void what_is_flagged_for_a_reason_stands_first(void **state)
{
    (void)state;
    golden_case golden = golden_open("planted", 0);
    golden_reference(&golden);
    pb_audit *audit = NULL;
    assert_ok(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, NULL, &audit));
    const int64_t n = audit->n_images, last = 1, first = 4;
    assert_int_equal(audit->images[first].rank, 1);
    assert_ok(pb_audit_flag(audit, last, "almost black"));
    assert_ok(pb_audit_flag(audit, first, "blurred"));
    assert_ok(pb_audit_flag(audit, first, "blurred")); /* again */
    assert_int_equal(audit->images[last].rank, 1);
    assert_int_equal(audit->images[first].rank, 2);
    assert_true(audit->images[last].flagged && audit->images[last].decision == PB_DECISION_REMOVE);
    assert_string_equal(audit->images[last].reason, "almost black");
    assert_int_equal(pb_audit_n_flagged(audit), 2);
    int64_t ranks = 0;
    for (int64_t i = 0; i < n; i++)
        ranks |= INT64_C(1) << audit->images[i].rank;
    assert_int_equal(ranks, (INT64_C(1) << (n + 1)) - 2); /* each of 1..n once */
    assert_status(pb_audit_flag(audit, n, "x"), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_audit_flag(audit, 0, ""), PB_STATUS_BAD_ARGUMENT);
    pb_audit_free(audit);
    golden_close(&golden);
}

enum { N_PHOTOS = 10 };

/* All photos but two are alike: number 1 is dark, and the patches of number 0 differ from all others. */
static void make_references(pb_photo *photos, pb_features **features, pb_references **references)
{
    enum { PATCHES = 4, DIM = 3 };
    static float values[N_PHOTOS * PATCHES * DIM];
    test_rng rng = {5};
    for (int i = 0; i < N_PHOTOS * PATCHES * DIM; i++)
        values[i] = (float)(test_rng_normal(&rng) * (i < PATCHES * DIM ? 1000 : 1));
    for (int i = 0; i < N_PHOTOS; i++) {
        pb_photo_unknown(&photos[i]);
        photos[i].value[PB_GUARD_BRIGHTNESS] = (i == 1 ? 0 : 7) + 0.01 * test_rng_normal(&rng);
    }
    assert_ok(pb_features_borrow(values, N_PHOTOS, 2, 2, DIM, features));
    assert_ok(pb_references_new(*features, 1, NULL, references));
}

/* Flags go by the photos alone, notes by what their patches say, too. */
static void photos_that_stand_out_are_flagged_and_noted(void **state)
{
    (void)state;
    pb_photo photos[N_PHOTOS];
    pb_features *features, *fewer;
    pb_references *references = NULL, *others = NULL;
    pb_audit *audit = NULL;
    make_references(photos, &features, &references);
    assert_ok(pb_audit_run(references, "image_mad", TIMES(1e6), &audit));
    assert_int_equal(pb_audit_n_flagged(audit), 0);
    assert_ok(pb_audit_photos(audit, references, photos));
    for (int i = 0; i < N_PHOTOS; i++) {
        const pb_audit_image *image = pb_audit_image_at(audit, i);
        assert_int_equal(image->flagged, i == 1);
        assert_int_equal(image->reason[0] != '\0', i == 1);
        assert_int_equal(image->stands_out[0] != '\0', i <= 1);
        assert_true(isnan(photos[i].value[PB_GUARD_TYPICAL])); /* what is given stays as it is */
    }
    assert_int_equal(pb_audit_image_at(audit, 1)->rank, 1);

    assert_ok(pb_features_borrow(pb_features_data(features), N_PHOTOS - 1, 2, 2, 3, &fewer));
    assert_ok(pb_references_new(fewer, 1, NULL, &others));
    assert_status(pb_audit_photos(audit, others, photos), PB_STATUS_MISMATCH);
    pb_references_free(others);
    pb_features_free(fewer);
    pb_audit_free(audit);
    pb_references_free(references);
    pb_features_free(features);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    golden_case golden = golden_open("two_points", 0);
    golden_reference(&golden);
    pb_audit *audit = NULL;
    pb_audit_free(NULL);
    pb_audit_free(audit);
    assert_status(pb_audit_run(golden.references, "max", NULL, &audit), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(),
                           "there is no audit rule \"max\"; there are imgmax_mad, imgq99_mad, imgt5_mad, image_mad, "
                           "imgt5_k1_mad"));
    assert_status(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, TIMES(-1), &audit), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, TIMES((double)NAN), &audit),
                  PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_audit_run(golden.references, PB_AUDIT_RULE_OF_STUDIES, TIMES((double)INFINITY), &audit),
                  PB_STATUS_BAD_ARGUMENT);
    golden_close(&golden);
}

static void decisions_have_names(void **state)
{
    (void)state;
    for (int i = PB_DECISION_KEEP; i <= PB_DECISION_RECAPTURE; i++) {
        pb_decision parsed;
        assert_ok(pb_decision_parse(pb_decision_name((pb_decision)i), &parsed));
        assert_int_equal(parsed, i);
    }
    pb_decision parsed;
    assert_string_equal(pb_decision_name(PB_DECISION_RECAPTURE), "recapture");
    assert_status(pb_decision_parse("Keep", &parsed), PB_STATUS_BAD_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_equal_brute_force),
        cmocka_unit_test(rules_have_a_k_of_their_own),
        cmocka_unit_test(audits_are_consistent_and_capped),
        cmocka_unit_test(planted_image_is_flagged_by_every_published_default),
        cmocka_unit_test(means_are_those_of_the_patches),
        cmocka_unit_test(identical_images_are_never_flagged),
        cmocka_unit_test(two_images_never_lose_one),
        cmocka_unit_test(what_is_flagged_for_a_reason_stands_first),
        cmocka_unit_test(photos_that_stand_out_are_flagged_and_noted),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(decisions_have_names),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
