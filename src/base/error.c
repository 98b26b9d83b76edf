#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { LONGEST_TEXT_BYTES = 3 * 4096 }; /* two paths and some words */

static _Thread_local pb_error last;

/* Takes the middle out of a text that is too long, a path mostly: what was wrong stands at its end. */
static void shorten(char *text, size_t length)
{
    static const char gap[] = " ... ";
    const size_t half = (PB_ERROR_MESSAGE_BYTES - sizeof gap) / 2;
    if (length < PB_ERROR_MESSAGE_BYTES)
        return;
    memcpy(text + half, gap, sizeof gap - 1);
    memmove(text + half + sizeof gap - 1, text + length - half, half + 1);
}

#undef pb_fail /* see error.h */
pb_status pb_fail(pb_status status, const char *format, ...)
{
    /* Through a second buffer: an argument may be the old message itself. */
    char text[LONGEST_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!last.message[0] || !strstr(text, last.message)) /* else the old message goes on inside the new one */
        last.hint = PB_HINT_NONE;
    shorten(text, strlen(text));
    pb_utf8_make_printable(text);
    memcpy(last.message, text, strlen(text) + 1);
    return status;
}

pb_status pb_error_set(pb_status status, const char *message)
{
    const pb_status given = pb_fail(status, "%s", message ? message : "");
    last.hint = PB_HINT_NONE;
    return given;
}

pb_status pb_suggest(pb_status status, pb_hint hint, const char *about)
{
    last.hint = hint;
    const bool fits = about && strlen(about) < sizeof last.about;
    snprintf(last.about, sizeof last.about, "%s", fits ? about : "");
    pb_utf8_make_printable(last.about);
    return status;
}

void pb_error_save(pb_error *out)
{
    *out = last;
}

void pb_error_restore(const pb_error *error)
{
    last = *error;
}

const char *pb_error_message(void)
{
    return last.message;
}

pb_hint pb_error_hint(void)
{
    return last.hint;
}

const char *pb_error_hint_about(void)
{
    return last.hint == PB_HINT_NONE ? "" : last.about;
}

const char *pb_status_name(pb_status status)
{
    switch (status) {
    case PB_STATUS_OK:
        return "PB_STATUS_OK";
    case PB_STATUS_BAD_ARGUMENT:
        return "PB_STATUS_BAD_ARGUMENT";
    case PB_STATUS_BAD_SHAPE:
        return "PB_STATUS_BAD_SHAPE";
    case PB_STATUS_BAD_VALUE:
        return "PB_STATUS_BAD_VALUE";
    case PB_STATUS_BAD_FORMAT:
        return "PB_STATUS_BAD_FORMAT";
    case PB_STATUS_UNSUPPORTED:
        return "PB_STATUS_UNSUPPORTED";
    case PB_STATUS_MISMATCH:
        return "PB_STATUS_MISMATCH";
    case PB_STATUS_LIMIT:
        return "PB_STATUS_LIMIT";
    case PB_STATUS_IO:
        return "PB_STATUS_IO";
    case PB_STATUS_OUTPUT:
        return "PB_STATUS_OUTPUT";
    case PB_STATUS_NO_MEMORY:
        return "PB_STATUS_NO_MEMORY";
    case PB_STATUS_CANCELLED:
        return "PB_STATUS_CANCELLED";
    case PB_STATUS_INTERNAL:
        return "PB_STATUS_INTERNAL";
    }
    return "unknown pb_status";
}
