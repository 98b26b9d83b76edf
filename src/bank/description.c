#include "bank/description.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bank/bank.h"
#include "bank/guard_description.h"
#include "bank/history.h"
#include "bank/known_parts.h"
#include "base/memory.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/origin.h"

static json_t *reference_to_json(const pb_bank_reference *reference)
{
    json_t *object =
        json_pack("{s:o, s:s, s:o, s:o, s:b, s:s, s:b, s:o}", "path", pb_json_lossy_string(reference->path), "sha256",
                  reference->sha256, "score", pb_json_finite_or_null(reference->audit_score), "mean",
                  pb_json_finite_or_null(reference->audit_mean), "flagged", (int)reference->flagged, "decision",
                  pb_decision_name(reference->decision), "decided_by_person", (int)reference->decided_by_person,
                  "loo_score", pb_json_finite_or_null(reference->loo_score));
    if (object &&
        ((reference->unusable[0] && json_object_set_new(object, "unusable", json_string(reference->unusable)) != 0) ||
         (reference->stands_out[0] &&
          json_object_set_new(object, "stands_out", json_string(reference->stands_out)) != 0))) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

/* With what a person took out of it. */
static json_t *mended_to_json(const pb_bank *bank, int64_t i)
{
    json_t *object = reference_to_json(&bank->references[i]);
    if (object && pb_bank_excluded_at(bank, i) &&
        json_object_set_new(object, "excluded", pb_excluded_to_json(bank, i)) != 0) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

static json_t *references_to_json(const pb_bank *bank)
{
    json_t *array = json_array();
    for (int64_t i = 0; array && i < bank->n_references; i++) {
        if (json_array_append_new(array, mended_to_json(bank, i)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *augment_to_json(const pb_bank *bank)
{
    char text[PB_AUGMENT_TEXT];
    pb_augment_text(&bank->augment, text, sizeof text);
    return json_string(text);
}

/* What banks have that somebody changed, or that are of a share of their patches, or of a region of their photos, or of copies, too. */
static bool add_mending(const pb_bank *bank, json_t *object)
{
    return (bank->coreset_share == 0 ||
            json_object_set_new(object, "coreset_share", json_real(bank->coreset_share)) == 0) &&
           (!bank->roi || json_object_set_new(object, "roi", pb_roi_to_json(bank->roi)) == 0) &&
           (!pb_augment_is_any(&bank->augment) || json_object_set_new(object, "augment", augment_to_json(bank)) == 0) &&
           (bank->n_changes == 0 || json_object_set_new(object, "history", pb_history_to_json(bank)) == 0);
}

static pb_status to_json(const pb_bank *bank, json_t **out)
{
    json_t *origin;
    PB_TRY(pb_origin_to_json(&bank->origin, &origin));
    json_t *audit = json_null();
    if (bank->audit_rule[0])
        audit = json_pack("{s:s, s:f, s:o}", "rule", bank->audit_rule, "multiplier", bank->audit_multiplier, "limit",
                          pb_json_finite_or_null(bank->audit_limit));
    *out = json_pack("{s:s, s:o, s:I, s:s, s:o, s:s, s:f, s:f, s:I, s:o, s:f, s:f, s:I, s:o*, s:o*, s:o*, s:o}",
                     "program_version", bank->program_version, "origin", origin, "knn_k", (json_int_t)bank->k,
                     "image_score", pb_image_score_name(bank->image_score), "audit", audit, "purification",
                     bank->purify_method, "percentile", bank->percentile, "contamination", bank->contamination, "seed",
                     (json_int_t)bank->seed, "threshold", pb_threshold_to_json(&bank->threshold), "patch_score_low",
                     bank->patch_score_low, "patch_score_high", bank->patch_score_high, "n_patches",
                     (json_int_t)bank->n_rows, "coreset_of",
                     bank->coreset_of > 0 ? json_integer((json_int_t)bank->coreset_of) : NULL, "guard",
                     bank->has_guard ? pb_guard_to_json(&bank->guard) : NULL, "calibration",
                     bank->n_known > 0 ? pb_known_parts_to_json(bank) : NULL, "references", references_to_json(bank));
    if (*out && ((bank->has_guard && !json_object_get(*out, "guard")) ||
                 (bank->n_known > 0 && !json_object_get(*out, "calibration")) || !add_mending(bank, *out))) {
        json_decref(*out);
        *out = NULL;
    }
    return *out ? PB_STATUS_OK : pb_fail(PB_STATUS_NO_MEMORY, "out of memory while describing the bank");
}

pb_status pb_bank_describe(const pb_bank *bank, char **out)
{
    json_t *description;
    PB_TRY(to_json(bank, &description));
    const pb_status status = pb_json_text(description, out);
    json_decref(description);
    return status;
}

/* A name that a parser of arguments does not know is the file's fault here. */
static pb_status blame_file(const char *name, pb_status status)
{
    return status == PB_STATUS_BAD_ARGUMENT ? pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s", name, pb_error_message())
                                            : status;
}

static pb_status read_reference(const json_t *object, const char *name, pb_bank_reference *out)
{
    const char *text;
    PB_TRY(pb_json_get_string(object, "path", name, &text));
    PB_TRY(PB_NEW_STRING(out->path, text));
    PB_TRY(pb_json_get_text(object, "sha256", name, out->sha256, sizeof out->sha256));
    PB_TRY(pb_json_get_real(object, "score", name, true, &out->audit_score));
    PB_TRY(pb_json_get_real(object, "mean", name, true, &out->audit_mean));
    PB_TRY(pb_json_get_bool(object, "flagged", name, &out->flagged));
    PB_TRY(pb_json_get_string(object, "decision", name, &text));
    PB_TRY(blame_file(name, pb_decision_parse(text, &out->decision)));
    PB_TRY(pb_json_get_bool(object, "decided_by_person", name, &out->decided_by_person));
    if (json_object_get(object, "unusable")) /* absent in usable photos */
        PB_TRY(pb_json_get_text(object, "unusable", name, out->unusable, sizeof out->unusable));
    if (json_object_get(object, "stands_out")) /* absent where it does not */
        PB_TRY(pb_json_get_text(object, "stands_out", name, out->stands_out, sizeof out->stands_out));
    return pb_json_get_real(object, "loo_score", name, true, &out->loo_score);
}

static pb_status read_references(const json_t *object, const char *name, pb_bank *bank)
{
    const json_t *array;
    PB_TRY(pb_json_get_array(object, "references", name, &array));
    const int64_t n = (int64_t)json_array_size(array);
    if (n < 1)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: the bank names no references", name);
    PB_TRY(PB_NEW(bank->references, n));
    bank->n_references = n;
    for (int64_t i = 0; i < n; i++)
        PB_TRY(read_reference(json_array_get(array, (size_t)i), name, &bank->references[i]));
    return PB_STATUS_OK;
}

static pb_status read_audit(const json_t *object, const char *name, pb_bank *bank)
{
    const json_t *audit = json_object_get(object, "audit");
    bank->audit_limit = (double)NAN;
    if (json_is_null(audit))
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_object(object, "audit", name, &audit));
    PB_TRY(pb_json_get_text(audit, "rule", name, bank->audit_rule, sizeof bank->audit_rule));
    const char *multiplier = json_object_get(audit, "multiplier") ? "multiplier" : "k"; /* as 0.1 called it */
    PB_TRY(pb_json_get_real(audit, multiplier, name, false, &bank->audit_multiplier));
    PB_TRY(pb_json_get_real(audit, "limit", name, true, &bank->audit_limit));
    if (isnan(bank->audit_limit)) /* JSON has no infinity: written as null where the scores were all alike */
        bank->audit_limit = (double)INFINITY;
    return PB_STATUS_OK;
}

/* Banks of purebank 0.1, and those of features, have none. */
static pb_status read_guard(const json_t *object, const char *name, pb_bank *bank)
{
    const json_t *guard;
    bank->has_guard = json_object_get(object, "guard") != NULL;
    if (!bank->has_guard)
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_object(object, "guard", name, &guard));
    return pb_guard_from_json(guard, name, &bank->guard);
}

/* Absent in banks of whole photos. */
static pb_status read_roi(const json_t *object, const char *name, pb_bank *bank)
{
    const json_t *roi;
    if (!json_object_get(object, "roi"))
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_object(object, "roi", name, &roi));
    return pb_roi_from_json(roi, name, bank->origin.grid_height, bank->origin.grid_width, &bank->roi);
}

/* Absent in banks of photos as they are. */
static pb_status read_augment(const json_t *object, const char *name, pb_bank *bank)
{
    char text[PB_AUGMENT_TEXT];
    if (!json_object_get(object, "augment"))
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_text(object, "augment", name, text, sizeof text));
    PB_TRY(blame_file(name, pb_augment_parse(text, &bank->augment)));
    if (pb_augment_check(&bank->augment, &bank->origin) != PB_STATUS_OK)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s", name, pb_error_message());
    return PB_STATUS_OK;
}

/* What no fit ever writes, and what later arithmetic relies on. */
static pb_status check_numbers(const pb_bank *bank, const char *name)
{
    const pb_origin *origin = &bank->origin;
    const pb_threshold *threshold = &bank->threshold;
    if (origin->grid_height < 1 || origin->grid_width < 1 || origin->dim < 1)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a grid of %dx%d patches with %" PRId64 " channels is empty", name,
                       (int)origin->grid_height, (int)origin->grid_width, origin->dim);
    if (!(bank->patch_score_low < bank->patch_score_high))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: the colour scale %g..%g is empty", name, bank->patch_score_low,
                       bank->patch_score_high);
    if (threshold->n > bank->n_references + bank->n_known || bank->fitted_threshold.n > bank->n_references)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s: the threshold rests on %" PRId64 " parts, there are %" PRId64 " references", name,
                       threshold->n, bank->n_references);
    return PB_STATUS_OK;
}

