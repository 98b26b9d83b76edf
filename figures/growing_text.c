#include "figures/growing_text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

/* Room for `more` bytes and the NUL; true when there is. */
static bool grow(pb_text *text, size_t more)
{
    if (text->status == PB_STATUS_OK)
        text->status = PB_RESERVE(text->bytes, (int64_t)(text->size + more + 1), text->capacity);
    return text->status == PB_STATUS_OK;
}

void pb_text_add_bytes(pb_text *text, const void *bytes, size_t size)
{
    if (!grow(text, size))
        return;
    if (size)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void pb_text_add(pb_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !grow(text, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(text->bytes + text->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)length;
}

/* Bytes that are no UTF-8 become U+FFFD, control characters and marks that turn the direction of reading ?. */
static void add_code(pb_text *text, const char **raw)
{
    const uint32_t code = pb_utf8_next(raw);
    char bytes[4];
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
        pb_utf8_turns_direction(code))
        pb_text_add_bytes(text, "?", 1);
    else
        pb_text_add_bytes(text, bytes, (size_t)pb_utf8_encode(code, bytes));
}

void pb_text_add_escaped(pb_text *text, const char *raw)
{
    static const char special[] = "&<>\"'";
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    while (*raw) {
        const char *found = strchr(special, *raw);
        if (found) {
            pb_text_add(text, "%s", entity[found - special]);
            raw++;
        } else
            add_code(text, &raw);
    }
}

/* gnuplot 5.4 reads '' as one quote, but not at the beginning of a string, where it ends it: a typographic one is no quote. */
void pb_text_add_quoted(pb_text *text, const char *raw)
{
    pb_text_add_bytes(text, "'", 1);
    while (*raw) {
        if (*raw == '\'') {
            pb_text_add(text, "\xe2\x80\x99");
            raw++;
        } else
            add_code(text, &raw);
    }
    pb_text_add_bytes(text, "'", 1);
}

const char *pb_text_get(const pb_text *text)
{
    return text->bytes ? text->bytes : "";
}

void pb_text_free(pb_text *text)
{
    pb_free(text->bytes);
    *text = (pb_text){0};
}
