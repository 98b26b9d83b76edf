/* mend: a changed bank is the bank that a fit of the same references makes, byte by byte; what made a part look as it does. */
#include <stdlib.h>
#include <string.h>

#include <purebank/mend.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "io/file.h"
#include "mended.h"
#include "root.h"

/* From now on every decision stands as the bank has it. */
static void keep_decisions(const pb_bank *bank, recipe *r)
{
    r->options.audit_removes = false;
    for (int i = 0; i < r->n; i++) {
        r->decision[i] = pb_bank_reference_at(bank, i)->decision;
        r->by_person[i] = pb_bank_reference_at(bank, i)->decided_by_person;
    }
}

static void recipe_add(recipe *r, int image)
{
    r->image[r->n] = image;
    r->decision[r->n] = PB_DECISION_KEEP;
    r->by_person[r->n++] = true;
}

static void recipe_remove(recipe *r, int at)
{
    r->n--;
    memmove(&r->image[at], &r->image[at + 1], (size_t)(r->n - at) * sizeof r->image[0]);
    memmove(&r->decision[at], &r->decision[at + 1], (size_t)(r->n - at) * sizeof r->decision[0]);
    memmove(&r->by_person[at], &r->by_person[at + 1], (size_t)(r->n - at) * sizeof r->by_person[0]);
}

/* ---- banks -------------------------------------------------------------------------------------------------------- */

static void save(const pb_bank *bank, const char *name, uint8_t **out, size_t *out_size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_ok(pb_bank_save(bank, path));
    assert_ok(pb_file_read(path, 1 << 24, out, out_size));
}

/* The files of both, without the history of the first. */
static void assert_same_but_for_history(pb_bank *mended, const pb_bank *fitted)
{
    pb_bank_change *changes = mended->changes;
    const int64_t n_changes = mended->n_changes;
    uint8_t *a, *b;
    size_t size_a, size_b;
    mended->n_changes = 0;
    save(mended, "mended.bank", &a, &size_a);
    save(fitted, "fitted.bank", &b, &size_b);
    mended->n_changes = n_changes;
    mended->changes = changes;
    if (size_a != size_b || memcmp(a, b, size_a) != 0) {
        char *text_a, *text_b;
        assert_ok(pb_bank_describe(mended, &text_a));
        assert_ok(pb_bank_describe(fitted, &text_b));
        assert_string_equal(text_a, text_b);
        fail_msg("same descriptions, but other values");
    }
    pb_buffer_free((char *)a);
    pb_buffer_free((char *)b);
}

static pb_bank *reload(pb_bank *bank)
{
    char path[512];
    pb_bank *loaded;
    snprintf(path, sizeof path, "%s/again.bank", root);
    assert_ok(pb_bank_save(bank, path));
    pb_bank_free(bank);
    assert_ok(pb_bank_load(path, &loaded));
    return loaded;
}

/* What a bank of a coreset does not have. */
static void give_what_is_missing(const set *s, const recipe *r, pb_mend *mend)
{
    for (int i = 0; i < r->n; i++) {
        bool wants_features, wants_photo;
        pb_mend_needs(mend, i, &wants_features, &wants_photo);
        if (!wants_features && !wants_photo)
            continue;
        pb_features *features = features_of(s, &r->image[i], 1);
        assert_ok(pb_mend_give(mend, i, features, &s->photos[r->image[i]]));
        pb_features_free(features);
    }
}

/* ---- the same as from the start ----------------------------------------------------------------------------------- */

enum {
    PLAIN,
    NO_PHOTOS,
    NO_AUDIT,
    AUDIT_REMOVES,
    PURIFIED,
    TOP1,
    CORESET_SHARE,
    CORESET_ROWS,
    HIGH_RATE,
    REGION,
    REGION_CORESET,
    AUGMENTED,
    AUGMENTED_REGION,
    AUGMENTED_CORESET,
    AUGMENTED_PURIFIED,
    N_KINDS
};

static recipe recipe_of_kind(int kind)
{
    recipe r = recipe_of(N - 2);
    r.photos = kind != NO_PHOTOS;
    r.region = kind == REGION || kind == REGION_CORESET || kind == AUGMENTED_REGION;
    r.options.audit_rule = kind == NO_AUDIT ? NULL
                           : kind == TOP1   ? PB_AUDIT_RULE_OF_BACKBONE
                                            : PB_AUDIT_RULE_OF_STUDIES;
    r.options.audit_removes = kind == AUDIT_REMOVES;
    r.options.purify_method = kind == PURIFIED || kind == AUGMENTED_PURIFIED ? "loo_patch" : "none";
    r.options.image_score = kind == TOP1 ? PB_IMAGE_SCORE_TOP1 : PB_IMAGE_SCORE_P95;
    r.options.coreset_share = kind == CORESET_SHARE || kind == REGION_CORESET || kind == AUGMENTED_CORESET ? 0.3 : 0;
    r.options.coreset_rows = kind == CORESET_ROWS ? 50 : 0;
    r.options.false_alarm_rate = kind == HIGH_RATE ? 0.3 : 0.01;
    return r;
}

