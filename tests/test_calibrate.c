/* calibrate: the threshold that verified good parts set, and the evidence that the bank keeps for it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/calibrate.h>

#include "support.h"

enum { N = 8, SIDE = 4, P = SIDE * SIDE, D = 8, MANY = 99 };

static pb_bank *make_bank(double rate)
{
    static const char *const paths[N] = {"refs/0.png", "refs/1.png", "refs/2.png", "refs/3.png",
                                         "refs/4.png", "refs/5.png", "refs/6.png", "refs/7.png"};
    static char digests[N][65];
    const char *sha256[N];
    pb_origin origin = {.backbone = "builtin", .precision = "f32", .grid_height = SIDE, .grid_width = SIDE, .dim = D};
    pb_features *features;
    pb_references *references;
    pb_bank *bank;
    test_rng rng = {7};
    assert_ok(pb_features_new(N, &origin, &features));
    for (int64_t i = 0; i < N * P * D; i++)
        pb_features_rows(features)[i] = (float)(sin((double)(i / D % P)) + 0.1 * test_rng_normal(&rng));
    for (int i = 0; i < N; i++) {
        snprintf(digests[i], sizeof digests[i], "%064d", i + 1);
        sha256[i] = digests[i];
    }
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.false_alarm_rate = rate;
    options.audit_rule = NULL;
    assert_ok(pb_references_new(features, 5, NULL, &references));
    assert_ok(pb_bank_fit(references, paths, sha256, &options, &bank, NULL));
    pb_references_free(references);
    pb_features_free(features);
    return bank;
}

/* Parts with scores around that of the references, their names and digests. @param names n x 32 */
static void make_parts(int64_t n, uint64_t seed, bool defect, pb_known_part *parts, char (*names)[32])
{
    test_rng rng = {seed};
    for (int64_t i = 0; i < n; i++) {
        snprintf(names[i], 32, "%s/%d/%d.png", defect ? "bad" : "good", (int)seed, (int)i);
        parts[i] =
            (pb_known_part){.path = names[i], .score = exp(0.3 * test_rng_normal(&rng) + defect), .defect = defect};
        snprintf(parts[i].sha256, sizeof parts[i].sha256, "%032d%032d", (int)seed, (int)i);
    }
}

static char *describe(const pb_bank *bank)
{
    char *text;
    assert_ok(pb_bank_describe(bank, &text));
    return text;
}

static void assert_same_bank(const pb_bank *a, const pb_bank *b)
{
    char *text_a = describe(a), *text_b = describe(b);
    assert_string_equal(text_a, text_b);
    pb_buffer_free(text_a);
    pb_buffer_free(text_b);
}

static int64_t count_above(const pb_known_part *parts, int64_t n, double threshold)
{
    int64_t above = 0;
    for (int64_t i = 0; i < n; i++)
        above += parts[i].score > threshold;
    return above;
}

/* ---- the threshold ------------------------------------------------------------------------------------------------ */

/* floor(rate (n + 1)) of n + 1 exchangeable scores may lie above: the new one, and all but one of these. */
static void enough_parts_set_an_order_statistic(void **state)
{
    (void)state;
    static const double rates[] = {0.01, 0.02, 0.05, 0.25, 0.5};
    static const int64_t above[] = {0, 1, 4, 24, 49};
    pb_known_part parts[MANY];
    char names[MANY][32];
    make_parts(MANY, 1, false, parts, names);
    for (int r = 0; r < 5; r++) {
        pb_bank *bank = make_bank(0.01);
        const double fitted = pb_bank_threshold(bank)->value;
        assert_ok(pb_bank_calibrate(bank, parts, MANY, rates[r]));
        const pb_threshold *threshold = pb_bank_threshold(bank);
        assert_int_equal(threshold->method, PB_THRESHOLD_CONFORMAL);
        assert_true(threshold->n == MANY && threshold->false_alarm_rate == rates[r]);
        assert_int_equal(count_above(parts, MANY, threshold->value), above[r]);
        assert_int_equal(count_above(parts, MANY, nextafter(threshold->value, 0)), above[r] + 1);
        assert_true(pb_bank_fitted_threshold(bank)->value == fitted);
        assert_true(pb_bank_n_verified(bank) == MANY && pb_bank_n_known(bank) == MANY);
        pb_bank_free(bank);
    }
}

