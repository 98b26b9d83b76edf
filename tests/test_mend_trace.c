/* What made a part look as it does, and what a change of the bank would do to the verdicts on parts. */
#include <math.h>
#include <string.h>

#include <purebank/mend.h>

#include "mended.h"

/* ---- what made a part look normal --------------------------------------------------------------------------------- */

static void traces_are_the_nearest_rows(void **state)
{
    (void)state;
    enum { K = 7, WORST = 6 };
    static set s;
    const recipe r = recipe_of(N - 1);
    make_set(&s);
    pb_bank *bank = fit(&s, &r, false);
    pb_features *part = features_of(&s, (const int[]){N - 1}, 1);
    double patch_scores[P], score;
    int32_t worst[WORST];
    pb_trace_row trace[WORST * K];
    assert_ok(pb_bank_score(bank, part, patch_scores, &score));
    assert_ok(pb_worst_patches(patch_scores, P, WORST, worst));
    for (int i = 1; i < WORST; i++)
        assert_true(patch_scores[worst[i]] <= patch_scores[worst[i - 1]]);
    for (int p = 0, above = 0; p < P; p++)
        assert_true((above += patch_scores[p] > patch_scores[worst[WORST - 1]]) < WORST);
    assert_ok(pb_bank_trace(bank, part, worst, WORST, K, trace));
    for (int i = 0; i < WORST; i++) {
        const float *query = s.rows[N - 1][worst[i]];
        double mean = 0;
        for (int j = 0; j < K; j++) {
            const pb_trace_row *one = &trace[i * K + j];
            const float *row = s.rows[one->reference][one->patch];
            assert_true(one->distance == pb_index_distance(query, row, D, PB_METRIC_EUCLIDEAN));
            assert_int_equal(one->reference, pb_bank_image_of_row(bank)[one->row]);
            assert_int_equal(one->patch, pb_bank_patch_of_row(bank)[one->row]);
            mean += j < pb_bank_k(bank) ? one->distance / (double)pb_bank_k(bank) : 0;
        }
        assert_true(fabs(mean - patch_scores[worst[i]]) < 1e-12);
        int nearer = 0;
        for (int64_t row = 0; row < pb_bank_n_rows(bank); row++)
            nearer += pb_index_distance(query, pb_bank_rows(bank) + row * D, D, PB_METRIC_EUCLIDEAN) <
                      trace[i * K + K - 1].distance;
        assert_int_equal(nearer, K - 1);
    }
    assert_status(pb_bank_trace(bank, part, worst, 0, K, trace), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_bank_trace(bank, part, worst, 1, pb_bank_n_rows(bank) + 1, trace), PB_STATUS_BAD_ARGUMENT);
    worst[0] = P;
    assert_status(pb_bank_trace(bank, part, worst, 1, K, trace), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_worst_patches(patch_scores, P, P + 1, worst), PB_STATUS_BAD_ARGUMENT);
    pb_features_free(part);
    pb_bank_free(bank);
}

static void culprits_are_counted(void **state)
{
    (void)state;
    const pb_trace_row trace[] = {{7, 1, 7, 0.5, 0},  {9, 1, 9, 0.25, 0}, {7, 1, 7, 0.4, 0},
                                  {30, 3, 5, 0.1, 0}, {7, 1, 7, 0.6, 0},  {31, 3, 6, 0.1, 0}};
    pb_trace_culprit found[6];
    int64_t n;
    assert_ok(pb_trace_culprits(trace, 6, false, found, &n));
    assert_int_equal(n, 4);
    assert_true(found[0].row == 7 && found[0].n == 3 && found[0].nearest == 0.4 && found[0].reference == 1);
    assert_true(found[1].row == 30 && found[2].row == 31 && found[3].row == 9 && found[3].patch == 9);
    assert_ok(pb_trace_culprits(trace, 6, true, found, &n));
    assert_int_equal(n, 2);
    assert_true(found[0].reference == 1 && found[0].n == 4 && found[0].row == -1 && found[0].nearest == 0.25);
    assert_true(found[1].reference == 3 && found[1].n == 2 && found[1].nearest == 0.1);
    assert_status(pb_trace_culprits(trace, 0, true, found, &n), PB_STATUS_BAD_ARGUMENT);
}