/* @param change to be made by the mend and, the other way, by the recipe */
static void check_change(void (*change)(const set *, recipe *, pb_mend *))
{
    static set s;
    make_set(&s);
    for (int kind = 0; kind < N_KINDS; kind++) {
        s.augment = (pb_augment){.rot90 = kind >= AUGMENTED, .brightest = kind == AUGMENTED_REGION ? 1.2 : 0};
        s.augment.darkest = s.augment.brightest > 0 ? 0.8 : 0;
        recipe r = recipe_of_kind(kind);
        pb_bank *bank = reload(fit(&s, &r, false));
        pb_mend *mend;
        keep_decisions(bank, &r);
        assert_ok(pb_mend_new(bank, &mend));
        give_what_is_missing(&s, &r, mend);
        change(&s, &r, mend);
        pb_bank *mended = apply(mend), *fitted = fit(&s, &r, true);
        assert_same_but_for_history(mended, fitted);
        pb_bank_free(fitted);
        pb_bank_free(mended);
        pb_mend_free(mend);
        pb_bank_free(bank);
    }
}

static void change_by_adding(const set *s, recipe *r, pb_mend *mend)
{
    for (int image = N - 2; image < N; image++) {
        add(s, image, mend);
        recipe_add(r, image);
    }
}

static void change_by_removing(const set *s, recipe *r, pb_mend *mend)
{
    (void)s;
    assert_ok(pb_mend_remove(mend, 4));
    assert_ok(pb_mend_remove(mend, 0));
    recipe_remove(r, 4);
    recipe_remove(r, 0);
}

static void change_by_excluding(const set *s, recipe *r, pb_mend *mend)
{
    static const int32_t patches[] = {0, 1, 2, 3};
    (void)s;
    assert_ok(pb_mend_exclude(mend, 3, patches, 4));
    memset(r->excluded[3], 1, 4);
    assert_ok(pb_mend_exclude(mend, 5, &patches[2], 1));
    r->excluded[5][2] = 1;
}

static void change_all_at_once(const set *s, recipe *r, pb_mend *mend)
{
    change_by_excluding(s, r, mend);
    change_by_removing(s, r, mend);
    change_by_adding(s, r, mend);
}

static void adding_is_fitting_with_the_new_one(void **state)
{
    (void)state;
    check_change(change_by_adding);
}

static void removing_is_fitting_without(void **state)
{
    (void)state;
    check_change(change_by_removing);
}

static void excluding_is_fitting_without_patches(void **state)
{
    (void)state;
    check_change(change_by_excluding);
}

static void changes_can_be_made_together(void **state)
{
    (void)state;
    check_change(change_all_at_once);
}

/* One after the other, each from the file of the one before, and back to where it began. */
static void changes_are_undone_by_their_opposites(void **state)
{
    (void)state;
    static set s;
    static const int32_t patches[] = {7, 3};
    const recipe r = recipe_of(N - 1);
    make_set(&s);
    pb_bank *start = fit(&s, &r, false), *bank = reload(fit(&s, &r, false));
    for (int step = 0; step < 4; step++) {
        pb_mend *mend;
        assert_ok(pb_mend_new(bank, &mend));
        if (step == 0)
            assert_ok(pb_mend_exclude(mend, 2, patches, 2));
        else if (step == 1)
            add(&s, N - 1, mend);
        else if (step == 2)
            assert_ok(pb_mend_remove(mend, N - 1));
        else
            assert_ok(pb_mend_restore(mend, 2, patches, 2));
        pb_bank *next = apply(mend);
        pb_mend_free(mend);
        pb_bank_free(bank);
        bank = reload(next);
        assert_int_equal(pb_bank_n_changes(bank), step + 1);
        assert_true((pb_bank_excluded_at(bank, 2) != NULL) == (step < 3));
    }
    assert_same_but_for_history(bank, start);
    pb_bank_free(bank);
    pb_bank_free(start);
}

