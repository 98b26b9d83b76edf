/* bank: what others rely on. Files of the first edition, many threads with one bank, options of other versions, and what is said
 * about a bank's weak points. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/bank.h>

#include "support.h"

enum { N = 8, SIDE = 4, P = SIDE * SIDE, D = 8 };

/* ---- Files of the first edition ----------------------------------------------------------------------------------- */

/* As purebank 0.1.0 scored them with it (tests/golden/bank/make.py). */
static void a_bank_of_the_first_edition_scores_as_it_did(void **state)
{
    (void)state;
    static const double expected[] = {1.6577347795134865, 2.4393960369078593, 16.385430551772803};
    static const bool fails[] = {false, false, true};
    pb_bank *bank;
    pb_features *parts;
    double patch_scores[3 * 9], scores[3];
    assert_ok(pb_bank_load(PB_GOLDEN_DIR "/bank/first_edition.bank", &bank));
    assert_ok(pb_features_load(PB_GOLDEN_DIR "/bank/parts.npy", &parts));
    assert_ok(pb_bank_score(bank, parts, patch_scores, scores));
    for (int i = 0; i < 3; i++) {
        assert_true(scores[i] == expected[i]);
        assert_int_equal(scores[i] > pb_bank_threshold(bank)->value, fails[i]);
    }
    assert_string_equal(pb_bank_program_version(bank), "0.1.0");
    assert_true(pb_bank_n_references(bank) == 8 && pb_bank_n_kept(bank) == 7 && pb_bank_n_rows(bank) == 56);
    assert_true(pb_bank_k(bank) == 3 && pb_bank_dim(bank) == 4 && pb_bank_image_score(bank) == PB_IMAGE_SCORE_P95);
    assert_string_equal(pb_bank_audit_rule(bank), "imgmax_mad");
    assert_true(pb_bank_audit_multiplier(bank) == 1.5);
    assert_string_equal(pb_bank_purify_method(bank), "loo_patch");
    assert_true(pb_bank_reference_at(bank, 5)->flagged && isnan(pb_bank_reference_at(bank, 5)->loo_score));
    pb_features_free(parts);
    pb_bank_free(bank);
}

/* ---- Banks of this one -------------------------------------------------------------------------------------------- */

static pb_features *make_features(int64_t n, uint64_t seed, double noise)
{
    pb_origin origin = {.backbone = "builtin", .grid_height = SIDE, .grid_width = SIDE, .dim = D};
    pb_features *features;
    test_rng rng = {seed};
    snprintf(origin.precision, sizeof origin.precision, "f32");
    assert_ok(pb_features_new(n, &origin, &features));
    float *rows = pb_features_rows(features);
    for (int64_t i = 0; i < n * P * D; i++)
        rows[i] = (float)(sin((double)(i / D % P) + (double)(i % D)) + noise * test_rng_normal(&rng));
    return features;
}

static pb_bank *fit(const pb_features *features, const pb_bank_options *options, const char *const *paths,
                    const char *const *sha256)
{
    pb_references *references;
    pb_bank *bank;
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, paths, sha256, options, &bank, NULL));
    pb_references_free(references);
    return bank;
}

/* ---- One bank, many threads --------------------------------------------------------------------------------------- */

typedef struct scoring {
    const pb_bank *bank;
    const pb_features *parts;
    double patch_scores[N * P], scores[N];
    pb_status status;
} scoring;

static void *score(void *context)
{
    scoring *job = context;
    job->status = pb_bank_score(job->bank, job->parts, job->patch_scores, job->scores);
    return NULL;
}