/* A defect that passes because a reference shows it: the trace names that reference, and taking it away makes the part fail. */
static void a_missed_defect_leads_to_its_reference(void **state)
{
    (void)state;
    static set s;
    static const int32_t defect[] = {0, 1, 2, 3};
    recipe r = recipe_of(N);
    r.options.image_score = PB_IMAGE_SCORE_TOP1;
    make_set(&s);
    pb_features *part = features_of(&s, (const int[]){6}, 1);
    for (int i = 0; i < 4 * D; i++)
        pb_features_rows(part)[i] = s.rows[3][i / D][i % D] + 0.01F;
    pb_bank *bank = fit(&s, &r, false);
    pb_trace_row trace[4];
    pb_trace_culprit culprits[4];
    int64_t n;
    assert_ok(pb_bank_trace(bank, part, defect, 4, 1, trace));
    assert_ok(pb_trace_culprits(trace, 4, true, culprits, &n));
    assert_true(n == 1 && culprits[0].reference == 3 && culprits[0].n == 4);
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    assert_ok(pb_mend_remove(mend, culprits[0].reference));
    pb_bank *mended = apply(mend);
    pb_verdict_change change;
    assert_ok(pb_bank_what_if(bank, mended, part, &s.photos[6], &change));
    assert_true(change.old_verdict == PB_VERDICT_PASS && change.new_verdict == PB_VERDICT_FAIL);
    pb_bank_free(mended);
    pb_mend_free(mend);
    pb_bank_free(bank);
    pb_features_free(part);
}

/* ---- what a change would do --------------------------------------------------------------------------------------- */

static void what_if_is_both_verdicts(void **state)
{
    (void)state;
    static set s;
    const recipe few = recipe_of(4), many = recipe_of(6);
    make_set(&s);
    pb_bank *old = fit(&s, &few, false), *changed = fit(&s, &many, false);
    const int images[] = {6, 7, 8};
    pb_features *parts = features_of(&s, images, 3);
    pb_photo photos[3] = {s.photos[6], s.photos[7], s.photos[8]};
    photos[1].value[PB_GUARD_BRIGHTNESS] += 5;
    const pb_photo given[3] = {photos[0], photos[1], photos[2]};
    pb_verdict_change changes[3];
    assert_ok(pb_bank_what_if(old, changed, parts, given, changes));
    for (int b = 0; b < 2; b++) {
        const pb_bank *bank = b == 0 ? old : changed;
        double patch_scores[3 * P], scores[3];
        pb_guard_verdict guarded[3];
        assert_ok(pb_bank_score(bank, parts, patch_scores, scores));
        assert_ok(pb_bank_judge_photos(bank, photos, patch_scores, 3, guarded));
        for (int i = 0; i < 3; i++) {
            assert_true((b == 0 ? changes[i].old_score : changes[i].new_score) == scores[i]);
            assert_int_equal(b == 0 ? changes[i].old_verdict : changes[i].new_verdict,
                             pb_bank_verdict(bank, scores[i], &guarded[i]));
        }
    }
    assert_int_equal(changes[1].new_verdict, PB_VERDICT_UNUSABLE);
    assert_ok(pb_bank_what_if(old, changed, parts, NULL, changes));
    pb_features_free(parts);
    pb_bank_free(changed);
    pb_bank_free(old);
}

/* Evidence is restated by scores of the new bank; a part that became a reference is none any more. */
static void known_parts_are_judged_anew(void **state)
{
    (void)state;
    static set s;
    const recipe r = recipe_of(5);
    make_set(&s);
    pb_bank *bank = fit(&s, &r, false);
    const int images[] = {6, 7, 8};
    pb_features *parts = features_of(&s, images, 3);
    double patch_scores[3 * P], scores[3];
    pb_known_part known[3];
    assert_ok(pb_bank_score(bank, parts, patch_scores, scores));
    for (int i = 0; i < 3; i++) {
        known[i] = (pb_known_part){.path = s.names[images[i]], .score = scores[i], .defect = i == 1};
        memcpy(known[i].sha256, s.digests[images[i]], sizeof known[i].sha256);
    }
    assert_ok(pb_bank_calibrate(bank, known, 3, 0.4));
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    add(&s, 6, mend);
    pb_bank *mended = apply(mend);
    assert_int_equal(pb_bank_n_known(mended), 0);
    assert_true(pb_bank_threshold(mended)->false_alarm_rate == 0.01);
    const int64_t numbers[] = {0, 1, 2};
    assert_ok(pb_mend_recalibrate(bank, parts, numbers, mended));
    assert_int_equal(pb_bank_n_known(mended), 2);
    assert_true(pb_bank_threshold(mended)->false_alarm_rate == 0.4);
    assert_ok(pb_bank_score(mended, parts, patch_scores, scores));
    for (int i = 0; i < 2; i++) {
        assert_string_equal(pb_bank_known_at(mended, i)->path, s.names[images[i + 1]]);
        assert_true(pb_bank_known_at(mended, i)->score == scores[i + 1]);
        assert_true(pb_bank_known_at(mended, i)->defect == (i == 0));
    }
    const int64_t outside[] = {0, 1, 3};
    assert_status(pb_mend_recalibrate(bank, parts, outside, mended), PB_STATUS_BAD_ARGUMENT);
    assert_int_equal(pb_bank_n_known(mended), 2);
    pb_bank_free(mended);
    pb_mend_free(mend);
    pb_features_free(parts);
    pb_bank_free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_are_the_nearest_rows),
        cmocka_unit_test(culprits_are_counted),
        cmocka_unit_test(a_missed_defect_leads_to_its_reference),
        cmocka_unit_test(what_if_is_both_verdicts),
        cmocka_unit_test(known_parts_are_judged_anew),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