/* A defect in a reference, taken out, no longer makes the threshold wide nor such defects look normal. */
static void excluded_patches_count_nowhere(void **state)
{
    (void)state;
    static set s;
    static const int32_t patches[] = {0, 1, 2, 3};
    recipe r = recipe_of(N);
    r.options.image_score = PB_IMAGE_SCORE_TOP1;
    make_set(&s);
    pb_bank *bank = fit(&s, &r, false);
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    assert_ok(pb_mend_exclude(mend, 3, patches, 4));
    pb_bank *mended = apply(mend);
    assert_int_equal(pb_bank_n_rows(mended), N * P - 4);
    assert_true(pb_bank_threshold(mended)->value < pb_bank_threshold(bank)->value / 2);
    pb_features *part = features_of(&s, (const int[]){3}, 1);
    double patch_scores[P], before, after;
    assert_ok(pb_bank_score(bank, part, patch_scores, &before));
    assert_ok(pb_bank_score(mended, part, patch_scores, &after));
    assert_true(before < pb_bank_threshold(bank)->value && after > pb_bank_threshold(mended)->value);
    pb_features_free(part);
    pb_bank_free(mended);
    pb_mend_free(mend);
    pb_bank_free(bank);
}

/* ---- looking first ------------------------------------------------------------------------------------------------ */

static void a_new_reference_is_audited_against_the_bank(void **state)
{
    (void)state;
    static set s;
    make_set(&s);
    recipe r = recipe_of(N - 1);
    recipe_remove(&r, 3); /* all good */
    pb_bank *bank = fit(&s, &r, false);
    pb_mend *mend;
    pb_audit *audit, *again;
    assert_ok(pb_mend_new(bank, &mend));
    add(&s, 3, mend);
    assert_ok(pb_mend_audit(mend, NULL, NULL, &audit));
    const int64_t last = pb_audit_n_images(audit) - 1;
    assert_int_equal(last, N - 2);
    assert_string_equal(pb_audit_rule(audit), pb_bank_audit_rule(bank));
    assert_true(pb_audit_image_at(audit, last)->rank == 1 && pb_audit_image_at(audit, last)->flagged);
    pb_bank *mended = apply(mend);
    assert_true(pb_bank_reference_at(mended, last)->audit_score == pb_audit_image_at(audit, last)->score);
    assert_true(pb_bank_reference_at(mended, last)->flagged && pb_bank_reference_at(mended, last)->decided_by_person);
    assert_true(pb_bank_reference_at(mended, last)->decision == PB_DECISION_KEEP);
    assert_ok(pb_mend_audit(mend, "imgt5_mad", NULL, &again));
    assert_string_equal(pb_audit_rule(again), "imgt5_mad");
    pb_audit_free(again);
    pb_audit_free(audit);
    pb_bank_free(mended);
    pb_mend_free(mend);
    pb_bank_free(bank);
}

static void the_history_says_who_and_why(void **state)
{
    (void)state;
    static set s;
    static const int32_t patches[] = {3, 4};
    const recipe r = recipe_of(N - 1);
    const pb_change_note note = {"Ada \"A.\" L.", "false alarm\n<b>", "part 17", "2026-11-29T14:41:35Z"};
    make_set(&s);
    pb_bank *bank = fit(&s, &r, false), *mended = NULL;
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    add(&s, N - 1, mend);
    assert_ok(pb_mend_remove(mend, 1));
    assert_ok(pb_mend_exclude(mend, 2, patches, 2));
    assert_ok(pb_mend_apply(mend, &note, NULL, &mended));
    mended = reload(mended);
    assert_int_equal(pb_bank_n_changes(bank), 0);
    assert_int_equal(pb_bank_n_changes(mended), 3);
    static const pb_change_kind kinds[] = {PB_CHANGE_REMOVE, PB_CHANGE_EXCLUDE, PB_CHANGE_ADD};
    static const int images[] = {1, 2, N - 1};
    for (int i = 0; i < 3; i++) {
        const pb_bank_change *change = pb_bank_change_at(mended, i);
        assert_int_equal(change->kind, kinds[i]);
        assert_string_equal(change->path, s.names[images[i]]);
        assert_string_equal(change->sha256, s.digests[images[i]]);
        assert_string_equal(change->author, note.author);
        assert_string_equal(change->reason, note.reason);
        assert_string_equal(change->evidence, note.evidence);
        assert_string_equal(change->time, note.time);
        assert_int_equal(change->n_patches, i == 1 ? 2 : 0);
        assert_true(change->threshold_before == pb_bank_fitted_threshold(bank)->value);
        assert_true(change->threshold_after == pb_bank_fitted_threshold(mended)->value);
    }
    assert_string_equal(pb_change_kind_name(PB_CHANGE_EXCLUDE), "exclude");
    assert_string_equal(pb_change_kind_name((pb_change_kind)9), "unknown");
    pb_bank_free(mended);
    pb_mend_free(mend);
    pb_bank_free(bank);
}