pb_status pb_bank_undescribe(const json_t *object, const char *name, pb_bank *bank)
{
    const json_t *origin;
    const char *text;
    PB_TRY(pb_json_get_text(object, "program_version", name, bank->program_version, sizeof bank->program_version));
    PB_TRY(pb_json_get_object(object, "origin", name, &origin));
    PB_TRY(pb_origin_from_json(origin, name, &bank->origin));
    PB_TRY(pb_json_get_int(object, "knn_k", name, 1, INT32_MAX, &bank->k));
    PB_TRY(pb_json_get_string(object, "image_score", name, &text));
    PB_TRY(blame_file(name, pb_image_score_parse(text, &bank->image_score)));
    PB_TRY(read_audit(object, name, bank));
    PB_TRY(pb_json_get_text(object, "purification", name, bank->purify_method, sizeof bank->purify_method));
    PB_TRY(pb_json_get_real(object, "percentile", name, false, &bank->percentile));
    PB_TRY(pb_json_get_real(object, "contamination", name, false, &bank->contamination));
    PB_TRY(pb_json_get_int(object, "seed", name, 0, PB_SEED_MAX, &bank->seed));
    PB_TRY(pb_threshold_from_json(object, "threshold", name, &bank->threshold));
    PB_TRY(pb_json_get_real(object, "patch_score_low", name, false, &bank->patch_score_low));
    PB_TRY(pb_json_get_real(object, "patch_score_high", name, false, &bank->patch_score_high));
    PB_TRY(pb_json_get_int(object, "n_patches", name, 1, INT32_MAX, &bank->n_rows));
    if (json_object_get(object, "coreset_of")) /* absent where all patches are there */
        PB_TRY(pb_json_get_int(object, "coreset_of", name, bank->n_rows, INT32_MAX, &bank->coreset_of));
    PB_TRY(read_references(object, name, bank));
    PB_TRY(read_guard(object, name, bank));
    PB_TRY(pb_known_parts_from_json(object, name, bank));
    if (json_object_get(object, "coreset_share")) /* absent where a number was asked for, or no coreset */
        PB_TRY(pb_json_get_real(object, "coreset_share", name, false, &bank->coreset_share));
    if (!(bank->coreset_share >= 0 && bank->coreset_share <= 1))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a coreset of a share of %g", name, bank->coreset_share);
    PB_TRY(pb_history_from_json(object, name, bank));
    PB_TRY(check_numbers(bank, name));
    PB_TRY(read_roi(object, name, bank));
    PB_TRY(read_augment(object, name, bank));
    return pb_excluded_from_json(json_object_get(object, "references"), name, bank);
}
