#include "station/intake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "station/part_json.h"

static bool refuse(station_response *out, const char *what, const char *why)
{
    station_answer_error(out, 400, "bad_request", "the %s of the part %s", what, why);
    return false;
}

/* Text of a sender: UTF-8 without control characters, percent-encoded in headers. */
static bool take_text(const char *what, const char *text, size_t n, bool encoded, char *out, size_t size,
                      station_response *response)
{
    if (n >= 3 * size)
        return refuse(response, what, "is too long");
    if (!(encoded ? station_percent_decode(text, n, false, out, size) : station_text_copy(text, n, out, size)))
        return refuse(response, what, "is too long, not UTF-8, or has control characters in it");
    return station_count_characters(out) <= STATION_TEXT_CHARACTERS ||
           refuse(response, what, "has more than 200 characters");
}

static bool take_id(const char *id, station_job *job, station_response *out)
{
    if (!*id)
        return true;
    if (!station_id_is_valid(id))
        return refuse(out, "id", "is none: a letter or a digit, then up to 63 of these, '.', '_', ':' and '-'");
    memcpy(job->part.id, id, strlen(id) + 1);
    return true;
}

/* A field of the form, or else the header that says the same. */
static bool take_field(const station_form *form, const char *name, const char *header, char *text, size_t size,
                       station_response *out)
{
    const station_field *field = station_form_field(form, name);
    if (!field)
        return take_text(name, header, strlen(header), true, text, size, out);
    if (*header)
        return refuse(out, name, "is given twice, by a field and by a header");
    return take_text(name, (const char *)field->bytes, field->size, false, text, size, out);
}

/* Each once, and none that nobody would look at. */
static bool check_fields(const station_form *form, station_response *out)
{
    static const char *const known[] = {"photo", "id", "line", "lot"};
    for (int i = 0; i < form->n; i++) {
        const char *name = form->field[i].name;
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found = found || strcmp(name, known[k]) == 0;
        if (!found || station_form_field(form, name) != &form->field[i]) {
            station_answer_error(out, 400, "bad_request",
                                 found ? "the form has the field %.100s twice"
                                       : "the form has a field '%.100s'; fields are photo, id, line and lot",
                                 name);
            return false;
        }
    }
    return true;
}

static bool take_form(const station_request *request, station_job *job, station_response *out)
{
    const station_headers *headers = &request->headers;
    station_form form;
    char id[STATION_ID_BYTES];
    if (!station_form_parse(headers->type, request->body, request->size, &form)) {
        station_answer_error(out, 400, "bad_request", "the body is no form of the type that its header names");
        return false;
    }
    if (!check_fields(&form, out))
        return false;
    const station_field *photo = station_form_field(&form, "photo");
    if (!photo) {
        station_answer_error(out, 400, "bad_request", "the form has no field photo");
        return false;
    }
    job->bytes = (uint8_t *)(uintptr_t)photo->bytes;
    job->size = photo->size;
    /* Only to be shown: what is no text of ours is left out. */
    if (!station_text_copy(photo->file, strlen(photo->file), job->part.name, sizeof job->part.name))
        job->part.name[0] = '\0';
    return take_field(&form, "id", headers->part_id, id, sizeof id, out) && take_id(id, job, out) &&
           take_field(&form, "line", headers->line, job->part.line, sizeof job->part.line, out) &&
           take_field(&form, "lot", headers->lot, job->part.lot, sizeof job->part.lot, out);
}

static bool take_body(const station_request *request, station_job *job, station_response *out)
{
    const station_headers *headers = &request->headers;
    static const char *const types[] = {"image/jpeg", "image/png", "image/tiff", "image/webp",
                                        "application/octet-stream"};
    bool known = false;
    for (int i = 0; i < 5; i++) {
        const size_t n = strlen(types[i]);
        known = known ||
                (strncasecmp(headers->type, types[i], n) == 0 && (!headers->type[n] || strchr("; ", headers->type[n])));
    }
    if (!known) {
        station_answer_error(out, 415, "wrong_type",
                             "'%.100s' is no type of a photo: image/jpeg, image/png, image/tiff, image/webp, or a form",
                             headers->type);
        return false;
    }
    job->bytes = request->body;
    job->size = request->size;
    return take_id(headers->part_id, job, out) &&
           take_text("line", headers->line, strlen(headers->line), true, job->part.line, sizeof job->part.line, out) &&
           take_text("lot", headers->lot, strlen(headers->lot), true, job->part.lot, sizeof job->part.lot, out);
}

bool station_intake(const station_request *request, station_job *job, station_response *out)
{
    const char *product = request->parameter[0];
    if (!station_name_is_valid(product)) {
        station_answer_error(out, 404, "not_found", "no product %.100s", product);
        return false;
    }
    snprintf(job->part.product, sizeof job->part.product, "%s", product);
    const bool is_form = strncasecmp(request->headers.type, "multipart/", 10) == 0;
    if (!(is_form ? take_form(request, job, out) : take_body(request, job, out)))
        return false;
    if (job->size > 0)
        return true;
    station_answer_error(out, 400, "bad_request", "the request has no photo");
    return false;
}

void station_intake_answer(const station_job *job, station_response *out)
{
    switch (job->outcome) {
    case STATION_JUDGED:
        station_answer_json(out, 201, station_part_json(&job->part));
        break;
    case STATION_KNOWN:
        station_answer_json(out, 200, station_part_json(&job->part));
        break;
    case STATION_CONFLICT:
        station_answer_error(out, 409, "conflict", "another photo was judged under the id %s", job->part.id);
        break;
    case STATION_NO_PRODUCT:
        station_answer_error(out, 404, "not_found", "%s", job->message);
        break;
    case STATION_WRONG_TYPE:
        station_answer_error(out, 415, "wrong_type", "%s", job->message);
        break;
    case STATION_BAD_PHOTO:
        station_answer_error(out, 422, "bad_image", "%s", job->message);
        break;
    default:
        station_answer_error(out, 503, "unavailable", "%s", job->message);
        out->retry_after = 5;
    }
}

void station_intake_refuse(int retry_after, station_response *out)
{
    station_answer_error(out, 429, "queue_full", "the queue is full: come again in %d s", retry_after);
    out->retry_after = retry_after;
}
