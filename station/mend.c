#include "station/mend.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <purebank/mend.h>

#include "base/memory.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "station/photos.h"

static const char *const ACTIONS[] = {"calibrate", "add-reference", "remove-reference", "remove-patches"};
enum { N_ACTIONS = sizeof ACTIONS / sizeof *ACTIONS };

const char *station_action_name(station_action action)
{
    return ACTIONS[action];
}

int station_action_of(const char *name)
{
    for (int i = 0; i < N_ACTIONS; i++)
        if (strcmp(name, ACTIONS[i]) == 0)
            return i;
    return -1;
}

void station_mended_free(station_mended *mended)
{
    pb_bank_free(mended->bank);
    json_decref(mended->evidence);
    *mended = (station_mended){0};
}

pb_status station_mended_add(station_mended *mended, const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return json_array_append_new(mended->evidence, pb_json_lossy_string(sentence)) == 0
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
}

/* ---- references and patches --------------------------------------------------------------------------------------- */

/* What banks of earlier versions did not keep of a reference comes from its photo. Where the station has not that either,
 * pb_mend_apply() says so. */
static pb_status give_reference(const station_bench *bench, int64_t i, pb_mend *mend)
{
    const pb_bank_reference *reference = pb_bank_reference_at(bench->base->bank, i);
    bool needs_features, needs_photo;
    char path[STATION_PATH_BYTES + 80];
    station_look look;
    pb_mend_needs(mend, i, &needs_features, &needs_photo);
    if (!needs_features && !needs_photo)
        return PB_STATUS_OK;
    snprintf(path, sizeof path, "%s/%s", bench->station->references, reference->sha256);
    if (!reference->sha256[0] || access(path, R_OK) != 0)
        return PB_STATUS_OK;
    PB_TRY(station_look_at_reference(bench->base, path, &look));
    const pb_status status =
        pb_mend_give(mend, i, needs_features ? look.features : NULL, needs_photo ? &look.photo : NULL);
    pb_features_free(look.features);
    return status;
}

static pb_status add_part(const station_bench *bench, const station_change *change, pb_mend *mend)
{
    char path[STATION_PATH_BYTES];
    station_look look;
    PB_TRY(station_photos_path(bench->station->photos, change->part.file, path));
    PB_TRY(station_look_at_reference(bench->base, path, &look));
    const pb_status status = pb_mend_add(mend, path, change->part.sha256, look.features, &look.photo);
    pb_features_free(look.features);
    return status;
}

/* Is patch `patch` among the n? Rows of several copies may show one patch. */
static bool is_among(const int32_t *patches, int64_t n, int32_t patch)
{
    for (int64_t i = 0; i < n; i++)
        if (patches[i] == patch)
            return true;
    return false;
}

/* Patches of one reference together: the library takes them so. @param patches room for n_rows */
static pb_status exclude_of(const pb_bank *bank, const station_change *change, int32_t reference, int32_t *patches,
                            pb_mend *mend)
{
    const int64_t n_places = (int64_t)pb_bank_origin(bank)->grid_height * pb_bank_origin(bank)->grid_width;
    int64_t n = 0;
    for (int64_t i = 0; i < change->n_rows; i++) {
        const int64_t row = change->rows[i];
        const int32_t patch = (int32_t)(pb_bank_patch_of_row(bank)[row] % n_places);
        if (pb_bank_image_of_row(bank)[row] == reference && !(pb_bank_augment(bank) && is_among(patches, n, patch)))
            patches[n++] = patch;
    }
    return n > 0 ? pb_mend_exclude(mend, reference, patches, n) : PB_STATUS_OK;
}

static pb_status exclude_rows(const station_bench *bench, const station_change *change, pb_mend *mend)
{
    const pb_bank *bank = bench->base->bank;
    int32_t *patches;
    for (int64_t i = 0; i < change->n_rows; i++)
        PB_CHECK_ARG(change->rows[i] >= 0 && change->rows[i] < pb_bank_n_rows(bank),
                     "there is no descriptor %" PRId64 " among %" PRId64, change->rows[i], pb_bank_n_rows(bank));
    PB_TRY(PB_NEW(patches, change->n_rows));
    pb_status status = PB_STATUS_OK;
    for (int32_t r = 0; status == PB_STATUS_OK && r < pb_bank_n_references(bank); r++)
        status = exclude_of(bank, change, r, patches, mend);
    pb_free(patches);
    return status;
}

/* One that is out already would be a version in which nothing changes. */
static pb_status check_is_kept(const pb_bank *bank, int64_t reference)
{
    PB_CHECK_ARG(
        reference >= pb_bank_n_references(bank) || pb_bank_reference_at(bank, reference)->decision == PB_DECISION_KEEP,
        "the reference %s is out of the bank already", pb_base_name(pb_bank_reference_at(bank, reference)->path));
    return PB_STATUS_OK;
}