/* The rate that is promised is the rate that new parts see, on average over calibrations, whatever the distribution: here one
 * with a far tail. The standard error of the mean is .003. */
static void the_promised_rate_is_kept(void **state)
{
    (void)state;
    enum { CALIBRATIONS = 400, NEW = 50, VERIFIED = 19 };
    test_rng rng = {3};
    double above = 0;
    pb_bank *bank = make_bank(0.05);
    for (int c = 0; c < CALIBRATIONS; c++) {
        pb_known_part parts[VERIFIED];
        char names[VERIFIED][32];
        make_parts(VERIFIED, 2, false, parts, names);
        for (int i = 0; i < VERIFIED; i++)
            parts[i].score = pow(1 - test_rng_uniform(&rng), -2);
        int64_t n;
        assert_ok(pb_bank_calibrate(bank, parts, VERIFIED, 0));
        for (int i = 0; i < NEW; i++)
            above += pow(1 - test_rng_uniform(&rng), -2) > pb_bank_threshold(bank)->value;
        assert_ok(pb_bank_take_back(bank, NULL, NULL, &n));
    }
    pb_bank_free(bank);
    const double rate = above / (CALIBRATIONS * NEW);
    assert_true(rate < 0.05 + 4 * 0.0030 && rate > 0.05 - 4 * 0.0030);
}

/* Too few to promise the rate by rank: log scores, those of the references with them. */
static void few_parts_join_the_references(void **state)
{
    (void)state;
    pb_known_part parts[5];
    char names[5][32];
    double scores[N + 5];
    pb_threshold expected;
    pb_bank *bank = make_bank(0.01);
    make_parts(5, 1, false, parts, names);
    for (int i = 0; i < 5; i++)
        scores[i] = parts[i].score;
    for (int i = 0; i < N; i++)
        scores[5 + i] = pb_bank_reference_at(bank, i)->loo_score;
    assert_ok(pb_threshold_fit(scores, N + 5, 0.01, &expected));
    assert_ok(pb_bank_calibrate(bank, parts, 5, 0));
    const pb_threshold *threshold = pb_bank_threshold(bank);
    assert_int_equal(threshold->method, PB_THRESHOLD_LOG_T);
    assert_true(threshold->value == expected.value && threshold->n == N + 5);
    assert_true(threshold->guaranteed_rate == 1.0 / 6);
    /* 13 scores could promise 8 % by rank, but those of references are no parts' */
    assert_ok(pb_bank_calibrate(bank, NULL, 0, 0.08));
    assert_int_equal(pb_bank_threshold(bank)->method, PB_THRESHOLD_LOG_T);
    pb_bank_free(bank);
}

static void defects_never_move_the_threshold(void **state)
{
    (void)state;
    pb_known_part parts[4];
    char names[4][32];
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    pb_bank *bank = make_bank(0.01);
    const double before = pb_bank_threshold(bank)->value;
    make_parts(4, 1, true, parts, names);
    for (int i = 0; i < 4; i++)
        parts[i].score = before * (i == 0 ? 2 : 0.5);
    assert_ok(pb_bank_calibrate(bank, parts, 4, 0));
    assert_true(pb_bank_threshold(bank)->value == before && pb_bank_n_verified(bank) == 0);
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    assert_int_equal(findings[n - 1].kind, PB_FINDING_DEFECTS_PASS);
    assert_true(findings[n - 1].value == 3 && findings[n - 1].limit == 4);
    pb_bank_free(bank);
}

static bool finds(const pb_bank *bank, pb_bank_finding_kind kind, pb_bank_finding *out)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    for (int64_t i = 0; i < n; i++)
        if (findings[i].kind == kind) {
            *out = findings[i];
            return true;
        }
    return false;
}

