/* References and patches come and go; the rest follows from a fit of what the bank has kept. */
#include <purebank/mend.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bank/bank.h"
#include "bank/history.h"
#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"

/* A reference as it is to be. */
typedef struct candidate {
    char *path; /* owned where it is new */
    char sha256[65];
    bool is_new, goes, is_whole, has_photo, changes;
    float *given; /* n_all x dim, owned; NULL: the bank has it */
    pb_photo photo;
    pb_decision decision;
    bool by_person;
} candidate;

struct pb_mend {
    const pb_bank *bank;
    int64_t n_patches, n_inside; /* of the grid, and of the bank's region */
    int64_t n_numbers, n_all;    /* the same once for each variant of a reference */
    int64_t n, capacity;
    candidate *candidates; /* those of the bank first */
    int64_t *
        place; /* n_references x n_numbers of the bank: row + 1, or -(row of what is left out + 1), 0 where it has none */
    uint8_t *excluded;     /* n_references x n_patches, as it is to be, of all variants */
    pb_features *features; /* of those that stay, once they are needed */
    pb_references *references;
};

/* ---- what the bank has -------------------------------------------------------------------------------------------- */

static pb_status place_patch(pb_mend *mend, int64_t image, int64_t number, int64_t value)
{
    int64_t *place = &mend->place[image * mend->n_numbers + number];
    if (*place)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has patch %" PRId64 " of %s twice: no fit makes such a bank",
                       pb_bank_name(mend->bank), number, mend->bank->references[image].path);
    *place = value;
    return PB_STATUS_OK;
}

static pb_status place_patches(pb_mend *mend)
{
    const pb_bank *bank = mend->bank;
    const pb_bank_left_out *left_out = &bank->left_out;
    for (int64_t row = 0; row < bank->n_rows; row++)
        PB_TRY(place_patch(mend, bank->image_of_row[row], bank->patch_of_row[row], row + 1));
    for (int64_t row = 0; row < left_out->n; row++)
        PB_TRY(place_patch(mend, left_out->image[row], left_out->patch[row], -(row + 1)));
    return PB_STATUS_OK;
}

static const float *row_at(const pb_mend *mend, int64_t image, int64_t number)
{
    const int64_t place = mend->place[image * mend->n_numbers + number];
    const pb_bank *bank = mend->bank;
    return place > 0   ? bank->rows + (place - 1) * bank->dim
           : place < 0 ? bank->left_out.rows + (-place - 1) * bank->dim
                       : NULL;
}

/* Which patch of the grid is number q of those that count? */
static int64_t place_of(const pb_mend *mend, int64_t q)
{
    return mend->bank->roi ? mend->bank->roi->place[q] : q;
}

/* The number (pb_bank_patch_of_row()) of patch q of those that count in all variants. */
static int64_t number_of(const pb_mend *mend, int64_t q)
{
    return q / mend->n_inside * mend->n_patches + place_of(mend, q % mend->n_inside);
}

static void describe_reference(const pb_mend *mend, int64_t i, candidate *out)
{
    const pb_bank *bank = mend->bank;
    const pb_bank_reference *reference = &bank->references[i];
    *out = (candidate){.path = reference->path,
                       .decision = reference->decision,
                       .by_person = reference->decided_by_person,
                       .is_whole = true,
                       .has_photo = bank->left_out.photos != NULL};
    memcpy(out->sha256, reference->sha256, sizeof out->sha256);
    if (bank->left_out.photos)
        out->photo = bank->left_out.photos[i];
    for (int64_t q = 0; q < mend->n_all; q++)
        out->is_whole = out->is_whole && row_at(mend, i, number_of(mend, q));
}

static pb_status start(pb_mend *mend)
{
    const pb_bank *bank = mend->bank;
    const int64_t n_variants = pb_augment_n_variants(&bank->augment);
    mend->n_patches = pb_bank_n_places(bank);
    mend->n_inside = bank->roi ? bank->roi->n_inside : mend->n_patches;
    mend->n_numbers = mend->n_patches * n_variants;
    mend->n_all = mend->n_inside * n_variants;
    mend->n = mend->capacity = bank->n_references;
    PB_TRY(PB_NEW(mend->candidates, mend->n));
    PB_TRY(PB_NEW_PRODUCT(mend->place, mend->n, mend->n_numbers));
    PB_TRY(PB_NEW_PRODUCT(mend->excluded, mend->n, mend->n_patches));
    if (bank->excluded)
        memcpy(mend->excluded, bank->excluded, (size_t)(mend->n * mend->n_patches));
    PB_TRY(place_patches(mend));
    for (int64_t i = 0; i < mend->n; i++)
        describe_reference(mend, i, &mend->candidates[i]);
    return PB_STATUS_OK;
}

