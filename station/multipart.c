#define _GNU_SOURCE /* memmem() */
#include "station/multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_BOUNDARY = 70 };

/* Value of `key="..."` or `key=...` in a header; false where there is none, or it is too long. */
static bool get_parameter(const char *header, size_t n, const char *key, char *out, size_t size)
{
    const size_t key_length = strlen(key);
    for (size_t i = 0; i + key_length < n; i++) {
        const bool starts = i == 0 || header[i - 1] == ' ' || header[i - 1] == ';' || header[i - 1] == '\t';
        if (!starts || strncasecmp(header + i, key, key_length) != 0 || header[i + key_length] != '=')
            continue;
        size_t at = i + key_length + 1, used = 0;
        const bool quoted = at < n && header[at] == '"';
        for (at += quoted; at < n && (quoted ? header[at] != '"' : !strchr("; \t", header[at])); at++) {
            if (quoted && header[at] == '\\' && at + 1 < n)
                at++;
            if (used + 1 >= size || header[at] == '\0')
                return false;
            out[used++] = header[at];
        }
        out[used] = '\0';
        return !quoted || at < n;
    }
    return false;
}

/* One header line of a part, n bytes. */
static void read_header(const char *line, size_t n, station_field *field)
{
    static const char disposition[] = "content-disposition:";
    if (n < sizeof disposition - 1 || strncasecmp(line, disposition, sizeof disposition - 1) != 0)
        return;
    get_parameter(line, n, "name", field->name, sizeof field->name);
    if (!get_parameter(line, n, "filename", field->file, sizeof field->file))
        field->file[0] = '\0';
}

/* Headers up to the empty line; NULL where there is none. */
static const uint8_t *read_headers(const uint8_t *at, const uint8_t *end, station_field *field)
{
    for (;;) {
        const uint8_t *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (!line_end)
            return NULL;
        if (line_end == at)
            return at + 2;
        read_header((const char *)at, (size_t)(line_end - at), field);
        at = line_end + 2;
    }
}

bool station_form_parse(const char *type, const uint8_t *body, size_t size, station_form *out)
{
    char boundary[MAX_BOUNDARY + 1], delimiter[MAX_BOUNDARY + 5];
    *out = (station_form){0};
    if (strncasecmp(type, "multipart/form-data", 19) != 0 ||
        !get_parameter(type, strlen(type), "boundary", boundary, sizeof boundary) || !boundary[0])
        return false;
    const size_t n = (size_t)snprintf(delimiter, sizeof delimiter, "\r\n--%s", boundary);
    const uint8_t *end = body + size, *at;
    /* The first delimiter may stand at the very beginning, without a line before it. */
    if (size >= n - 2 && memcmp(body, delimiter + 2, n - 2) == 0)
        at = body + n - 2;
    else if ((at = memmem(body, size, delimiter, n)) != NULL)
        at += n;
    else
        return false;
    while (end - at >= 2 && memcmp(at, "--", 2) != 0) {
        if (out->n == STATION_MAX_FIELDS || memcmp(at, "\r\n", 2) != 0)
            return false;
        station_field *field = &out->field[out->n];
        field->bytes = read_headers(at + 2, end, field);
        const uint8_t *next = field->bytes ? memmem(field->bytes, (size_t)(end - field->bytes), delimiter, n) : NULL;
        if (!next || !field->name[0])
            return false;
        field->size = (size_t)(next - field->bytes);
        out->n++;
        at = next + n;
    }
    return end - at >= 2;
}

const station_field *station_form_field(const station_form *form, const char *name)
{
    for (int i = 0; i < form->n; i++)
        if (strcmp(form->field[i].name, name) == 0)
            return &form->field[i];
    return NULL;
}