/* Good parts score 1 to 20; to catch two of the four defects, those from `second` on would fail. */
static pb_bank *bank_with_defects(double second, pb_bank_finding *out, bool *mixed)
{
    pb_known_part parts[24];
    char names[24][32];
    pb_bank *bank = make_bank(0.05);
    make_parts(20, 1, false, parts, names);
    make_parts(4, 2, true, parts + 20, names + 20);
    for (int i = 0; i < 20; i++)
        parts[i].score = i + 1;
    for (int i = 0; i < 4; i++)
        parts[20 + i].score = i == 0 ? 19.5 : i == 1 ? second : 0.5;
    assert_ok(pb_bank_calibrate(bank, parts, 24, 0));
    assert_true(finds(bank, PB_FINDING_DEFECTS_PASS, out) && out->value == 4); /* the threshold is 20 */
    *mixed = finds(bank, PB_FINDING_NOT_SEPARATED, out);
    return bank;
}

/* No advice to calibrate where every threshold that the parts offer is a bad one; and none against it where one is not. */
static void a_bank_tells_when_no_threshold_separates(void **state)
{
    (void)state;
    pb_bank_finding found;
    bool mixed;
    pb_bank *bank = bank_with_defects(12.5, &found, &mixed);
    assert_true(mixed && found.value == 8 && found.limit == 20); /* 13 to 20 */
    assert_false(finds(bank, PB_FINDING_DEFECTS_UNKNOWN, &found));
    pb_bank_free(bank);
    bank = bank_with_defects(18.5, &found, &mixed); /* 2 of 20 are a tenth */
    assert_false(mixed);
    pb_bank_free(bank);
    bank = bank_with_defects(18, &found, &mixed); /* one that scores the same fails with it */
    assert_true(mixed && found.value == 3);
    pb_bank_free(bank);
}

/* Silence about defects is no praise: as long as the bank has seen none, it says so. */
static void a_bank_without_defects_says_so(void **state)
{
    (void)state;
    pb_known_part part;
    char name[1][32];
    pb_bank_finding found;
    int64_t n;
    pb_bank *bank = make_bank(0.2);
    assert_true(finds(bank, PB_FINDING_DEFECTS_UNKNOWN, &found));
    make_parts(1, 1, false, &part, name);
    assert_ok(pb_bank_calibrate(bank, &part, 1, 0));
    assert_true(finds(bank, PB_FINDING_DEFECTS_UNKNOWN, &found));
    make_parts(1, 2, true, &part, name);
    assert_ok(pb_bank_calibrate(bank, &part, 1, 0));
    assert_false(finds(bank, PB_FINDING_DEFECTS_UNKNOWN, &found));
    assert_ok(pb_bank_take_back(bank, "bad", NULL, &n));
    assert_true(finds(bank, PB_FINDING_DEFECTS_UNKNOWN, &found));
    pb_bank_free(bank);
}

/* ---- the evidence ------------------------------------------------------------------------------------------------- */

static void steps_add_up_and_can_be_taken_back(void **state)
{
    (void)state;
    pb_known_part parts[40];
    char names[40][32];
    int64_t n;
    make_parts(20, 1, false, parts, names);
    make_parts(20, 2, false, parts + 20, names + 20);
    pb_bank *at_once = make_bank(0.05), *in_steps = make_bank(0.05), *plain = make_bank(0.05);
    assert_ok(pb_bank_calibrate(at_once, parts, 40, 0));
    assert_ok(pb_bank_calibrate(in_steps, parts, 20, 0));
    assert_ok(pb_bank_calibrate(in_steps, parts + 10, 30, 0)); /* ten of them again */
    assert_same_bank(at_once, in_steps);
    assert_ok(pb_bank_take_back(in_steps, "good/2", NULL, &n));
    assert_int_equal(n, 20);
    pb_bank *first = make_bank(0.05);
    assert_ok(pb_bank_calibrate(first, parts, 20, 0));
    assert_same_bank(first, in_steps);
    assert_ok(pb_bank_take_back(in_steps, "elsewhere.png", parts[3].sha256, &n)); /* moved, but the same photo */
    assert_int_equal(n, 1);
    assert_ok(pb_bank_take_back(in_steps, "good/1/1", NULL, &n)); /* no part, nor a folder */
    assert_int_equal(n, 0);
    assert_ok(pb_bank_take_back(in_steps, NULL, NULL, &n));
    assert_int_equal(n, 19);
    assert_same_bank(plain, in_steps);
    pb_bank_free(at_once);
    pb_bank_free(in_steps);
    pb_bank_free(plain);
    pb_bank_free(first);
}

