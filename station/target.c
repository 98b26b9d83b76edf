#include "station/target.h"

#include <string.h>

#include "base/utf8.h"

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* No control characters, and UTF-8. */
static bool is_plain(const char *text)
{
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    while (*text) {
        const char *at = text;
        const uint32_t code = pb_utf8_next(&text);
        if (code == PB_UTF8_REPLACEMENT && strncmp(at, "\xef\xbf\xbd", 3) != 0)
            return false;
    }
    return true;
}

bool station_percent_decode(const char *text, size_t n, bool plus, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < n ? hex_of(text[i + 1]) : -1;
            const int low = i + 2 < n ? hex_of(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0' || used + 1 >= size)
            return false;
        out[used++] = c;
    }
    out[used] = '\0';
    return is_plain(out);
}

bool station_text_copy(const char *text, size_t n, char *out, size_t size)
{
    if (n >= size || memchr(text, '\0', n))
        return false;
    memcpy(out, text, n);
    out[n] = '\0';
    return is_plain(out);
}

typedef struct decoder {
    station_target *target;
    size_t used;
} decoder;

static bool decode(decoder *to, const char *text, size_t n, bool plus, const char **out)
{
    char *at = to->target->text + to->used;
    if (!station_percent_decode(text, n, plus, at, sizeof to->target->text - to->used))
        return false;
    *out = at;
    to->used += strlen(at) + 1;
    return to->used < sizeof to->target->text;
}

static bool parse_path(decoder *to, const char *path, size_t n)
{
    station_target *target = to->target;
    if (n < 1 || path[0] != '/')
        return false;
    for (size_t at = 1; at < n;) {
        const char *slash = memchr(path + at, '/', n - at);
        const size_t length = slash ? (size_t)(slash - path) - at : n - at;
        if (target->n_segments == STATION_MAX_SEGMENTS ||
            !decode(to, path + at, length, false, &target->segment[target->n_segments++]))
            return false;
        at += length + 1;
    }
    return true;
}

static bool parse_query(decoder *to, const char *query)
{
    station_target *target = to->target;
    while (*query) {
        const size_t n = strcspn(query, "&");
        const char *equals = memchr(query, '=', n);
        const size_t name = equals ? (size_t)(equals - query) : n;
        if (n > 0) {
            if (target->n_pairs == STATION_MAX_PAIRS ||
                !decode(to, query, name, true, &target->pair[target->n_pairs].name) ||
                !decode(to, equals ? equals + 1 : "", equals ? n - name - 1 : 0, true,
                        &target->pair[target->n_pairs].value))
                return false;
            target->n_pairs++;
        }
        query += n + (query[n] == '&');
    }
    return true;
}

bool station_target_parse(const char *raw, station_target *out)
{
    decoder to = {.target = out};
    *out = (station_target){0};
    if (strlen(raw) >= STATION_TARGET_BYTES)
        return false;
    const size_t n = strcspn(raw, "?");
    return parse_path(&to, raw, n) && (raw[n] == '\0' || parse_query(&to, raw + n + 1));
}

const char *station_target_value(const station_target *target, const char *name)
{
    for (int i = 0; i < target->n_pairs; i++)
        if (strcmp(target->pair[i].name, name) == 0)
            return target->pair[i].value;
    return NULL;
}

int64_t station_count_characters(const char *text)
{
    int64_t n = 0;
    for (; *text; n++)
        (void)pb_utf8_next(&text);
    return n;
}