static pb_status prepare(const station_bench *bench, const station_change *change, pb_mend *mend)
{
    switch (change->action) {
    case STATION_ADD_REFERENCE:
        PB_TRY(add_part(bench, change, mend));
        break;
    case STATION_REMOVE_REFERENCE:
        PB_TRY(check_is_kept(bench->base->bank, change->reference));
        PB_TRY(pb_mend_remove(mend, change->reference));
        break;
    default:
        PB_TRY(exclude_rows(bench, change, mend));
    }
    for (int64_t i = 0; i < pb_bank_n_references(bench->base->bank); i++)
        PB_TRY(give_reference(bench, i, mend));
    return PB_STATUS_OK;
}

/* ---- in words ----------------------------------------------------------------------------------------------------- */

static pb_status tell_audit(pb_mend *mend, station_mended *out)
{
    pb_audit *audit;
    PB_TRY(pb_mend_audit(mend, NULL, NULL, &audit));
    const pb_audit_image *added = pb_audit_image_at(audit, pb_audit_n_images(audit) - 1);
    out->audit = (station_audit){
        .known = true, .score = added->score, .limit = pb_audit_limit(audit), .flagged = added->flagged};
    snprintf(out->audit.rule, sizeof out->audit.rule, "%s", pb_audit_rule(audit));
    const pb_bank_reference *reference = pb_bank_reference_at(out->bank, pb_bank_n_references(out->bank) - 1);
    snprintf(out->audit.unusable, sizeof out->audit.unusable, "%s", reference->unusable);
    const pb_status status =
        station_mended_add(out, "Audited by %s: %.4g, limit %.4g: %s.", out->audit.rule, added->score,
                           pb_audit_limit(audit), added->flagged ? "flagged" : "not flagged");
    pb_audit_free(audit);
    if (status == PB_STATUS_OK && reference->unusable[0])
        return station_mended_add(out, "As a photo it stands out: %s.", reference->unusable);
    return status;
}

static void tell_change(const station_bench *bench, const station_change *change, station_mended *out)
{
    const pb_bank *bank = bench->base->bank;
    const int64_t n = pb_bank_n_rows(out->bank) - pb_bank_n_rows(bank);
    if (change->action == STATION_ADD_REFERENCE)
        snprintf(out->change, sizeof out->change, "part %s becomes a reference: %" PRId64 " descriptors more",
                 change->part.id, n);
    else if (change->action == STATION_REMOVE_REFERENCE)
        snprintf(out->change, sizeof out->change, "reference %.200s leaves with %" PRId64 " descriptors",
                 pb_base_name(pb_bank_reference_at(bank, change->reference)->path), -n);
    else
        snprintf(out->change, sizeof out->change, "%" PRId64 " descriptors leave", -n);
}

static pb_status change_by(const station_bench *bench, const station_change *change, pb_mend *mend, station_mended *out)
{
    PB_TRY(prepare(bench, change, mend));
    PB_TRY(pb_mend_apply(mend, &change->note, NULL, &out->bank));
    tell_change(bench, change, out);
    if (change->action == STATION_ADD_REFERENCE)
        PB_TRY(tell_audit(mend, out));
    return pb_bank_n_known(bench->base->bank) > 0 ? station_evidence_apply(bench, out, false, false, 0) : PB_STATUS_OK;
}

static pb_status change_references(const station_bench *bench, const station_change *change, station_mended *out)
{
    pb_mend *mend;
    PB_TRY(pb_mend_new(bench->base->bank, &mend));
    const pb_status status = change_by(bench, change, mend, out);
    pb_mend_free(mend);
    return status;
}

/* ---- the threshold ------------------------------------------------------------------------------------------------ */

/* A bank of one's own with the same descriptors, from its file. */
static pb_status copy_base(const station_bench *bench, pb_bank **out)
{
    station *self = bench->station;
    const station_bank *base = bench->base;
    station_version version;
    station_bank *copy;
    bool found;
    PB_TRY(station_db_version(bench->db, base->product, base->version, &version, &found));
    if (!found)
        return pb_fail(PB_STATUS_BAD_FORMAT, "version %" PRId64 " of %s is not in the database", base->version,
                       base->product);
    const pb_status status = station_banks_load(self->banks, base->product, base->version, version.sha256, &copy);
    station_version_free(&version);
    if (status != PB_STATUS_OK)
        return status;
    *out = copy->bank;
    copy->bank = NULL;
    station_bank_release(copy);
    return PB_STATUS_OK;
}

static pb_status calibrate(const station_bench *bench, const station_change *change, station_mended *out)
{
    const double before = pb_bank_threshold(bench->base->bank)->value;
    PB_TRY(copy_base(bench, &out->bank));
    PB_TRY(station_evidence_apply(bench, out, true, true, change->rate));
    snprintf(out->change, sizeof out->change, "the threshold goes from %.4g to %.4g, for a false-alarm rate of %.3g %%",
             before, pb_bank_threshold(out->bank)->value, 100 * change->rate);
    return PB_STATUS_OK;
}

pb_status station_mend(const station_bench *bench, const station_change *change, station_mended *out)
{
    *out = (station_mended){.evidence = json_array()};
    if (!out->evidence)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    return change->action == STATION_CALIBRATE ? calibrate(bench, change, out) : change_references(bench, change, out);
}