pb_status pb_mend_new(const pb_bank *bank, pb_mend **out)
{
    pb_mend *mend;
    PB_TRY(PB_NEW(mend, 1));
    mend->bank = bank;
    const pb_status status = start(mend);
    if (status == PB_STATUS_OK)
        *out = mend;
    else
        pb_mend_free(mend);
    return status;
}

/* Something changes: what has been computed is of before. */
static void forget(pb_mend *mend)
{
    pb_references_free(mend->references);
    pb_features_free(mend->features);
    mend->references = NULL;
    mend->features = NULL;
}

void pb_mend_free(pb_mend *mend)
{
    if (!mend)
        return;
    forget(mend);
    for (int64_t i = 0; mend->candidates && i < mend->n; i++) {
        pb_free(mend->candidates[i].given);
        if (mend->candidates[i].is_new)
            pb_free(mend->candidates[i].path);
    }
    pb_free(mend->candidates);
    pb_free(mend->place);
    pb_free(mend->excluded);
    pb_free(mend);
}

/* ---- what is to change -------------------------------------------------------------------------------------------- */

static pb_status check_reference(const pb_mend *mend, int64_t i)
{
    PB_CHECK_ARG(i >= 0 && i < mend->bank->n_references, "there is no reference %" PRId64 " among the bank's %" PRId64,
                 i, mend->bank->n_references);
    PB_CHECK_ARG(!mend->candidates[i].goes, "%s goes already", mend->candidates[i].path);
    return PB_STATUS_OK;
}

static pb_status check_features(const pb_mend *mend, const pb_features *features, const char *name)
{
    PB_TRY(pb_bank_check_reference(mend->bank, features, name));
    PB_CHECK_ARG(features->n_images == 1, "%s: the features are of %" PRId64 " images, not of one", name,
                 features->n_images);
    return pb_features_check_finite(features);
}

static pb_status copy_given(const pb_mend *mend, const pb_features *features, float **out)
{
    const size_t bytes = (size_t)mend->bank->dim * sizeof **out;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(*out, mend->n_all, mend->bank->dim));
    for (int64_t q = 0; q < mend->n_all; q++)
        memcpy(*out + q * mend->bank->dim, features->data + number_of(mend, q) * mend->bank->dim, bytes);
    return PB_STATUS_OK;
}

void pb_mend_needs(const pb_mend *mend, int64_t i, bool *out_features, bool *out_photo)
{
    const candidate *one = &mend->candidates[i];
    *out_features = !one->goes && !one->is_whole;
    *out_photo = !one->goes && !one->has_photo && mend->bank->has_guard;
}

/* Are they those of which the bank has some? */
static pb_status compare_given(const pb_mend *mend, int64_t i, const pb_features *features)
{
    const int64_t dim = mend->bank->dim;
    for (int64_t p = 0; p < mend->n_numbers; p++) {
        const float *row = row_at(mend, i, p);
        if (row && memcmp(row, features->data + p * dim, (size_t)dim * sizeof *row) != 0)
            return pb_fail(PB_STATUS_MISMATCH,
                           "the features given for %s are not those that the bank has of it: patch %" PRId64 " differs",
                           mend->candidates[i].path, p);
    }
    return PB_STATUS_OK;
}

pb_status pb_mend_give(pb_mend *mend, int64_t i, const pb_features *features, const pb_photo *photo)
{
    PB_TRY(check_reference(mend, i));
    candidate *one = &mend->candidates[i];
    if (features && !one->is_whole) {
        PB_TRY(check_features(mend, features, one->path));
        PB_TRY(compare_given(mend, i, features));
        PB_TRY(copy_given(mend, features, &one->given));
        one->is_whole = true;
    }
    if (photo && !one->has_photo) {
        one->photo = *photo;
        one->has_photo = true;
    }
    forget(mend);
    return PB_STATUS_OK;
}

/* A photo that shows no part would make any such photo pass. */
static pb_status check_photo(const pb_mend *mend, const char *path, const pb_photo *photo)
{
    pb_guard_verdict verdict;
    if (!photo)
        return PB_STATUS_OK;
    pb_photo alone = *photo;
    PB_TRY(pb_bank_judge_photos(mend->bank, &alone, NULL, 1, &verdict));
    return verdict.no_part ? pb_fail(PB_STATUS_MISMATCH, "%s cannot become a reference: %s", path, verdict.reason)
                           : PB_STATUS_OK;
}

