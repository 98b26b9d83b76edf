#include "io/origin.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Every field once: writing, reading and comparing walk this table. */
typedef enum field_kind { FIELD_TEXT, FIELD_INT32, FIELD_INT64 } field_kind;

typedef struct origin_field {
    const char *name;
    size_t offset, size;
    field_kind kind;
    bool always_compared; /* also where a side does not know its backbone */
} origin_field;

#define FIELD(kind, member, always)                                                                                    \
    {                                                                                                                  \
#member, offsetof(pb_origin, member), sizeof((pb_origin *)0)->member, kind, always                             \
    }

static const origin_field fields[] = {
    FIELD(FIELD_TEXT, backbone, false),      FIELD(FIELD_TEXT, weights_hash, false),
    FIELD(FIELD_TEXT, layer, false),         FIELD(FIELD_TEXT, precision, false),
    FIELD(FIELD_INT32, input_height, false), FIELD(FIELD_INT32, input_width, false),
    FIELD(FIELD_TEXT, preprocessing, false), FIELD(FIELD_INT32, grid_height, true),
    FIELD(FIELD_INT32, grid_width, true),    FIELD(FIELD_INT64, dim, true),
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static const char *field_text(const pb_origin *origin, const origin_field *field)
{
    return (const char *)origin + field->offset;
}

static int64_t field_number(const pb_origin *origin, const origin_field *field)
{
    int32_t narrow;
    int64_t wide;
    if (field->kind == FIELD_INT64) {
        memcpy(&wide, (const char *)origin + field->offset, sizeof wide);
        return wide;
    }
    memcpy(&narrow, (const char *)origin + field->offset, sizeof narrow);
    return narrow;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

pb_status pb_origin_to_json(const pb_origin *origin, json_t **out)
{
    json_t *object = json_object();
    for (int i = 0; i < N_FIELDS; i++) {
        json_t *value = fields[i].kind == FIELD_TEXT ? json_string(field_text(origin, &fields[i]))
                                                     : json_integer(field_number(origin, &fields[i]));
        if (json_object_set_new(object, fields[i].name, value) != 0) {
            json_decref(object);
            return pb_fail(PB_STATUS_BAD_VALUE, "cannot write the origin of features: %s is not UTF-8 text",
                           fields[i].name);
        }
    }
    *out = object;
    return PB_STATUS_OK;
}

static pb_status read_text(const json_t *value, const origin_field *field, const char *name, char *out)
{
    const char *text = json_string_value(value);
    if (!text)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s is missing or not text", name, field->name);
    if (strlen(text) >= field->size)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s has %zu bytes, up to %zu fit", name, field->name, strlen(text),
                       field->size - 1);
    memcpy(out, text, strlen(text) + 1);
    return PB_STATUS_OK;
}

static pb_status read_number(const json_t *value, const origin_field *field, const char *name, char *out)
{
    const int64_t largest = field->kind == FIELD_INT64 ? INT64_MAX : INT32_MAX;
    if (!json_is_integer(value))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s is missing or not an integer", name, field->name);
    const int64_t wide = json_integer_value(value);
    if (wide < 0 || wide > largest)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s is %" PRId64 ", outside 0 to %" PRId64, name, field->name, wide,
                       largest);
    const int32_t narrow = (int32_t)wide;
    memcpy(out, field->kind == FIELD_INT64 ? (const void *)&wide : (const void *)&narrow, field->size);
    return PB_STATUS_OK;
}

pb_status pb_origin_from_json(const json_t *object, const char *name, pb_origin *out)
{
    pb_origin origin = {.dim = 0};
    if (!json_is_object(object))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s does not hold a JSON object", name);
    for (int i = 0; i < N_FIELDS; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        char *member = (char *)&origin + fields[i].offset;
        PB_TRY(fields[i].kind == FIELD_TEXT ? read_text(value, &fields[i], name, member)
                                            : read_number(value, &fields[i], name, member));
    }
    *out = origin;
    return PB_STATUS_OK;
}

/* ---- Comparison ------------------------------------------------------------------------------------------------- */

static bool same_field(const pb_origin *a, const pb_origin *b, const origin_field *field)
{
    if (field->kind == FIELD_TEXT)
        return strcmp(field_text(a, field), field_text(b, field)) == 0;
    return field_number(a, field) == field_number(b, field);
}

/* "dinov3_vit layer 19 at 448x448", or the shape alone where the backbone is not known. */
static void describe(const pb_origin *origin, char *text, size_t size)
{
    if (origin->backbone[0])
        snprintf(text, size, "%s%s%s at %" PRId32 "x%" PRId32, origin->backbone, origin->layer[0] ? " layer " : "",
                 origin->layer, origin->input_height, origin->input_width);
    else
        snprintf(text, size, "an unknown backbone on a %" PRId32 "x%" PRId32 " grid with %" PRId64 " channels",
                 origin->grid_height, origin->grid_width, origin->dim);
}

static void field_value(const pb_origin *origin, const origin_field *field, char *text, size_t size)
{
    if (field->kind == FIELD_TEXT)
        snprintf(text, size, "'%s'", field_text(origin, field));
    else
        snprintf(text, size, "%" PRId64, field_number(origin, field));
}

static pb_status fail_mismatch(const pb_origin *a, const char *a_name, const pb_origin *b, const char *b_name,
                               const origin_field *field)
{
    char a_text[192], b_text[192], a_value[192], b_value[192];
    describe(a, a_text, sizeof a_text);
    describe(b, b_text, sizeof b_text);
    field_value(a, field, a_value, sizeof a_value);
    field_value(b, field, b_value, sizeof b_value);
    return pb_fail(PB_STATUS_MISMATCH, "%s was built with %s, %s is %s: they differ in %s, %s against %s", a_name,
                   a_text, b_name, b_text, field->name, a_value, b_value);
}

pb_status pb_origin_match(const pb_origin *a, const char *a_name, const pb_origin *b, const char *b_name)
{
    const bool both_known = a->backbone[0] && b->backbone[0];
    for (int i = 0; i < N_FIELDS; i++)
        if ((both_known || fields[i].always_compared) && !same_field(a, b, &fields[i]))
            return fail_mismatch(a, a_name, b, b_name, &fields[i]);
    return PB_STATUS_OK;
}

/* The middle `size` of `long_side` pixels that the longest side has once the shortest has `size`, back in the photo's
 * pixels: as pb_image_resize_shortest() and the crop after it round. */
static void centre_span(int32_t longest, int32_t shortest, int64_t size, int32_t *first, int32_t *length)
{
    const int64_t resized = longest * size / shortest, before = (resized - size) / 2;
    const double factor = (double)longest / (double)resized;
    *first = (int32_t)lround((double)before * factor);
    *length = (int32_t)lround((double)(before + size) * factor) - *first;
}

pb_rect pb_origin_view(const pb_origin *origin, int32_t width, int32_t height)
{
    static const char cropped[] = "shortest side ";
    pb_rect view = {0, 0, width, height};
    const size_t length = sizeof cropped - 1;
    const long size =
        strncmp(origin->preprocessing, cropped, length) == 0 ? strtol(origin->preprocessing + length, NULL, 10) : 0;
    if (size < 1 || size > INT32_MAX || width < 1 || height < 1)
        return view;
    if (width > height)
        centre_span(width, height, size, &view.left, &view.width);
    else
        centre_span(height, width, size, &view.top, &view.height);
    return view;
}
