/* What queries and bodies say, checked. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/utf8.h"
#include "io/json.h"
#include "station/clock.h"
#include "station/desk.h"

static bool refuse(station_response *out, const char *name, const char *value, const char *what)
{
    station_answer_error(out, 400, "bad_request", "%s=%.100s: %s is expected", name, value, what);
    return false;
}

bool station_query_whole(const station_request *request, const char *name, int64_t low, int64_t high, int64_t initial,
                         int64_t *value, station_response *out)
{
    char what[80];
    const char *text = station_target_value(&request->target, name);
    *value = initial;
    if (!text || pb_item_integer(pb_item_of(text), low, high, value))
        return true;
    snprintf(what, sizeof what, "a whole number from %lld to %lld", (long long)low, (long long)high);
    return refuse(out, name, text, what);
}

static bool query_real(const station_request *request, const char *name, bool *given, double *value,
                       station_response *out)
{
    const char *text = station_target_value(&request->target, name);
    *given = text != NULL;
    return !text || pb_item_real(pb_item_of(text), -DBL_MAX, DBL_MAX, value) || refuse(out, name, text, "a number");
}

static bool query_time(const station_request *request, const char *name, bool *given, int64_t *value,
                       station_response *out)
{
    const char *text = station_target_value(&request->target, name);
    *given = text != NULL;
    return !text || station_time_parse(text, value) || refuse(out, name, text, "a time such as 2026-11-29T14:41:35Z");
}

/* @param characters how many the text may have; @param size of `value`, in bytes */
static bool query_text(const station_request *request, const char *name, size_t characters, bool *given, char *value,
                       size_t size, station_response *out)
{
    const char *text = station_target_value(&request->target, name);
    *given = text != NULL;
    if (!text)
        return true;
    if (strlen(text) >= size || (size_t)station_count_characters(text) > characters)
        return refuse(out, name, "...", "a shorter text");
    snprintf(value, size, "%s", text);
    return true;
}

static bool query_verdicts(const station_request *request, unsigned *verdicts, station_response *out)
{
    const char *list = station_target_value(&request->target, "verdict"), *whole = list;
    char name[16];
    if (!list)
        return true;
    while (pb_item_next_text(&list, name, sizeof name)) {
        const int verdict = station_verdict_of(name);
        if (verdict < 0)
            return refuse(out, "verdict", whole, "ok, ng or unusable, several by commas,");
        *verdicts |= 1U << verdict;
    }
    return *verdicts || refuse(out, "verdict", whole, "ok, ng or unusable");
}

static bool query_reviewed(const station_request *request, station_reviewed *reviewed, station_response *out)
{
    static const char *const names[] = {"any", "yes", "no", "good", "defect", "unusable"};
    const char *text = station_target_value(&request->target, "reviewed");
    for (int i = 1; text && i < 6; i++)
        if (strcmp(text, names[i]) == 0) {
            *reviewed = (station_reviewed)i;
            return true;
        }
    return !text || refuse(out, "reviewed", text, "yes, no, good, defect or unusable");
}

bool station_query_filter(const station_request *request, station_filter *filter, station_response *out)
{
    bool given;
    *filter = (station_filter){.before = 0};
    return query_text(request, "product", STATION_NAME_BYTES - 1, &given, filter->product, sizeof filter->product,
                      out) &&
           query_verdicts(request, &filter->verdicts, out) && query_reviewed(request, &filter->reviewed, out) &&
           query_time(request, "from", &filter->has_from, &filter->from_ms, out) &&
           query_time(request, "to", &filter->has_to, &filter->to_ms, out) &&
           query_real(request, "score_min", &filter->has_low, &filter->low, out) &&
           query_real(request, "score_max", &filter->has_high, &filter->high, out) &&
           query_text(request, "line", STATION_TEXT_CHARACTERS, &filter->has_line, filter->line, sizeof filter->line,
                      out) &&
           query_text(request, "lot", STATION_TEXT_CHARACTERS, &filter->has_lot, filter->lot, sizeof filter->lot,
                      out) &&
           station_query_whole(request, "cursor", 1, INT64_MAX / 2, 0, &filter->before, out);
}

bool station_find_part(station_desk *desk, const station_request *request, station_part *part, station_response *out)
{
    bool found = false;
    const char *id = request->parameter[0];
    if (station_id_is_valid(id)) {
        const pb_status status = station_db_find(desk->db, id, part, &found);
        if (status != PB_STATUS_OK) {
            station_answer_failure(out, status);
            return false;
        }
    }
    if (!found)
        station_answer_error(out, 404, "not_found", "no part %.100s", id);
    return found;
}

