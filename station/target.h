/* What a request asks for: the path and query of its first line, split and decoded. */
#ifndef PB_STATION_TARGET_H
#define PB_STATION_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATION_MAX_SEGMENTS = 10, STATION_MAX_PAIRS = 32, STATION_TARGET_BYTES = 4096 };

typedef struct station_target {
    int n_segments, n_pairs;
    const char *segment[STATION_MAX_SEGMENTS];
    struct {
        const char *name, *value;
    } pair[STATION_MAX_PAIRS];
    char text[STATION_TARGET_BYTES]; /* what the above point into */
} station_target;

/* Splits "/api/v1/parts?limit=5". Segments and values are decoded one by one, so that an encoded slash splits nothing.
 * @return false for what is too long, has too many pieces, is wrongly encoded, no UTF-8, or has control characters in it */
bool station_target_parse(const char *raw, station_target *out);

/* NULL: not given. The first one of that name. */
const char *station_target_value(const station_target *target, const char *name);

/* Decodes %XX in place of `out` (of `size` bytes with its NUL) from text of n bytes; the same refusals as above. @param plus "+" is a space */
bool station_percent_decode(const char *text, size_t n, bool plus, char *out, size_t size);

/* Copies n bytes of text; the same refusals. */
bool station_text_copy(const char *text, size_t n, char *out, size_t size);

/* As people count them: code points. */
int64_t station_count_characters(const char *text);

#endif
