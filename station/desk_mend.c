/* Changes of banks: tried, then made. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "station/change_json.h"
#include "station/clock.h"
#include "station/desk_versions.h"
#include "station/part_json.h"
#include "station/trials.h"
#include "station/versions.h"

enum { MOST_ROWS = 4096 };

/* A change as it was asked for. */
typedef struct request_of_change {
    station_change change;
    int64_t base;
    int64_t *rows; /* owned */
    char by[STATION_TEXT_BYTES], reason[STATION_WHY_BYTES], time[STATION_TIME_BYTES];
    station_bank *bank; /* held */
    char key[65];       /* of what is asked for */
} request_of_change;

static void asked_free(request_of_change *asked)
{
    pb_free(asked->rows);
    if (asked->bank)
        station_bank_release(asked->bank);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static bool read_rows(const json_t *body, request_of_change *out, station_response *answer)
{
    const json_t *rows = json_object_get(body, "rows");
    const size_t n = json_array_size(rows);
    if (n < 1 || n > MOST_ROWS) {
        station_answer_error(answer, 400, "bad_request", "\"rows\" must be a list of 1 to %d numbers", MOST_ROWS);
        return false;
    }
    if (PB_NEW(out->rows, (int64_t)n) != PB_STATUS_OK) {
        station_answer_failure(answer, PB_STATUS_NO_MEMORY);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!station_json_whole(json_array_get(rows, i), 0, &out->rows[i])) {
            station_answer_error(answer, 400, "bad_request", "\"rows\" must be a list of whole numbers");
            return false;
        }
    out->change.rows = out->rows;
    out->change.n_rows = (int64_t)n;
    return true;
}

static bool read_rate(const json_t *body, request_of_change *out, station_response *answer)
{
    const json_t *rate = json_object_get(body, "rate");
    out->change.rate = json_is_number(rate) ? json_number_value(rate) : (double)NAN;
    if (out->change.rate > 0 && out->change.rate < 1)
        return true;
    station_answer_error(answer, 400, "bad_request", "\"rate\" must be a number between 0 and 1, both excluded");
    return false;
}

static bool read_part(station_desk *desk, const json_t *body, const char *product, request_of_change *out,
                      station_response *answer)
{
    char id[STATION_ID_BYTES];
    bool found = false;
    if (!json_object_get(body, "part") && out->change.action != STATION_ADD_REFERENCE)
        return true;
    if (!station_body_text(body, "part", false, id, sizeof id, answer))
        return false;
    const pb_status status = station_db_find(desk->db, id, &out->change.part, &found);
    if (status != PB_STATUS_OK)
        station_answer_failure(answer, status);
    else if (!found || strcmp(out->change.part.product, product) != 0)
        station_answer_error(answer, 404, "not_found", "%s has no part '%s'", product, id);
    else
        out->change.has_part = true;
    return out->change.has_part;
}

static bool read_what(station_desk *desk, const json_t *body, const char *product, request_of_change *out,
                      station_response *answer)
{
    char action[32];
    if (!station_body_text(body, "action", false, action, sizeof action, answer) ||
        !station_body_whole(body, "base", 0, &out->base, answer))
        return false;
    const int known = station_action_of(action);
    if (known < 0) {
        station_answer_error(answer, 400, "bad_request", "there is no change '%s'", action);
        return false;
    }
    out->change.action = (station_action)known;
    if (!read_part(desk, body, product, out, answer))
        return false;
    switch (out->change.action) {
    case STATION_CALIBRATE:
        return read_rate(body, out, answer);
    case STATION_REMOVE_REFERENCE:
        return station_body_whole(body, "reference", 0, &out->change.reference, answer);
    case STATION_REMOVE_PATCHES:
        return read_rows(body, out, answer);
    default:
        return true;
    }
}

/* Takes the bank that judges, if it is the one that the person has seen. */
static bool take_base(station_desk *desk, const char *product, request_of_change *out, station_response *answer)
{
    out->bank = station_banks_active(desk->station->banks, product);
    if (!out->bank)
        station_answer_no_bank(desk, product, answer);
    else if (out->bank->version != out->base)
        station_answer_error(answer, 409, "conflict",
                             "version %" PRId64 " judges now, not %" PRId64 ": look again at what the change would do",
                             out->bank->version, out->base);
    return out->bank && out->bank->version == out->base;
}

/* Names what the bank's own history is to say. */
static void note_change(request_of_change *of)
{
    station_time_text(station_now_ms(), of->time);
    of->change.note = (pb_change_note){.author = of->by,
                                       .reason = of->reason,
                                       .time = of->time,
                                       .evidence = of->change.has_part ? of->change.part.id : NULL};
}

/* To be there where a change is made; who tries one may say it already. */
static bool read_text(const json_t *body, const char *key, bool needed, size_t characters, char *out,
                      station_response *answer)
{
    return station_body_words(body, key, !needed && !json_object_get(body, key), characters, out, answer);
}

static bool read_change(station_desk *desk, const station_request *request, bool is_made, request_of_change *out,
                        station_response *answer)
{
    static const char *const keys[] = {"action", "base", "part", "reference", "rows", "rate", "by", "reason", NULL};
    const char *product = request->parameter[0];
    json_t *body;
    *out = (request_of_change){0};
    if (!station_body_json(request, keys, &body, answer))
        return false;
    bool good = read_what(desk, body, product, out, answer);
    if (good && station_trial_key(product, body, out->key) != PB_STATUS_OK) {
        station_answer_failure(answer, PB_STATUS_NO_MEMORY);
        good = false;
    }
    if (good)
        good = read_text(body, "by", is_made, STATION_TEXT_CHARACTERS, out->by, answer) &&
               read_text(body, "reason", is_made, STATION_WHY_CHARACTERS, out->reason, answer);
    if (good && is_made)
        note_change(out);
    json_decref(body);
    return good && take_base(desk, product, out, answer);
}

/* ---- trying ------------------------------------------------------------------------------------------------------- */

static void put_effect(const station_effect *effect, station_trial *out)
{
    const int64_t n = effect->to_ok + effect->to_ng + effect->to_unusable;
    *out = (station_trial){0};
    snprintf(out->sentence[0], sizeof out->sentence[0],
             "%" PRId64 " of the last %" PRId64 " parts change their verdict: %" PRId64 " to OK, %" PRId64
             " to NG, %" PRId64 " to unusable.",
             n, effect->checked, effect->to_ok, effect->to_ng, effect->to_unusable);
    if (effect->late > 0) {
        const size_t used = strlen(out->sentence[0]);
        snprintf(out->sentence[0] + used, sizeof out->sentence[0] - used, " %" PRId64 " older ones were not tried.",
                 effect->late);
    }
    if (effect->has_part)
        snprintf(out->sentence[1], sizeof out->sentence[1], "Part %s: %s, %.4g, becomes %s, %.4g.",
                 effect->part.part.id, station_verdict_name(effect->part.before.verdict), effect->part.before.score,
                 station_verdict_name(effect->part.after.verdict), effect->part.after.score);
}

static pb_status tell_trial(const station_trial *trial, station_mended *mended)
{
    for (int i = 0; i < 2 && trial->sentence[i][0]; i++)
        PB_TRY(station_mended_add(mended, "%s", trial->sentence[i]));
    return PB_STATUS_OK;
}

static pb_status try_change(const station_bench *bench, const request_of_change *asked, station_mended *mended,
                            station_effect *effect)
{
    station_trial trial;
    PB_TRY(station_mend(bench, &asked->change, mended));
    PB_TRY(station_effect_find(bench, &asked->change, mended, effect));
    put_effect(effect, &trial);
    station_trial_keep(asked->key, &trial);
    return tell_trial(&trial, mended);
}

/* What a preview has found out already counts; without one it is found out now. */
static pb_status make_change(const station_bench *bench, const request_of_change *asked, station_mended *mended)
{
    station_trial trial;
    station_effect *effect;
    if (station_trial_find(asked->key, &trial)) {
        PB_TRY(station_mend(bench, &asked->change, mended));
        return tell_trial(&trial, mended);
    }
    PB_TRY(PB_NEW(effect, 1));
    const pb_status status = try_change(bench, asked, mended, effect);
    pb_free(effect);
    return status;
}

void station_post_preview(station_desk *desk, const station_request *request, station_response *out)
{
    request_of_change asked;
    station_mended mended = {0};
    station_effect *effect = NULL;
    if (read_change(desk, request, false, &asked, out)) {
        const station_bench bench = {.station = desk->station, .db = desk->db, .base = asked.bank};
        pb_status status = PB_NEW(effect, 1);
        if (status == PB_STATUS_OK)
            status = try_change(&bench, &asked, &mended, effect);
        if (status == PB_STATUS_OK)
            station_answer_json(out, 200, station_preview_json(&bench, &asked.change, &mended, effect));
        else
            station_answer_failure(out, status);
    }
    pb_free(effect);
    station_mended_free(&mended);
    asked_free(&asked);
}

/* ---- making ------------------------------------------------------------------------------------------------------- */

static pb_status fill_version(const request_of_change *asked, const station_mended *mended, station_version *version)
{
    *version = (station_version){.parent = asked->base, .time_ms = station_now_ms()};
    snprintf(version->product, sizeof version->product, "%s", asked->bank->product);
    snprintf(version->author, sizeof version->author, "%s", asked->by);
    snprintf(version->reason, sizeof version->reason, "%s", asked->reason);
    snprintf(version->action, sizeof version->action, "%s", station_action_name(asked->change.action));
    snprintf(version->change, sizeof version->change, "%s", mended->change);
    char *text = json_dumps(mended->evidence, JSON_COMPACT);
    if (!text)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    const pb_status status = PB_NEW_STRING(version->evidence, text);
    free(text);
    return status;
}

/* The file and its row, then what judges. One change at a time, and only of the version that was looked at. */
static pb_status put_to_use(station *self, const pb_bank *bank, station_version *version)
{
    PB_TRY(station_references_keep(self->references, bank));
    return station_version_adopt(self, bank, version);
}

static bool is_still_active(station *self, const request_of_change *asked)
{
    station_bank *now = station_banks_active(self->banks, asked->bank->product);
    const bool still = now && now->version == asked->base;
    if (now)
        station_bank_release(now);
    return still;
}

static void make_version(station_desk *desk, const request_of_change *asked, const station_mended *mended,
                         station_response *out)
{
    station *self = desk->station;
    station_version version;
    pb_status status = fill_version(asked, mended, &version);
    pthread_mutex_lock(&self->changing);
    const bool still = is_still_active(self, asked);
    if (status == PB_STATUS_OK && still)
        status = put_to_use(self, mended->bank, &version);
    pthread_mutex_unlock(&self->changing);
    if (!still)
        station_answer_error(out, 409, "conflict", "another version has been activated meanwhile: look again");
    else if (status != PB_STATUS_OK)
        station_answer_failure(out, status);
    else
        station_answer_json(out, 201, station_version_json(&version, version.version));
    station_version_free(&version);
}

void station_post_change(station_desk *desk, const station_request *request, station_response *out)
{
    request_of_change asked;
    station_mended mended = {0};
    if (read_change(desk, request, true, &asked, out)) {
        const station_bench bench = {.station = desk->station, .db = desk->db, .base = asked.bank};
        const pb_status status = make_change(&bench, &asked, &mended);
        if (status == PB_STATUS_OK)
            make_version(desk, &asked, &mended, out);
        else
            station_answer_failure(out, status);
    }
    station_mended_free(&mended);
    asked_free(&asked);
}