/* ---- banks of before ---------------------------------------------------------------------------------------------- */

/* Rows and limits alone: as purebank 0.1 left a bank, but that it has a guard, whose photos are wanted then. */
static void forget_spare(pb_bank *bank)
{
    pb_free(bank->left_out.own_rows);
    pb_free(bank->left_out.image);
    pb_free(bank->left_out.patch);
    pb_free(bank->left_out.photos);
    bank->left_out = (pb_bank_left_out){0};
}

static void banks_of_before_are_given_what_they_lack(void **state)
{
    (void)state;
    static set s;
    make_set(&s);
    recipe r = recipe_of(N - 1);
    r.options.audit_removes = true; /* takes image 3 out */
    pb_bank *bank = fit(&s, &r, false), *mended = NULL;
    keep_decisions(bank, &r);
    forget_spare(bank);
    bank = reload(bank);
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    add(&s, N - 1, mend);
    recipe_add(&r, N - 1);
    assert_status(pb_mend_apply(mend, NULL, NULL, &mended), PB_STATUS_UNSUPPORTED);
    assert_non_null(strstr(pb_error_message(), "refs/0.png"));
    for (int i = 0; i < N - 1; i++) {
        bool features, photo;
        pb_mend_needs(mend, i, &features, &photo);
        assert_true(photo && features == (i == 3));
    }
    pb_features *wrong = features_of(&s, (const int[]){5}, 1);
    assert_status(pb_mend_give(mend, N - 1, wrong, NULL), PB_STATUS_BAD_ARGUMENT);
    pb_features_free(wrong);
    r.n--;
    give_what_is_missing(&s, &r, mend);
    r.n++;
    pb_bank *fitted = fit(&s, &r, true);
    mended = apply(mend);
    assert_same_but_for_history(mended, fitted);
    pb_bank_free(fitted);
    pb_bank_free(mended);
    pb_mend_free(mend);
    pb_bank_free(bank);
}

/* It knows no limits for photos, so that nothing of them is missing. */
static void a_bank_of_the_first_edition_lacks_patches_alone(void **state)
{
    (void)state;
    pb_bank *bank, *mended = NULL;
    pb_mend *mend;
    assert_ok(pb_bank_load(PB_GOLDEN_DIR "/bank/first_edition.bank", &bank));
    assert_int_equal(pb_bank_n_changes(bank), 0);
    assert_ok(pb_mend_new(bank, &mend));
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        bool features, photo;
        pb_mend_needs(mend, i, &features, &photo);
        assert_true((features || i != 5) && !photo); /* 5 was left out; of some others the purification left all */
    }
    assert_ok(pb_mend_remove(mend, 5));
    assert_status(pb_mend_apply(mend, NULL, NULL, &mended), PB_STATUS_UNSUPPORTED);
    assert_non_null(strstr(pb_error_message(), "banks of purebank 0.1 only"));
    pb_mend_free(mend);
    pb_bank_free(bank);
}

/* Features of another photo are not taken for those of a reference whose coreset is known. */
static void given_features_must_be_the_references(void **state)
{
    (void)state;
    static set s;
    make_set(&s);
    recipe r = recipe_of(N);
    r.options.coreset_share = 0.5;
    pb_bank *bank = fit(&s, &r, false);
    pb_mend *mend;
    bool wants_features, wants_photo;
    assert_ok(pb_mend_new(bank, &mend));
    pb_mend_needs(mend, 0, &wants_features, &wants_photo);
    assert_true(wants_features && !wants_photo);
    pb_features *other = features_of(&s, (const int[]){1}, 1);
    assert_status(pb_mend_give(mend, 0, other, NULL), PB_STATUS_MISMATCH);
    pb_mend_needs(mend, 0, &wants_features, &wants_photo);
    assert_true(wants_features);
    assert_ok(pb_mend_remove(mend, 0)); /* what goes needs nothing */
    pb_mend_needs(mend, 0, &wants_features, &wants_photo);
    assert_false(wants_features);
    pb_features_free(other);
    pb_mend_free(mend);
    pb_bank_free(bank);
}

