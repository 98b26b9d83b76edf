#include "io/json_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static pb_status missing(const char *name, const char *key, const char *kind)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" is missing or not %s", name, key, kind);
}

pb_status pb_json_get_string(const json_t *object, const char *key, const char *name, const char **out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value))
        return missing(name, key, "a string");
    *out = json_string_value(value);
    return PB_STATUS_OK;
}

pb_status pb_json_get_text(const json_t *object, const char *key, const char *name, char *out, size_t out_size)
{
    const char *text = NULL;
    PB_TRY(pb_json_get_string(object, key, name, &text));
    if (strlen(text) >= out_size)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" is longer than %zu bytes", name, key, out_size - 1);
    memcpy(out, text, strlen(text) + 1);
    return PB_STATUS_OK;
}

pb_status pb_json_get_int(const json_t *object, const char *key, const char *name, int64_t low, int64_t high,
                          int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return missing(name, key, "an integer");
    const int64_t number = json_integer_value(value);
    if (number < low || number > high)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"%s\" is %" PRId64 ", outside %" PRId64 "..%" PRId64, name, key,
                       number, low, high);
    *out = number;
    return PB_STATUS_OK;
}

pb_status pb_json_get_real(const json_t *object, const char *key, const char *name, bool nullable, double *out)
{
    const json_t *value = json_object_get(object, key);
    if (nullable && json_is_null(value)) {
        *out = NAN;
        return PB_STATUS_OK;
    }
    if (!json_is_number(value))
        return missing(name, key, "a number");
    *out = json_number_value(value);
    return PB_STATUS_OK;
}

pb_status pb_json_get_bool(const json_t *object, const char *key, const char *name, bool *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        return missing(name, key, "true or false");
    *out = json_is_true(value);
    return PB_STATUS_OK;
}

pb_status pb_json_get_object(const json_t *object, const char *key, const char *name, const json_t **out)
{
    *out = json_object_get(object, key);
    return json_is_object(*out) ? PB_STATUS_OK : missing(name, key, "an object");
}

pb_status pb_json_get_array(const json_t *object, const char *key, const char *name, const json_t **out)
{
    *out = json_object_get(object, key);
    return json_is_array(*out) ? PB_STATUS_OK : missing(name, key, "an array");
}

json_t *pb_json_finite_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Bytes of the UTF-8 sequence at `text`, as jansson accepts it; 0 where there is none. */
static size_t utf8_sequence(const char *text)
{
    static const size_t longest = 4;
    for (size_t n = 1; n <= longest && (n == 1 || text[n - 1]); n++) {
        json_t *probe = json_stringn(text, n);
        if (probe) {
            json_decref(probe);
            return n;
        }
    }
    return 0;
}

json_t *pb_json_lossy_string(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *clean = pb_calloc(strlen(text) * 3 + 1, 1);
    if (!clean)
        return NULL;
    char *end = clean;
    while (*text) {
        const size_t n = utf8_sequence(text);
        memcpy(end, n ? text : "\xef\xbf\xbd", n ? n : 3);
        end += n ? n : 3;
        text += n ? n : 1;
    }
    value = json_string(clean);
    pb_free(clean);
    return value;
}