static void threads_share_a_bank(void **state)
{
    (void)state;
    enum { THREADS = 4, ROUNDS = 5 };
    pb_features *references = make_features(N, 1, 0.1), *parts = make_features(N, 2, 0.2);
    for (int round = 0; round < ROUNDS; round++) {
        pb_bank *bank = fit(references, NULL, NULL, NULL); /* nobody has scored with it yet: they race to prepare it */
        pthread_t thread[THREADS];
        static scoring job[THREADS], alone;
        for (int t = 0; t < THREADS; t++) {
            job[t] = (scoring){.bank = bank, .parts = parts};
            assert_int_equal(pthread_create(&thread[t], NULL, score, &job[t]), 0);
        }
        for (int t = 0; t < THREADS; t++)
            assert_int_equal(pthread_join(thread[t], NULL), 0);
        alone = (scoring){.bank = bank, .parts = parts};
        score(&alone);
        for (int t = 0; t < THREADS; t++) {
            assert_int_equal(job[t].status, PB_STATUS_OK);
            assert_memory_equal(job[t].patch_scores, alone.patch_scores, sizeof alone.patch_scores);
            assert_memory_equal(job[t].scores, alone.scores, sizeof alone.scores);
        }
        pb_bank_free(bank);
    }
    pb_features_free(parts);
    pb_features_free(references);
}

/* ---- Options of other versions ------------------------------------------------------------------------------------ */