static void wrong_parts_leave_the_bank_as_it_was(void **state)
{
    (void)state;
    pb_known_part parts[3];
    char names[3][32];
    pb_bank *bank = make_bank(0.25), *same = make_bank(0.25);
    make_parts(3, 1, false, parts, names);
    assert_ok(pb_bank_calibrate(bank, parts, 2, 0));
    assert_ok(pb_bank_calibrate(same, parts, 2, 0));
    pb_known_part reference = parts[2];
    snprintf(reference.sha256, sizeof reference.sha256, "%064d", 3);
    assert_status(pb_bank_calibrate(bank, &reference, 1, 0), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "is the reference refs/2.png"));
    reference = (pb_known_part){.path = (char[]){"refs/5.png"}, .score = 1};
    assert_status(pb_bank_calibrate(bank, &reference, 1, 0), PB_STATUS_MISMATCH);
    parts[2].score = (double)NAN;
    assert_status(pb_bank_calibrate(bank, parts, 3, 0), PB_STATUS_BAD_VALUE);
    parts[2].score = -1;
    assert_status(pb_bank_calibrate(bank, parts, 3, 0), PB_STATUS_BAD_VALUE);
    parts[2].score = 1;
    parts[0].defect = true;
    assert_status(pb_bank_calibrate(bank, parts, 3, 0), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "whichever is wrong"));
    parts[0].defect = false;
    assert_status(pb_bank_calibrate(bank, parts, 3, 1), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_bank_calibrate(bank, parts, 3, (double)NAN), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_bank_calibrate(bank, NULL, 3, 0), PB_STATUS_BAD_ARGUMENT);
    assert_same_bank(bank, same);
    pb_bank_free(bank);
    pb_bank_free(same);
}

/* A good part whose photo shows none is refused as it was; an odd one is marked, and a defect may look like anything. */
static void no_part_is_no_evidence(void **state)
{
    (void)state;
    const pb_guard_verdict black = {.no_part = true, .reason = "almost black"}, odd = {.reason = "blurred"},
                           fine = {.usable = true};
    pb_known_part part = {.path = (char[]){"dark.png"}, .score = 1};
    assert_status(pb_known_part_take_photo(&part, &black), PB_STATUS_MISMATCH);
    assert_string_equal(pb_error_message(), "dark.png cannot be judged: almost black");
    assert_false(part.unusable);
    assert_ok(pb_known_part_take_photo(&part, &odd));
    assert_true(part.unusable);
    assert_ok(pb_known_part_take_photo(&part, &fine));
    assert_false(part.unusable);
    part.defect = true;
    assert_ok(pb_known_part_take_photo(&part, &black));
    assert_true(part.unusable);
}