static pb_status check_new(const pb_mend *mend, const char *path, const char *sha256)
{
    for (int64_t i = 0; i < mend->n; i++) {
        const candidate *one = &mend->candidates[i];
        if (pb_bank_is_same_file(path, sha256, one->path, one->sha256) && !one->goes)
            return pb_fail(PB_STATUS_MISMATCH, "%s is the reference %s already%s", path, one->path,
                           one->decision == PB_DECISION_KEEP
                               ? ""
                               : ", which was decided against: take it away first, to decide anew");
    }
    return PB_STATUS_OK;
}

pb_status pb_mend_add(pb_mend *mend, const char *path, const char *sha256, const pb_features *features,
                      const pb_photo *photo)
{
    candidate added = {
        .is_new = true, .is_whole = true, .has_photo = photo != NULL, .by_person = true, .changes = true};
    PB_CHECK_ARG(*path, "a new reference needs a path");
    PB_CHECK_ARG(photo || !mend->bank->has_guard,
                 "the photo of %s was not measured, and the bank has limits for photos", path);
    if (sha256 && strlen(sha256) >= sizeof added.sha256)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "\"%s\" is no SHA-256 in hex", sha256);
    snprintf(added.sha256, sizeof added.sha256, "%s", sha256 ? sha256 : "");
    if (photo && mend->bank->roi) /* before the guard, which knows neither file nor mask by name */
        PB_TRY(pb_roi_check_photo(mend->bank->roi, path, photo->width, photo->height));
    PB_TRY(check_photo(mend, path, photo));
    PB_TRY(check_new(mend, path, added.sha256));
    PB_TRY(check_features(mend, features, path));
    if (photo)
        added.photo = *photo;
    PB_TRY(PB_RESERVE(mend->candidates, mend->n + 1, mend->capacity));
    PB_TRY(PB_NEW_STRING(added.path, path));
    const pb_status status = copy_given(mend, features, &added.given);
    if (status != PB_STATUS_OK) {
        pb_free(added.path);
        return status;
    }
    mend->candidates[mend->n++] = added;
    forget(mend);
    return PB_STATUS_OK;
}

pb_status pb_mend_remove(pb_mend *mend, int64_t i)
{
    PB_TRY(check_reference(mend, i));
    mend->candidates[i].goes = mend->candidates[i].changes = true;
    forget(mend);
    return PB_STATUS_OK;
}

static pb_status set_excluded(pb_mend *mend, int64_t i, const int32_t *patches, int64_t n, bool out)
{
    PB_TRY(check_reference(mend, i));
    PB_CHECK_ARG(n >= 1, "no patches are named");
    uint8_t *mask = mend->excluded + i * mend->n_patches;
    uint8_t *before;
    pb_status status = PB_STATUS_OK;
    PB_TRY(PB_NEW(before, mend->n_patches));
    memcpy(before, mask, (size_t)mend->n_patches);
    for (int64_t j = 0; status == PB_STATUS_OK && j < n; j++) {
        const int32_t p = patches[j];
        if (p < 0 || p >= mend->n_patches)
            status = pb_fail(PB_STATUS_BAD_ARGUMENT, "%s has no patch %d: it has %" PRId64, mend->candidates[i].path,
                             (int)p, mend->n_patches);
        else if (mend->bank->roi && !mend->bank->roi->inside[p])
            status = pb_fail(PB_STATUS_BAD_ARGUMENT,
                             "patch %d lies outside of the region of interest %s: it is not in the bank", (int)p,
                             mend->bank->roi->name);
        else if ((mask[p] != 0) == out)
            status = pb_fail(PB_STATUS_MISMATCH, "patch %d of %s is %s", (int)p, mend->candidates[i].path,
                             out ? "out already" : "not taken out");
        else
            mask[p] = out;
    }
    if (status != PB_STATUS_OK)
        memcpy(mask, before, (size_t)mend->n_patches);
    pb_free(before);
    mend->candidates[i].changes = mend->candidates[i].changes || status == PB_STATUS_OK;
    return status;
}

pb_status pb_mend_exclude(pb_mend *mend, int64_t i, const int32_t *patches, int64_t n)
{
    return set_excluded(mend, i, patches, n, true);
}

pb_status pb_mend_restore(pb_mend *mend, int64_t i, const int32_t *patches, int64_t n)
{
    return set_excluded(mend, i, patches, n, false);
}

