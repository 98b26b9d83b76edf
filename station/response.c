#include "station/response.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/json_fields.h"

static const char JSON[] = "application/json";

void station_response_init(station_response *out, const char *folder)
{
    *out = (station_response){.status = 500, .file = -1, .folder = folder};
}

void station_response_free(station_response *response)
{
    if (response->release)
        response->release(response->bytes);
    if (response->file >= 0)
        close(response->file);
    station_response_init(response, response->folder);
}

static void set_bytes(station_response *out, const char *type, void *bytes, size_t size, void (*release)(void *))
{
    if (out->release)
        out->release(out->bytes);
    out->type = type;
    out->bytes = bytes;
    out->size = size;
    out->release = release;
}

void station_answer_json(station_response *out, int status, json_t *value)
{
    static char none[] = "{\"error\": {\"code\": \"unavailable\", \"message\": \"out of memory\"}}";
    char *text = value ? json_dumps(value, JSON_REAL_PRECISION(17) | JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    out->status = text ? status : 503;
    if (text)
        set_bytes(out, JSON, text, strlen(text), free);
    else
        set_bytes(out, JSON, none, sizeof none - 1, NULL);
}

void station_hide_folder(const char *folder, char *message)
{
    const size_t n = strlen(folder);
    for (char *at = message; (at = strstr(at, folder)) != NULL;)
        if (at[n] == '/')
            memmove(at, at + n + 1, strlen(at + n + 1) + 1);
        else
            at += n;
}

void station_answer_error(station_response *out, int status, const char *code, const char *format, ...)
{
    char message[PB_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    station_hide_folder(out->folder, message);
    station_answer_json(out, status,
                        json_pack("{s:{s:s, s:o}}", "error", "code", code, "message", pb_json_lossy_string(message)));
}

void station_answer_failure(station_response *out, pb_status status)
{
    switch (status) {
    case PB_STATUS_BAD_ARGUMENT:
    case PB_STATUS_BAD_SHAPE:
    case PB_STATUS_BAD_VALUE:
    case PB_STATUS_MISMATCH:
    case PB_STATUS_UNSUPPORTED:
        station_answer_error(out, 422, "not_possible", "%s", pb_error_message());
        break;
    default:
        station_answer_error(out, 503, "unavailable", "%s", pb_error_message());
    }
}

void station_answer_text(station_response *out, const char *type, char *text, size_t size)
{
    out->status = 200;
    set_bytes(out, type, text, size, free);
}

void station_answer_bytes(station_response *out, const char *type, void *bytes, size_t size)
{
    out->status = 200;
    set_bytes(out, type, bytes, size, pb_free);
}

void station_answer_constant(station_response *out, const char *type, const void *bytes, size_t size)
{
    out->status = 200;
    set_bytes(out, type, (void *)(uintptr_t)bytes, size, NULL);
}
