#include "station/part_json.h"

#include <math.h>
#include <stdio.h>

#include "io/json_fields.h"
#include "station/clock.h"

json_t *station_time_json(int64_t ms)
{
    char text[STATION_TIME_BYTES];
    station_time_text(ms, text);
    return json_string(text);
}

json_t *station_number_json(double value)
{
    return pb_json_finite_or_null(value);
}

static json_t *address(const station_part *part, const char *what)
{
    char text[160];
    snprintf(text, sizeof text, "/api/v1/parts/%s%s%s", part->id, *what ? "/" : "", what);
    return json_string(text);
}

json_t *station_review_json(const station_part *part)
{
    if (part->label == STATION_LABEL_NONE)
        return json_null();
    return json_pack("{s:s, s:o, s:o}", "label", station_label_name(part->label), "by",
                     pb_json_lossy_string(part->reviewed_by), "time", station_time_json(part->reviewed_ms));
}

static json_t *times_json(const station_part *part)
{
    json_t *times = json_object();
    char key[32];
    for (int i = 0; i < STATION_N_STEPS; i++) {
        snprintf(key, sizeof key, "%s_ms", station_step_name(i));
        json_object_set_new(times, key, station_number_json(round(part->ms[i] * 1e3) / 1e3));
    }
    return times;
}

static json_t *reasons_json(const station_part *part)
{
    json_t *reasons = json_array();
    for (int i = 0; i < 2 && part->reason[i][0]; i++)
        json_array_append_new(reasons, pb_json_lossy_string(part->reason[i]));
    return reasons;
}

json_t *station_part_json(const station_part *part)
{
    json_t *out =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:f, s:o, s:I}", "id", part->id, "product", part->product,
                  "line", pb_json_lossy_string(part->line), "lot", pb_json_lossy_string(part->lot), "name",
                  pb_json_lossy_string(part->name), "time", station_time_json(part->time_ms), "verdict",
                  station_verdict_name(part->verdict), "score", station_number_json(part->score), "threshold",
                  part->threshold, "reasons", reasons_json(part), "bank", (json_int_t)part->bank);
    if (!out)
        return NULL;
    json_object_set_new(out, "width", json_integer(part->width));
    json_object_set_new(out, "height", json_integer(part->height));
    json_object_set_new(out, "photo_type", json_string(part->type));
    json_object_set_new(out, "photo", address(part, "photo"));
    json_object_set_new(out, "heatmap", address(part, "heatmap"));
    json_object_set_new(out, "thumbnail", address(part, "thumbnail"));
    json_object_set_new(out, "times", times_json(part));
    json_object_set_new(out, "review", station_review_json(part));
    return out;
}

json_t *station_threshold_json(const pb_threshold *threshold, double bound)
{
    return json_pack("{s:f, s:f, s:s, s:I, s:f, s:o}", "value", threshold->value, "false_alarm_rate",
                     threshold->false_alarm_rate, "method", pb_threshold_method_name(threshold->method), "n",
                     (json_int_t)threshold->n, "guaranteed_rate", threshold->guaranteed_rate, "bound",
                     station_number_json(bound));
}

json_t *station_version_json(const station_version *version, int64_t active)
{
    json_t *evidence = json_loads(version->evidence, 0, NULL);
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:o, s:b, s:s}", "version",
                     (json_int_t)version->version, "parent",
                     version->parent ? json_integer(version->parent) : json_null(), "time",
                     station_time_json(version->time_ms), "author", pb_json_lossy_string(version->author), "reason",
                     pb_json_lossy_string(version->reason), "action", version->action, "change",
                     pb_json_lossy_string(version->change), "evidence", evidence ? evidence : json_array(),
                     "references", (json_int_t)version->n_references, "rows", (json_int_t)version->n_rows, "threshold",
                     station_threshold_json(&version->threshold, version->bound), "active", version->version == active,
                     "sha256", version->sha256);
}