/* ---- what it comes to --------------------------------------------------------------------------------------------- */

static int64_t count_staying(const pb_mend *mend)
{
    int64_t n = 0;
    for (int64_t i = 0; i < mend->n; i++)
        n += !mend->candidates[i].goes;
    return n;
}

static pb_status check_needs(const pb_mend *mend)
{
    for (int64_t i = 0; i < mend->n; i++) {
        bool features, photo;
        pb_mend_needs(mend, i, &features, &photo);
        if (features)
            return pb_fail(
                PB_STATUS_UNSUPPORTED,
                "%s does not hold all patches of %s (a coreset has some, banks of purebank 0.1 only those that "
                "stayed): they are to be made of its photo again",
                pb_bank_name(mend->bank), mend->candidates[i].path);
        if (photo)
            return pb_fail(PB_STATUS_UNSUPPORTED,
                           "%s does not hold what its limits for photos were learned from: %s is to be measured again",
                           pb_bank_name(mend->bank), mend->candidates[i].path);
    }
    return PB_STATUS_OK;
}

static pb_status gather(pb_mend *mend, const pb_progress *progress)
{
    const int64_t dim = mend->bank->dim, image_floats = mend->n_all * dim;
    if (mend->references)
        return PB_STATUS_OK;
    PB_TRY(check_needs(mend));
    PB_TRY(pb_features_new_within(count_staying(mend), &mend->bank->origin, mend->bank->roi, &mend->bank->augment,
                                  &mend->features));
    float *out = pb_features_rows(mend->features);
    for (int64_t i = 0; i < mend->n; i++) {
        const candidate *one = &mend->candidates[i];
        if (one->goes)
            continue;
        for (int64_t q = 0; q < mend->n_all && !one->given; q++)
            memcpy(out + q * dim, row_at(mend, i, number_of(mend, q)), (size_t)dim * sizeof *out);
        if (one->given)
            memcpy(out, one->given, (size_t)image_floats * sizeof *out);
        out += image_floats;
    }
    return pb_references_new(mend->features, mend->bank->k, progress, &mend->references);
}

pb_status pb_mend_audit(pb_mend *mend, const char *rule, const pb_progress *progress, pb_audit **out)
{
    const pb_bank *bank = mend->bank;
    pb_audit_options options = PB_AUDIT_OPTIONS_INIT;
    if (!rule && bank->audit_rule[0]) {
        rule = bank->audit_rule;
        options.multiplier = bank->audit_multiplier;
    }
    PB_TRY(gather(mend, progress));
    return pb_audit_run(mend->references, rule ? rule : pb_backbone_audit_rule_of(bank->origin.backbone), &options,
                        out);
}

/* What pb_bank_fit() is given: arrays of those that stay. */
typedef struct fit_input {
    const char **paths, **sha256;
    pb_decision *decisions;
    uint8_t *by_person, *excluded;
    pb_photo *photos;
} fit_input;

static void free_input(fit_input *input)
{
    pb_free(input->paths);
    pb_free(input->sha256);
    pb_free(input->decisions);
    pb_free(input->by_person);
    pb_free(input->excluded);
    pb_free(input->photos);
}

static pb_status list_input(const pb_mend *mend, fit_input *out)
{
    const int64_t n = count_staying(mend), n_inside = mend->n_inside;
    PB_TRY(PB_NEW(out->paths, n));
    PB_TRY(PB_NEW(out->sha256, n));
    PB_TRY(PB_NEW(out->decisions, n));
    PB_TRY(PB_NEW(out->by_person, n));
    PB_TRY(PB_NEW_PRODUCT(out->excluded, n, n_inside));
    PB_TRY(PB_NEW(out->photos, n));
    for (int64_t i = 0, to = 0; i < mend->n; i++) {
        const candidate *one = &mend->candidates[i];
        if (one->goes)
            continue;
        out->paths[to] = one->path;
        out->sha256[to] = one->sha256;
        out->decisions[to] = one->decision;
        out->by_person[to] = one->by_person;
        out->photos[to] = one->photo;
        for (int64_t q = 0; q < n_inside && !one->is_new; q++)
            out->excluded[to * n_inside + q] = mend->excluded[i * mend->n_patches + place_of(mend, q)];
        to++;
    }
    return PB_STATUS_OK;
}