static void options_of_other_versions_fit(void **state)
{
    (void)state;
    pb_features *features = make_features(N, 1, 0.1);
    pb_references *references;
    struct {
        pb_bank_options known;
        int64_t later[2];
    } newer = {.known = PB_BANK_OPTIONS_INIT};
    pb_bank_options older = PB_BANK_OPTIONS_INIT, zeroed = {0};
    pb_bank *bank;
    assert_ok(pb_references_new(features, 5, NULL, &references));
    newer.known.size = sizeof newer;
    assert_ok(pb_bank_fit(references, NULL, NULL, &newer.known, &bank, NULL));
    pb_bank_free(bank);
    newer.later[1] = 1;
    assert_status(pb_bank_fit(references, NULL, NULL, &newer.known, &bank, NULL), PB_STATUS_UNSUPPORTED);
    older.size = offsetof(pb_bank_options, percentile); /* what follows is not looked at */
    older.percentile = older.false_alarm_rate = (double)NAN;
    assert_ok(pb_bank_fit(references, NULL, NULL, &older, &bank, NULL));
    assert_true(pb_bank_threshold(bank)->false_alarm_rate == 0.01);
    pb_bank_free(bank);
    assert_status(pb_bank_fit(references, NULL, NULL, &zeroed, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    pb_references_free(references);
    pb_features_free(features);
}

/* What is left open is what the references were examined with; another K is an error. */
static void neighbours_are_the_references(void **state)
{
    (void)state;
    pb_features *features = make_features(N, 1, 0.1);
    pb_references *references;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank;
    assert_ok(pb_references_new(features, 3, NULL, &references));
    assert_ok(pb_bank_fit(references, NULL, NULL, NULL, &bank, NULL));
    assert_int_equal(pb_bank_k(bank), 3);
    pb_bank_free(bank);
    options.k = 3;
    assert_ok(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL));
    assert_int_equal(pb_bank_k(bank), 3);
    pb_bank_free(bank);
    for (options.k = -1; options.k <= 5; options.k += 6)
        assert_status(pb_bank_fit(references, NULL, NULL, &options, &bank, NULL), PB_STATUS_BAD_ARGUMENT);
    pb_references_free(references);
    pb_features_free(features);
}

/* ---- Weak points -------------------------------------------------------------------------------------------------- */

static const pb_bank_finding *find(const pb_bank *bank, pb_bank_finding_kind kind)
{
    static pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    assert_true(n <= PB_MAX_BANK_FINDINGS);
    assert_int_equal(pb_bank_diagnose(bank, NULL, 0), n);
    for (int64_t i = 0; i < n; i++)
        if (findings[i].kind == kind)
            return &findings[i];
    return NULL;
}

static void weak_points_are_found(void **state)
{
    (void)state;
    pb_features *few = make_features(3, 1, 0.1), *copies = make_features(N, 1, 0), *good = make_features(N, 1, 0.1);
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_rule = NULL;
    options.false_alarm_rate = 0.2;
    pb_bank *bank = fit(good, &options, NULL, NULL);
    assert_null(find(bank, PB_FINDING_FEW_REFERENCES));
    assert_null(find(bank, PB_FINDING_RATE_NOT_PROMISED));
    assert_null(find(bank, PB_FINDING_ZERO_THRESHOLD));
    assert_null(find(bank, PB_FINDING_UNKNOWN_ORIGIN));
    assert_non_null(find(bank, PB_FINDING_NO_AUDIT));
    pb_bank_free(bank);

    const pb_bank_options careless = PB_BANK_OPTIONS_INIT;
    bank = fit(few, &careless, NULL, NULL);
    assert_true(find(bank, PB_FINDING_FEW_REFERENCES)->value == 3);
    assert_true(find(bank, PB_FINDING_RATE_NOT_PROMISED)->limit == 0.25);
    assert_null(find(bank, PB_FINDING_NO_AUDIT));
    pb_bank_free(bank);

    bank = fit(copies, &options, NULL, NULL);
    assert_true(find(bank, PB_FINDING_ZERO_THRESHOLD)->limit > 0.1);
    assert_null(find(bank, PB_FINDING_DEFECTS_MAY_PASS));
    pb_bank_free(bank);
    pb_features_free(good);
    pb_features_free(copies);
    pb_features_free(few);
}

/* Also where a number is as long as numbers get. */
static void every_finding_has_its_words(void **state)
{
    (void)state;
    static const double values[] = {4, -1.7e300};
    char words[PB_BANK_FINDING_TEXT], text[2 * PB_BANK_FINDING_TEXT];
    int n = 0;
    for (int kind = 0; strcmp(pb_bank_finding_name((pb_bank_finding_kind)kind), "unknown") != 0; kind++, n++)
        for (int v = 0; v < 2; v++) {
            const pb_bank_finding finding = {(pb_bank_finding_kind)kind, values[v], values[v]};
            pb_bank_finding_words(&finding, words, sizeof words);
            pb_bank_finding_explain(&finding, text, sizeof text);
            assert_true(strlen(words) > 10 && strlen(text) > 10);
            assert_true(v == 1 || strlen(text) < PB_BANK_FINDING_TEXT);
            assert_false((words[0] >= 'A' && words[0] <= 'Z') || (text[0] >= 'A' && text[0] <= 'Z'));
            assert_true(text[strlen(text) - 1] != '.');
        }
    assert_int_equal(n, PB_FINDING_SHAPES_DIFFER + 1);
    const pb_bank_finding few = {PB_FINDING_FEW_REFERENCES, 4, 5}, none = {(pb_bank_finding_kind)99, 0, 0};
    assert_string_equal(pb_bank_finding_name(few.kind), "few_references");
    pb_bank_finding_words(&few, words, sizeof words);
    assert_string_equal(words, "few good references: 4");
    pb_bank_finding_explain(&few, text, sizeof text);
    assert_string_equal(text,
                        "only 4 good references: they show little of what good parts may look like; take 10 or more");
    pb_bank_finding_words(&none, words, 10); /* a short buffer is not written past its end */
    assert_int_equal(strlen(words), 9);
}

static void flags_are_remembered(void **state)
{
    (void)state;
    pb_features *features = make_features(N, 1, 0.1);
    for (int i = 0; i < 3 * D; i++)
        pb_features_rows(features)[2 * P * D + i] += 3;
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    pb_bank *bank = fit(features, &options, NULL, NULL);
    assert_true(find(bank, PB_FINDING_NOT_REVIEWED)->value >= 1);
    assert_true(find(bank, PB_FINDING_FLAGGED_KEPT)->value >= 1); /* nothing leaves unseen */
    pb_bank_free(bank);
    options.audit_removes = true;
    bank = fit(features, &options, NULL, NULL);
    assert_true(find(bank, PB_FINDING_NOT_REVIEWED)->value >= 1);
    assert_null(find(bank, PB_FINDING_FLAGGED_KEPT));
    pb_bank_free(bank);
    const pb_decision keep[N] = {PB_DECISION_KEEP};
    options.decisions = keep;
    bank = fit(features, &options, NULL, NULL);
    assert_null(find(bank, PB_FINDING_NOT_REVIEWED));
    assert_true(find(bank, PB_FINDING_FLAGGED_KEPT)->value >= 1);
    pb_bank_free(bank);
    pb_features_free(features);
}

/* ---- Where a bank came from --------------------------------------------------------------------------------------- */

static void copies_of_references_are_found(void **state)
{
    (void)state;
    static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    static const char other[] = "0123456789012345678901234567890123456789012345678901234567890123";
    const char *paths[N], *digests[N];
    char dir[256], copy[300];
    for (int i = 0; i < N; i++) {
        paths[i] = "reference.png";
        digests[i] = i == 4 ? empty : other;
    }
    test_make_temp_dir(dir, sizeof dir);
    snprintf(copy, sizeof copy, "%s/copy.png", dir);
    fclose(fopen(copy, "wb"));
    pb_features *features = make_features(N, 1, 0.1);
    pb_bank *bank = fit(features, NULL, paths, digests);
    const char *const parts[] = {"/nowhere/part.png", copy, dir};
    int64_t found[3];
    assert_ok(pb_bank_find_copies(bank, parts, 3, found));
    assert_true(found[0] == -1 && found[1] == 4 && found[2] == -1);
    pb_bank_free(bank);
    pb_features_free(features);
    test_remove_dir(dir);
}

/* Unless told otherwise, a bank is fitted by what suits the backbone of its features, whoever calls. */
static void defaults_are_the_backbones(void **state)
{
    (void)state;
    static const char *const backbones[] = {"builtin", "resnet18", "dinov2", ""};
    for (int b = 0; b < 4; b++) {
        pb_features *features = make_features(N, 1, 0.1);
        pb_origin origin = *pb_features_origin(features);
        snprintf(origin.backbone, sizeof origin.backbone, "%s", backbones[b]);
        assert_ok(pb_features_set_origin(features, &origin));
        for (int given = 0; given < 2; given++) {
            const pb_bank_options options = PB_BANK_OPTIONS_INIT;
            pb_bank *bank = fit(features, given ? &options : NULL, NULL, NULL);
            assert_string_equal(pb_image_score_name(pb_bank_image_score(bank)),
                                pb_backbone_image_score_of(backbones[b]));
            assert_string_equal(pb_bank_audit_rule(bank), pb_backbone_audit_rule_of(backbones[b]));
            pb_bank_free(bank);
        }
        pb_features_free(features);
    }
    assert_string_not_equal(pb_backbone_image_score_of("builtin"), pb_backbone_image_score_of("dinov2"));
    assert_string_not_equal(pb_backbone_audit_rule_of("builtin"), pb_backbone_audit_rule_of("dinov2"));
}

static void another_origin_is_refused(void **state)
{
    (void)state;
    pb_features *features = make_features(N, 1, 0.1);
    pb_bank *bank = fit(features, NULL, NULL, NULL);
    pb_backbone *backbone = NULL;
    pb_origin origin = *pb_bank_origin(bank);
    assert_ok(pb_bank_match(bank, &origin, "part.npy", false));
    snprintf(origin.precision, sizeof origin.precision, "int8");
    assert_status(pb_bank_match(bank, &origin, "part.npy", false), PB_STATUS_MISMATCH);
    assert_int_equal(pb_error_hint(), PB_HINT_ANY_PRECISION);
    assert_ok(pb_bank_match(bank, &origin, "part.npy", true));
    origin.dim++;
    assert_status(pb_bank_match(bank, &origin, "part.npy", true), PB_STATUS_MISMATCH);
    /* Its features say that they are the built-in backbone's, whose grid they do not have. */
    assert_status(pb_bank_open_backbone(bank, NULL, &backbone), PB_STATUS_MISMATCH);
    assert_null(backbone);
    pb_bank_free(bank);
    pb_features_free(features);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bank_of_the_first_edition_scores_as_it_did),
        cmocka_unit_test(threads_share_a_bank),
        cmocka_unit_test(options_of_other_versions_fit),
        cmocka_unit_test(neighbours_are_the_references),
        cmocka_unit_test(weak_points_are_found),
        cmocka_unit_test(every_finding_has_its_words),
        cmocka_unit_test(flags_are_remembered),
        cmocka_unit_test(copies_of_references_are_found),
        cmocka_unit_test(defaults_are_the_backbones),
        cmocka_unit_test(another_origin_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