/* A key that is mistyped would else be a wish that nobody hears of. */
static bool has_known_keys(const json_t *body, const char *const *keys, station_response *out)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        int i = 0;
        while (keys[i] && strcmp(keys[i], key) != 0)
            i++;
        if (!keys[i]) {
            station_answer_error(out, 400, "bad_request", "\"%.100s\" is not asked for here", key);
            return false;
        }
    }
    return true;
}

bool station_body_json(const station_request *request, const char *const *keys, json_t **body, station_response *out)
{
    *body = NULL;
    if (strncmp(request->headers.type, "application/json", 16) != 0) {
        station_answer_error(out, 415, "wrong_type", "a body of application/json is expected");
        return false;
    }
    if (pb_json_parse(request->size ? (const char *)request->body : "", request->size, "the body", body) !=
        PB_STATUS_OK) {
        station_answer_error(out, 400, "bad_request", "%s", pb_error_message());
        return false;
    }
    const bool is_object = json_is_object(*body);
    if (is_object && has_known_keys(*body, keys, out))
        return true;
    json_decref(*body);
    if (!is_object)
        station_answer_error(out, 400, "bad_request", "the body must be an object");
    return false;
}

bool station_json_whole(const json_t *value, int64_t low, int64_t *out)
{
    static const double most = 1e15; /* a float64 has all whole numbers up to it */
    const double number = json_number_value(value);
    if (!json_is_number(value) || number < (double)low || number > most || number != floor(number))
        return false;
    *out = (int64_t)number;
    return true;
}

bool station_body_whole(const json_t *body, const char *key, int64_t low, int64_t *value, station_response *out)
{
    if (station_json_whole(json_object_get(body, key), low, value))
        return true;
    station_answer_error(out, 400, "bad_request", "\"%s\" must be a whole number from %lld on", key, (long long)low);
    return false;
}

/* NULL: another kind of value, or one with a NUL in it. */
static const char *text_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

bool station_body_text(const json_t *body, const char *key, bool optional, char *text, size_t size,
                       station_response *out)
{
    const json_t *value = json_object_get(body, key);
    const char *given = text_of(value);
    text[0] = '\0';
    if (!value && optional)
        return true;
    if (!given || strlen(given) >= size || (!optional && !*given)) {
        station_answer_error(out, 400, "bad_request", "\"%s\" must be a text of %d to %zu bytes", key, !optional,
                             size - 1);
        return false;
    }
    snprintf(text, size, "%s", given);
    return true;
}

bool station_check_product(station_desk *desk, const char *product, station_response *out)
{
    if (!*product || station_config_find(&desk->station->config, product) >= 0)
        return true;
    station_answer_error(out, 404, "not_found", "no product %.100s", product);
    return false;
}

/* White space, control characters, and what Unicode says is not drawn. */
static bool shows_nothing(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0, 0x20},        {0x7f, 0xa0},     {0xad, 0xad},     {0x34f, 0x34f},    {0x61c, 0x61c},
                  {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},  {0x2000, 0x200f},
                  {0x2028, 0x202f}, {0x205f, 0x206f}, {0x2800, 0x2800}, {0x3000, 0x3000},  {0x3164, 0x3164},
                  {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static bool is_blank(const char *text)
{
    while (*text)
        if (!shows_nothing(pb_utf8_next(&text)))
            return false;
    return true;
}

bool station_body_words(const json_t *body, const char *key, bool optional, size_t characters, char *text,
                        station_response *out)
{
    const json_t *value = json_object_get(body, key);
    const char *given = text_of(value);
    text[0] = '\0';
    if (!value && optional)
        return true;
    const size_t n = given ? (size_t)station_count_characters(given) : 0;
    if (!given || n > characters || (!optional && is_blank(given))) {
        station_answer_error(out, 400, "bad_request", "\"%s\" must be a text of %d to %zu characters%s, not %s", key,
                             !optional, characters, optional ? "" : " that are not all blank",
                             !given           ? "something else"
                             : n > characters ? "a longer one"
                             : n == 0         ? "an empty one"
                                              : "blanks alone");
        return false;
    }
    snprintf(text, 4 * characters + 1, "%s", is_blank(given) ? "" : given);
    return true;
}

void station_answer_no_bank(station_desk *desk, const char *product, station_response *out)
{
    char why[STATION_TROUBLE_BYTES];
    if (station_banks_trouble(desk->station->banks, product, why))
        station_answer_error(out, 503, "unavailable", "parts of product %s are not judged: %s", product, why);
    else
        station_answer_error(out, 404, "not_found", "no product %.100s", product);
}
