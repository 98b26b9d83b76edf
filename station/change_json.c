#include "station/change_json.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/json_fields.h"
#include "station/part_json.h"

static const double CONFIDENCE = 0.9;
enum { MOST_POINTS = 400 };

static json_t *changed_json(const station_changed *changed)
{
    const station_part *part = &changed->part;
    char address[STATION_ID_BYTES + 64];
    snprintf(address, sizeof address, "/api/v1/parts/%s/thumbnail", part->id);
    return json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:s, s:s, s:o}", "id", part->id, "time", station_time_json(part->time_ms),
        "thumbnail", address, "score_before", station_number_json(changed->before.score), "score_after",
        station_number_json(changed->after.score), "verdict_before", station_verdict_name(changed->before.verdict),
        "verdict_after", station_verdict_name(changed->after.verdict), "review", station_review_json(part));
}

static json_t *effect_json(const station_effect *effect)
{
    json_t *parts = json_array();
    for (int64_t i = 0; i < effect->n; i++)
        json_array_append_new(parts, changed_json(&effect->changed[i]));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "checked", (json_int_t)effect->checked, "late",
                     (json_int_t)effect->late, "to_ok", (json_int_t)effect->to_ok, "to_ng", (json_int_t)effect->to_ng,
                     "to_unusable", (json_int_t)effect->to_unusable, "parts", parts);
}

static json_t *threshold_json(const pb_bank *bank)
{
    double bound = (double)NAN;
    if (pb_threshold_rate_bound(pb_bank_threshold(bank), CONFIDENCE, &bound) != PB_STATUS_OK)
        bound = (double)NAN;
    return station_threshold_json(pb_bank_threshold(bank), bound);
}

static json_t *audit_json(const station_audit *audit)
{
    if (!audit->known)
        return json_null();
    return json_pack("{s:o, s:o, s:b, s:o, s:s}", "score", station_number_json(audit->score), "limit",
                     isfinite(audit->limit) ? json_real(audit->limit) : json_null(), "flagged", audit->flagged,
                     "unusable", pb_json_lossy_string(audit->unusable), "rule", audit->rule);
}

/* ---- the evidence of a threshold ---------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static json_t *scores_json(const pb_bank *bank, bool defect)
{
    const int64_t n = pb_bank_n_known(bank);
    double *scores;
    int64_t n_scores = 0;
    json_t *out = json_array();
    if (PB_NEW(scores, n + 1) != PB_STATUS_OK)
        return out;
    for (int64_t i = 0; i < n; i++)
        if (pb_bank_known_at(bank, i)->defect == defect)
            scores[n_scores++] = pb_bank_known_at(bank, i)->score;
    qsort(scores, (size_t)n_scores, sizeof *scores, ascending);
    for (int64_t i = 0; i < n_scores; i++)
        json_array_append_new(out, json_real(scores[i]));
    pb_free(scores);
    return out;
}

static json_t *curve_json(const pb_bank *bank)
{
    pb_trade_off *rows;
    const int64_t capacity = pb_bank_n_known(bank) + 1;
    int64_t n = 0;
    json_t *out = json_array();
    if (PB_NEW(rows, capacity) != PB_STATUS_OK)
        return out;
    if (pb_bank_trade_offs(bank, CONFIDENCE, rows, capacity, &n) != PB_STATUS_OK)
        n = 0;
    for (int64_t i = 0; i < n && i < MOST_POINTS; i++)
        json_array_append_new(out, json_pack("{s:f, s:I, s:I, s:f, s:f}", "threshold", rows[i].threshold, "good_above",
                                             (json_int_t)rows[i].good_above, "caught", (json_int_t)rows[i].caught,
                                             "promised", rows[i].promised, "bound", rows[i].bound));
    pb_free(rows);
    return out;
}

static json_t *calibration_json(const station_change *change, const pb_bank *base, const pb_bank *mended)
{
    pb_trade_off before, after;
    if (change->action != STATION_CALIBRATE ||
        pb_bank_trade_off_at(mended, pb_bank_threshold(base)->value, CONFIDENCE, &before) != PB_STATUS_OK ||
        pb_bank_trade_off_at(mended, pb_bank_threshold(mended)->value, CONFIDENCE, &after) != PB_STATUS_OK)
        return json_null();
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:o}", "good", scores_json(mended, false), "defect",
                     scores_json(mended, true), "caught_before", (json_int_t)before.caught, "caught_after",
                     (json_int_t)after.caught, "good_above_before", (json_int_t)before.good_above, "good_above_after",
                     (json_int_t)after.good_above, "curve", curve_json(mended));
}

json_t *station_preview_json(const station_bench *bench, const station_change *change, const station_mended *mended,
                             const station_effect *effect)
{
    const pb_bank *base = bench->base->bank, *bank = mended->bank;
    return json_pack("{s:s, s:I, s:o, s:O, s:o, s:o, s:o, s:o, s:o, s:o}", "action",
                     station_action_name(change->action), "base", (json_int_t)bench->base->version, "change",
                     pb_json_lossy_string(mended->change), "evidence", mended->evidence, "threshold_before",
                     threshold_json(base), "threshold_after", threshold_json(bank), "part",
                     effect->has_part ? changed_json(&effect->part) : json_null(), "audit", audit_json(&mended->audit),
                     "calibration", calibration_json(change, base, bank), "effect", effect_json(effect));
}