/* What is kept for changes is guarded against damage as the rest is. */
static void damage_to_what_is_kept_is_found(void **state)
{
    (void)state;
    static set s;
    make_set(&s);
    recipe r = recipe_of(N);
    r.options.audit_removes = true;
    pb_bank *bank = fit(&s, &r, false), *loaded = NULL;
    uint8_t *bytes;
    size_t size;
    char path[512];
    assert_int_equal(bank->left_out.n, P);
    save(bank, "whole.bank", &bytes, &size);
    snprintf(path, sizeof path, "%s/damaged.bank", root);
    for (size_t at = 8; at < size; at += 397) {
        bytes[at] ^= 4;
        assert_ok(pb_file_write(path, bytes, size));
        bytes[at] ^= 4;
        const pb_status status = pb_bank_load(path, &loaded);
        if (status == PB_STATUS_OK) { /* the header is filled up with spaces, and of it alone nothing is lost */
            char *before, *after;
            assert_ok(pb_bank_describe(bank, &before));
            assert_ok(pb_bank_describe(loaded, &after));
            assert_string_equal(before, after);
            assert_true(loaded->left_out.n == P && loaded->left_out.photos);
            pb_buffer_free(before);
            pb_buffer_free(after);
            pb_bank_free(loaded);
        }
    }
    pb_buffer_free((char *)bytes);
    pb_bank_free(bank);
}

/* ---- errors ------------------------------------------------------------------------------------------------------- */

static void what_cannot_be_changed_is_refused(void **state)
{
    (void)state;
    static set s;
    static const int32_t first[] = {0}, outside[] = {1, P}, twice[] = {2, 2};
    const recipe r = recipe_of(3);
    make_set(&s);
    pb_bank *bank = fit(&s, &r, false), *mended = NULL;
    pb_mend *mend;
    assert_ok(pb_mend_new(bank, &mend));
    assert_status(pb_mend_apply(mend, NULL, NULL, &mended), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_remove(mend, 3), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_remove(mend, -1), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_exclude(mend, 0, outside, 2), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_exclude(mend, 0, twice, 2), PB_STATUS_MISMATCH);
    assert_status(pb_mend_exclude(mend, 0, first, 0), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_restore(mend, 0, first, 1), PB_STATUS_MISMATCH);
    pb_features *features = features_of(&s, (const int[]){5, 6}, 2), *one;
    assert_status(pb_mend_add(mend, "two", NULL, features, &s.photos[5]), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_features_slice(features, 0, 1, &one));
    assert_status(pb_mend_add(mend, "x", NULL, one, NULL), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_add(mend, "", NULL, one, &s.photos[5]), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_mend_add(mend, "x", s.digests[1], one, &s.photos[5]), PB_STATUS_MISMATCH);
    assert_status(pb_mend_add(mend, s.names[1], NULL, one, &s.photos[5]), PB_STATUS_MISMATCH);
    pb_photo black;
    pb_image image;
    assert_ok(pb_image_new(PX, PX, &image));
    memset(image.rgb, 0, (size_t)PX * PX * 3);
    assert_ok(pb_photo_measure(&image, &black));
    pb_image_free(&image);
    assert_status(pb_mend_add(mend, "black.png", NULL, one, &black), PB_STATUS_MISMATCH);
    assert_non_null(strstr(pb_error_message(), "black.png cannot become a reference: almost black"));
    assert_status(pb_mend_apply(mend, NULL, NULL, &mended), PB_STATUS_BAD_ARGUMENT); /* still nothing */
    assert_ok(pb_mend_remove(mend, 0));
    assert_status(pb_mend_remove(mend, 0), PB_STATUS_BAD_ARGUMENT);
    assert_ok(pb_mend_remove(mend, 1));
    assert_status(pb_mend_apply(mend, NULL, NULL, &mended), PB_STATUS_BAD_SHAPE); /* one reference is none */
    pb_features_free(one);
    pb_features_free(features);
    pb_mend_free(mend);
    pb_mend_free(NULL);
    pb_bank_free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_is_fitting_with_the_new_one),
        cmocka_unit_test(removing_is_fitting_without),
        cmocka_unit_test(excluding_is_fitting_without_patches),
        cmocka_unit_test(changes_can_be_made_together),
        cmocka_unit_test(changes_are_undone_by_their_opposites),
        cmocka_unit_test(excluded_patches_count_nowhere),
        cmocka_unit_test(a_new_reference_is_audited_against_the_bank),
        cmocka_unit_test(the_history_says_who_and_why),
        cmocka_unit_test(banks_of_before_are_given_what_they_lack),
        cmocka_unit_test(a_bank_of_the_first_edition_lacks_patches_alone),
        cmocka_unit_test(given_features_must_be_the_references),
        cmocka_unit_test(damage_to_what_is_kept_is_found),
        cmocka_unit_test(what_cannot_be_changed_is_refused),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
