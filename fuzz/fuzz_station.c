/* What a request says, before anything else looks at it: its address, its form. The first byte chooses. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "station/multipart.h"
#include "station/part.h"
#include "station/target.h"

static void check_text(const char *text)
{
    char copy[STATION_TARGET_BYTES];
    if (!station_text_copy(text, strlen(text), copy, sizeof copy))
        abort(); /* what was let through is text */
}

static void parse_target(const char *text)
{
    static station_target target;
    if (!station_target_parse(text, &target))
        return;
    for (int i = 0; i < target.n_segments; i++)
        check_text(target.segment[i]);
    for (int i = 0; i < target.n_pairs; i++) {
        check_text(target.pair[i].name);
        check_text(target.pair[i].value);
    }
}

/* The header up to the first newline, then the body. */
static void parse_form(const char *text, size_t size)
{
    static station_form form;
    char type[300];
    const char *end = memchr(text, '\n', size);
    const size_t n = end ? (size_t)(end - text) : 0;
    if (!end || n >= sizeof type)
        return;
    memcpy(type, text, n);
    type[n] = '\0';
    /* Of its own size, so that reading over its end is seen. */
    const size_t left = size - n - 1;
    uint8_t *body = malloc(left ? left : 1);
    memcpy(body, end + 1, left);
    if (station_form_parse(type, body, left, &form))
        for (int i = 0; i < form.n; i++)
            if (form.field[i].bytes < body || form.field[i].bytes + form.field[i].size > body + left)
                abort();
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] & 1)
        parse_form(text, size - 1);
    else
        parse_target(text);
    free(text);
    return 0;
}