/* Also of a bank that purebank 0.1.0 wrote, which knows nothing of this. */
static void evidence_travels_with_the_file(void **state)
{
    (void)state;
    char root[256], path[512];
    pb_known_part parts[30];
    char names[30][32];
    test_make_temp_dir(root, sizeof root);
    snprintf(path, sizeof path, "%s/part.bank", root);
    make_parts(20, 1, false, parts, names);
    make_parts(10, 2, true, parts + 20, names + 20);
    for (int old = 0; old < 2; old++) {
        pb_bank *bank, *loaded;
        if (old)
            assert_ok(pb_bank_load(PB_GOLDEN_DIR "/bank/first_edition.bank", &bank));
        else
            bank = make_bank(0.05);
        const double fitted = pb_bank_threshold(bank)->value;
        assert_true(pb_bank_fitted_threshold(bank)->value == fitted && pb_bank_n_known(bank) == 0);
        assert_ok(pb_bank_calibrate(bank, parts, 30, 0.05));
        assert_ok(pb_bank_save(bank, path));
        assert_ok(pb_bank_load(path, &loaded));
        assert_same_bank(bank, loaded);
        assert_true(pb_bank_fitted_threshold(loaded)->value == fitted);
        assert_true(pb_bank_threshold(loaded)->value == pb_bank_threshold(bank)->value);
        assert_true(pb_bank_n_known(loaded) == 30 && pb_bank_n_verified(loaded) == 20);
        for (int i = 0; i < 30; i++) {
            const pb_known_part *part = pb_bank_known_at(loaded, i);
            assert_string_equal(part->path, parts[i].path);
            assert_string_equal(part->sha256, parts[i].sha256);
            assert_true(part->score == parts[i].score && part->defect == parts[i].defect);
        }
        pb_bank_free(loaded);
        pb_bank_free(bank);
    }
    test_remove_dir(root);
}

/* ---- the trade-off ------------------------------------------------------------------------------------------------ */

static void trade_offs_count_what_each_threshold_does(void **state)
{
    (void)state;
    pb_known_part parts[30];
    char names[30][32];
    pb_trade_off rows[30], row;
    int64_t n;
    pb_bank *bank = make_bank(0.05);
    assert_ok(pb_bank_trade_off_at(bank, 1, 0.9, &row));
    assert_true(isnan(row.promised) && isnan(row.bound) && row.caught == 0);
    make_parts(20, 1, false, parts, names);
    make_parts(10, 2, true, parts + 20, names + 20);
    parts[7].score = parts[3].score; /* one choice, not two */
    assert_ok(pb_bank_calibrate(bank, parts, 30, 0));
    assert_ok(pb_bank_trade_offs(bank, 0.9, rows, 30, &n));
    assert_int_equal(n, 19);
    for (int64_t i = 0; i < n; i++) {
        const int64_t above = count_above(parts, 20, rows[i].threshold);
        assert_true(i == 0 || rows[i].threshold < rows[i - 1].threshold);
        assert_true(rows[i].good_above == above && rows[i].caught == count_above(parts + 20, 10, rows[i].threshold));
        assert_true(rows[i].promised == (double)(above + 1) / 21);
        const pb_threshold like = {.false_alarm_rate = rows[i].promised, .n = 20, .method = PB_THRESHOLD_CONFORMAL};
        double bound;
        assert_ok(pb_threshold_rate_bound(&like, 0.9, &bound));
        assert_true(fabs(rows[i].bound - bound) < 1e-12 && rows[i].bound > rows[i].promised);
    }
    assert_ok(pb_bank_trade_off_at(bank, 0, 0.9, &row)); /* every part fails */
    assert_true(row.promised == 1 && row.bound == 1 && row.good_above == 20 && row.caught == 10);
    assert_ok(pb_bank_trade_offs(bank, 0.9, NULL, 0, &n));
    assert_int_equal(n, 19);
    assert_status(pb_bank_trade_off_at(bank, 1, 1, &row), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_bank_trade_offs(bank, 0, rows, 30, &n), PB_STATUS_BAD_ARGUMENT);
    pb_bank_free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enough_parts_set_an_order_statistic),
        cmocka_unit_test(the_promised_rate_is_kept),
        cmocka_unit_test(few_parts_join_the_references),
        cmocka_unit_test(defects_never_move_the_threshold),
        cmocka_unit_test(a_bank_tells_when_no_threshold_separates),
        cmocka_unit_test(a_bank_without_defects_says_so),
        cmocka_unit_test(steps_add_up_and_can_be_taken_back),
        cmocka_unit_test(wrong_parts_leave_the_bank_as_it_was),
        cmocka_unit_test(no_part_is_no_evidence),
        cmocka_unit_test(evidence_travels_with_the_file),
        cmocka_unit_test(trade_offs_count_what_each_threshold_does),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
