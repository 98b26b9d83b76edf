/* Parts: lists, one, export, and what people say of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/json.h"
#include "station/clock.h"
#include "station/desk.h"
#include "station/part_json.h"

/* ---- lists -------------------------------------------------------------------------------------------------------- */

typedef struct page {
    json_t *parts;
    int64_t n, limit, last;
    bool more;
} page;

static pb_status add_part(void *context, const station_part *part)
{
    page *to = context;
    if (to->n == to->limit) { /* one more than asked for, to know whether there is one */
        to->more = true;
        return PB_STATUS_OK;
    }
    to->n++;
    to->last = part->seq;
    return json_array_append_new(to->parts, station_part_json(part)) == 0
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
}

void station_get_parts(station_desk *desk, const station_request *request, station_response *out)
{
    station_filter filter;
    page to = {0};
    int64_t total = 0;
    char next[32];
    if (!station_query_filter(request, &filter, out) ||
        !station_query_whole(request, "limit", 1, 200, 50, &to.limit, out))
        return;
    to.parts = json_array();
    pb_status status = station_db_list(desk->db, &filter, to.limit + 1, add_part, &to);
    if (status == PB_STATUS_OK)
        status = station_db_count(desk->db, &filter, &total);
    if (status != PB_STATUS_OK) {
        json_decref(to.parts);
        station_answer_failure(out, status);
        return;
    }
    snprintf(next, sizeof next, "%lld", (long long)to.last);
    station_answer_json(out, 200,
                        json_pack("{s:o, s:o, s:I}", "parts", to.parts, "next",
                                  to.more ? json_string(next) : json_null(), "total", (json_int_t)total));
}

void station_get_part(station_desk *desk, const station_request *request, station_response *out)
{
    station_part part;
    if (station_find_part(desk, request, &part, out))
        station_answer_json(out, 200, station_part_json(&part));
}

/* ---- export ------------------------------------------------------------------------------------------------------- */

/* Quoted where need be. What a spreadsheet would take for a formula begins with an apostrophe, which makes it text. */
static void csv_text(FILE *out, const char *text, char end)
{
    const bool formula = *text && strchr("=+-@\t\r", *text);
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    fputs(quoted ? "\"" : "", out);
    fputs(formula ? "'" : "", out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputs(quoted ? "\"" : "", out);
    fputc(end, out);
}

static void csv_number(FILE *out, double value)
{
    if (!isnan(value))
        fprintf(out, "%.17g", value);
    fputc(',', out);
}

static pb_status add_row(void *context, const station_part *part)
{
    FILE *out = context;
    char time[STATION_TIME_BYTES], reasons[2 * STATION_REASON_BYTES + 4];
    station_time_text(part->time_ms, time);
    csv_text(out, part->id, ',');
    csv_text(out, part->product, ',');
    csv_text(out, part->line, ',');
    csv_text(out, part->lot, ',');
    csv_text(out, part->name, ',');
    csv_text(out, time, ',');
    csv_text(out, station_verdict_name(part->verdict), ',');
    csv_number(out, part->score);
    csv_number(out, part->threshold);
    fprintf(out, "%lld,", (long long)part->bank);
    snprintf(reasons, sizeof reasons, "%s%s%s", part->reason[0], part->reason[1][0] ? "; " : "", part->reason[1]);
    csv_text(out, reasons, ',');
    csv_text(out, station_label_name(part->label), ',');
    csv_text(out, part->reviewed_by, ',');
    time[0] = '\0';
    if (part->label)
        station_time_text(part->reviewed_ms, time);
    csv_text(out, time, '\n');
    return ferror(out) ? pb_fail(PB_STATUS_NO_MEMORY, "out of memory") : PB_STATUS_OK;
}

void station_get_parts_csv(station_desk *desk, const station_request *request, station_response *out)
{
    enum { MOST_ROWS = 1000000 };
    station_filter filter;
    char *text = NULL;
    size_t size = 0;
    if (!station_query_filter(request, &filter, out))
        return;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) {
        station_answer_failure(out, pb_fail(PB_STATUS_NO_MEMORY, "out of memory"));
        return;
    }
    fputs("id,product,line,lot,name,time,verdict,score,threshold,bank,reasons,review,reviewed_by,reviewed_at\n",
          stream);
    pb_status status = station_db_list(desk->db, &filter, MOST_ROWS, add_row, stream);
    if (fclose(stream) != 0 && status == PB_STATUS_OK)
        status = pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    if (status != PB_STATUS_OK) {
        free(text);
        station_answer_failure(out, status);
        return;
    }
    station_answer_text(out, "text/csv; charset=utf-8", text, size);
    out->download = "parts.csv";
}

/* ---- reviews ------------------------------------------------------------------------------------------------------ */

static void tell_review(station_desk *desk, const station_part *part)
{
    char *text = NULL;
    json_t *value = station_part_json(part);
    if (value && pb_json_text(value, &text) == PB_STATUS_OK)
        station_events_tell(desk->station->events, part->product, "review", text);
    pb_free(text);
    json_decref(value);
}

static void write_review(station_desk *desk, const station_request *request, station_label label, const char *by,
                         station_response *out)
{
    station_part part;
    bool found;
    if (!station_find_part(desk, request, &part, out))
        return;
    const pb_status status = station_db_review(desk->station->writer, part.id, label, by, station_now_ms(), &found);
    if (status != PB_STATUS_OK) {
        station_answer_failure(out, status);
        return;
    }
    if (!station_find_part(desk, request, &part, out))
        return;
    tell_review(desk, &part);
    station_answer_json(out, 200, station_part_json(&part));
}

void station_post_review(station_desk *desk, const station_request *request, station_response *out)
{
    static const char *const keys[] = {"label", "by", NULL};
    json_t *body;
    char label[16], by[STATION_TEXT_BYTES];
    if (!station_body_json(request, keys, &body, out))
        return;
    if (station_body_text(body, "label", false, label, sizeof label, out) &&
        station_body_words(body, "by", false, STATION_TEXT_CHARACTERS, by, out)) {
        if (station_label_of(label) < 0)
            station_answer_error(out, 400, "bad_request", "\"label\" must be good, defect or unusable, not '%s'",
                                 label);
        else
            write_review(desk, request, (station_label)station_label_of(label), by, out);
    }
    json_decref(body);
}

void station_delete_review(station_desk *desk, const station_request *request, station_response *out)
{
    write_review(desk, request, STATION_LABEL_NONE, "", out);
}

static pb_status add_entry(void *context, const station_part *part, station_why why)
{
    static const char *const names[] = {"ng", "near", "unusable", "random"};
    return json_array_append_new(context,
                                 json_pack("{s:o, s:s}", "part", station_part_json(part), "why", names[why])) == 0
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
}

void station_get_queue(station_desk *desk, const station_request *request, station_response *out)
{
    const char *product = station_target_value(&request->target, "product");
    int64_t limit, left = 0;
    if (!station_check_product(desk, product ? product : "", out) ||
        !station_query_whole(request, "limit", 1, 50, 20, &limit, out))
        return;
    json_t *entries = json_array();
    const pb_status status = station_db_queue(desk->db, product ? product : "", desk->station->config.review_share,
                                              limit, add_entry, entries, &left);
    if (status != PB_STATUS_OK) {
        json_decref(entries);
        station_answer_failure(out, status);
        return;
    }
    station_answer_json(out, 200, json_pack("{s:o, s:I}", "entries", entries, "left", (json_int_t)left));
}
