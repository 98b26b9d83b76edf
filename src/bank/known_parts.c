#include "bank/known_parts.h"

#include <inttypes.h>

#include "base/memory.h"
#include "io/json_fields.h"

json_t *pb_threshold_to_json(const pb_threshold *threshold)
{
    return json_pack("{s:f, s:f, s:s, s:I, s:f}", "value", threshold->value, "false_alarm_rate",
                     threshold->false_alarm_rate, "method", pb_threshold_method_name(threshold->method), "n",
                     (json_int_t)threshold->n, "guaranteed_rate", threshold->guaranteed_rate);
}

pb_status pb_threshold_from_json(const json_t *description, const char *key, const char *name, pb_threshold *out)
{
    const json_t *threshold;
    char method[16];
    PB_TRY(pb_json_get_object(description, key, name, &threshold));
    PB_TRY(pb_json_get_real(threshold, "value", name, false, &out->value));
    PB_TRY(pb_json_get_real(threshold, "false_alarm_rate", name, false, &out->false_alarm_rate));
    PB_TRY(pb_json_get_text(threshold, "method", name, method, sizeof method));
    out->method = pb_threshold_method_of(method);
    PB_TRY(pb_json_get_int(threshold, "n", name, 2, INT32_MAX, &out->n));
    PB_TRY(pb_json_get_real(threshold, "guaranteed_rate", name, false, &out->guaranteed_rate));
    if (!(out->value >= 0) || !(out->false_alarm_rate > 0 && out->false_alarm_rate < 1))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a threshold of %g for a false-alarm rate of %g is none", name,
                       out->value, out->false_alarm_rate);
    return PB_STATUS_OK;
}

json_t *pb_known_parts_to_json(const pb_bank *bank)
{
    json_t *parts = json_array();
    for (int64_t i = 0; parts && i < bank->n_known; i++) {
        const pb_known_part *part = &bank->known[i];
        json_t *object = json_pack("{s:o, s:s, s:f, s:b}", "path", pb_json_lossy_string(part->path), "sha256",
                                   part->sha256, "score", part->score, "defect", (int)part->defect);
        if (object && part->unusable && json_object_set_new(object, "unusable", json_true()) != 0) {
            json_decref(object);
            object = NULL;
        }
        if (json_array_append_new(parts, object) != 0) {
            json_decref(parts);
            return NULL;
        }
    }
    return parts ? json_pack("{s:o, s:o}", "fitted_threshold", pb_threshold_to_json(&bank->fitted_threshold), "parts",
                             parts)
                 : NULL;
}

static pb_status read_part(const json_t *object, const char *name, pb_known_part *out)
{
    const char *path;
    PB_TRY(pb_json_get_string(object, "path", name, &path));
    PB_TRY(PB_NEW_STRING(out->path, path));
    PB_TRY(pb_json_get_text(object, "sha256", name, out->sha256, sizeof out->sha256));
    PB_TRY(pb_json_get_real(object, "score", name, false, &out->score));
    PB_TRY(pb_json_get_bool(object, "defect", name, &out->defect));
    if (json_object_get(object, "unusable")) /* absent where it is not */
        PB_TRY(pb_json_get_bool(object, "unusable", name, &out->unusable));
    if (!(out->score >= 0))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s has a score of %g", name, path, out->score);
    return PB_STATUS_OK;
}

pb_status pb_known_parts_from_json(const json_t *description, const char *name, pb_bank *bank)
{
    const json_t *calibration, *parts;
    bank->fitted_threshold = bank->threshold;
    if (!json_object_get(description, "calibration"))
        return PB_STATUS_OK;
    PB_TRY(pb_json_get_object(description, "calibration", name, &calibration));
    PB_TRY(pb_threshold_from_json(calibration, "fitted_threshold", name, &bank->fitted_threshold));
    PB_TRY(pb_json_get_array(calibration, "parts", name, &parts));
    const int64_t n = (int64_t)json_array_size(parts);
    PB_TRY(PB_NEW(bank->known, n + 1));
    for (; bank->n_known < n; bank->n_known++) {
        const pb_status status =
            read_part(json_array_get(parts, (size_t)bank->n_known), name, &bank->known[bank->n_known]);
        if (status != PB_STATUS_OK) {
            pb_free(bank->known[bank->n_known].path);
            return status;
        }
    }
    return PB_STATUS_OK;
}