static pb_bank_options options_of(const pb_bank *bank, const fit_input *input)
{
    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.k = bank->k;
    options.image_score = bank->image_score;
    options.audit_rule = bank->audit_rule[0] ? bank->audit_rule : NULL;
    options.audit_multiplier = bank->audit_multiplier;
    options.decisions = input->decisions;
    options.by_person = input->by_person;
    options.excluded = input->excluded;
    options.purify_method = bank->purify_method;
    options.percentile = bank->percentile;
    options.contamination = bank->contamination;
    options.seed = bank->seed;
    options.false_alarm_rate = bank->fitted_threshold.false_alarm_rate;
    options.photos = bank->has_guard ? input->photos : NULL;
    options.coreset_share = bank->coreset_share;
    options.coreset_rows = bank->coreset_of > 0 && bank->coreset_share == 0 ? bank->n_rows : 0;
    return options;
}

/* ---- its history -------------------------------------------------------------------------------------------------- */

/* Of one step: all its changes say the same. */
typedef struct step {
    const pb_mend *mend;
    pb_change_note note;
    pb_bank *out;
} step;

static pb_status remember(const step *s, const candidate *one, pb_change_kind kind, int64_t n_patches)
{
    pb_bank_change *change = &s->out->changes[s->out->n_changes++];
    *change = (pb_bank_change){.kind = kind,
                               .n_patches = n_patches,
                               .threshold_before = s->mend->bank->fitted_threshold.value,
                               .threshold_after = s->out->fitted_threshold.value};
    memcpy(change->sha256, one->sha256, sizeof change->sha256);
    PB_TRY(PB_NEW_STRING(change->path, one->path));
    PB_TRY(PB_NEW_STRING(change->author, s->note.author ? s->note.author : ""));
    PB_TRY(PB_NEW_STRING(change->reason, s->note.reason ? s->note.reason : ""));
    PB_TRY(PB_NEW_STRING(change->evidence, s->note.evidence ? s->note.evidence : ""));
    return PB_NEW_STRING(change->time, s->note.time ? s->note.time : "");
}

/* What happened to one reference: up to two changes. */
static pb_status remember_candidate(const step *s, int64_t i)
{
    const pb_mend *mend = s->mend;
    const candidate *one = &mend->candidates[i];
    const uint8_t *before = mend->bank->excluded;
    int64_t n_out = 0, n_back = 0;
    if (one->is_new || one->goes)
        return one->changes ? remember(s, one, one->is_new ? PB_CHANGE_ADD : PB_CHANGE_REMOVE, 0) : PB_STATUS_OK;
    for (int64_t p = i * mend->n_patches; p < (i + 1) * mend->n_patches; p++) {
        const bool was = before && before[p], is = mend->excluded[p] != 0;
        n_out += is && !was;
        n_back += was && !is;
    }
    if (n_out > 0)
        PB_TRY(remember(s, one, PB_CHANGE_EXCLUDE, n_out));
    return n_back > 0 ? remember(s, one, PB_CHANGE_RESTORE, n_back) : PB_STATUS_OK;
}

static pb_status write_history(const pb_mend *mend, const pb_change_note *note, pb_bank *out)
{
    const pb_bank *bank = mend->bank;
    step s = {.mend = mend, .out = out};
    if (note)
        s.note = *note;
    PB_TRY(PB_NEW(out->changes, bank->n_changes + 2 * mend->n));
    for (int64_t i = 0; i < bank->n_changes; i++)
        PB_TRY(pb_change_copy(&bank->changes[i], &out->changes[out->n_changes++]));
    for (int64_t i = 0; i < mend->n; i++)
        PB_TRY(remember_candidate(&s, i));
    return PB_STATUS_OK;
}

static pb_status check_change(const pb_mend *mend)
{
    for (int64_t i = 0; i < mend->n; i++)
        if (mend->candidates[i].changes)
            return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "nothing is said that is to change in %s", pb_bank_name(mend->bank));
}

pb_status pb_mend_apply(pb_mend *mend, const pb_change_note *note, const pb_progress *progress, pb_bank **out)
{
    fit_input input = {0};
    pb_bank *bank = NULL;
    pb_status status;
    PB_TRY(check_change(mend));
    PB_TRY(gather(mend, progress));
    PB_TRY_GOTO(list_input(mend, &input));
    const pb_bank_options options = options_of(mend->bank, &input);
    PB_TRY_GOTO(pb_bank_fit(mend->references, input.paths, input.sha256, &options, &bank, NULL));
    PB_TRY_GOTO(write_history(mend, note, bank));
    *out = bank;
    bank = NULL;
done:
    pb_bank_free(bank);
    free_input(&input);
    return status;
}
