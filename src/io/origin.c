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

/* What came after the first edition stands in files only where that could not have written them. */

static const char *const fits[] = {[PB_FIT_BOTH_SIDES] = "both sides", [PB_FIT_SHORTEST_SIDE] = "shortest side"};
enum { N_FITS = sizeof fits / sizeof *fits };

/* What files without a fit are taken to mean, as those of the first edition. */
static pb_fit fit_of_text(const char *preprocessing)
{
    const char *first_edition = "shortest side ";
    return strncmp(preprocessing, first_edition, strlen(first_edition)) == 0 ? PB_FIT_SHORTEST_SIDE : PB_FIT_BOTH_SIDES;
}

/* Would a file without it tell another geometry? */
static bool must_tell_fit(const pb_origin *origin)
{
    const bool cuts_more = origin->resize_side != 0 && origin->resize_side != origin->input_width;
    return cuts_more || origin->fit != fit_of_text(origin->preprocessing);
}

/* Whole numbers that stand there where they are not 0. */
static const origin_field rarities[] = {
    FIELD(FIELD_INT32, tile, false),
    FIELD(FIELD_INT32, overlap, false),
    FIELD(FIELD_INT32, photo_width, false),
    FIELD(FIELD_INT32, photo_height, false),
};
enum { N_RARITIES = sizeof rarities / sizeof *rarities, N_OF_TILES = 2 /* the first ones */ };

static int add_rarities(const pb_origin *origin, json_t *object)
{
    int failed = 0;
    for (int i = 0; i < N_RARITIES; i++) {
        const int64_t value = field_number(origin, &rarities[i]);
        if (value != 0)
            failed |= json_object_set_new(object, rarities[i].name, json_integer(value));
    }
    return failed;
}

static int add_reading(const pb_origin *origin, json_t *object)
{
    if (add_rarities(origin, object) != 0)
        return -1;
    if (origin->is_upright && json_object_set_new(object, "orientation", json_string("exif")) != 0)
        return -1;
    if (origin->sample_bits && json_object_set_new(object, "sample_bits", json_integer(origin->sample_bits)) != 0)
        return -1;
    if (!must_tell_fit(origin))
        return 0;
    return json_object_set_new(object, "fit", json_string(fits[origin->fit])) |
           json_object_set_new(object, "resize_side", json_integer(origin->resize_side));
}

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
    if (add_reading(origin, object) != 0) {
        json_decref(object);
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory while writing JSON");
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

static pb_status read_fit(const json_t *object, const char *name, pb_origin *out)
{
    const json_t *fit = json_object_get(object, "fit"), *side = json_object_get(object, "resize_side");
    const char *text = json_string_value(fit);
    int i = 0;
    if (!fit && !side) {
        out->fit = fit_of_text(out->preprocessing);
        return PB_STATUS_OK;
    }
    while (text && i < N_FITS && strcmp(fits[i], text) != 0)
        i++;
    if (!text || i == N_FITS)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: fit must be \"%s\" or \"%s\"", name, fits[0], fits[1]);
    out->fit = (pb_fit)i;
    const origin_field field = {"resize_side", 0, sizeof out->resize_side, FIELD_INT32, false};
    return read_number(side, &field, name, (char *)&out->resize_side);
}

/* The first edition, which read photos as stored, has none. */
static pb_status read_orientation(const json_t *object, const char *name, pb_origin *out)
{
    const json_t *orientation = json_object_get(object, "orientation");
    const char *text = json_string_value(orientation);
    if (orientation && (!text || strcmp(text, "exif") != 0))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: orientation must be \"exif\"", name);
    out->is_upright = orientation != NULL;
    return PB_STATUS_OK;
}

/* Stands there where photos had more than 8. */
static pb_status read_sample_bits(const json_t *object, const char *name, pb_origin *out)
{
    const origin_field field = {"sample_bits", 0, sizeof out->sample_bits, FIELD_INT32, false};
    const json_t *bits = json_object_get(object, field.name);
    if (!bits)
        return PB_STATUS_OK;
    PB_TRY(read_number(bits, &field, name, (char *)&out->sample_bits));
    if (out->sample_bits < 8 || out->sample_bits > 16)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: sample_bits is %" PRId32 ", outside 8 to 16", name, out->sample_bits);
    return PB_STATUS_OK;
}

static pb_status read_rarities(const json_t *object, const char *name, pb_origin *out)
{
    for (int i = 0; i < N_RARITIES; i++) {
        const json_t *value = json_object_get(object, rarities[i].name);
        if (value)
            PB_TRY(read_number(value, &rarities[i], name, (char *)out + rarities[i].offset));
    }
    if (out->overlap > out->tile || (out->photo_width == 0) != (out->photo_height == 0))
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s: tiles of %" PRId32 " pixels that overlap by %" PRId32 ", photos of %" PRId32 " x %" PRId32,
                       name, out->tile, out->overlap, out->photo_width, out->photo_height);
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
    PB_TRY(read_fit(object, name, &origin));
    PB_TRY(read_orientation(object, name, &origin));
    PB_TRY(read_sample_bits(object, name, &origin));
    PB_TRY(read_rarities(object, name, &origin));
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
                 origin->layer, origin->input_width, origin->input_height);
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
    for (int i = 0; i < N_OF_TILES && both_known; i++)
        if (!same_field(a, b, &rarities[i]))
            return fail_mismatch(a, a_name, b, b_name, &rarities[i]);
    if (a->sample_bits && b->sample_bits && a->sample_bits != b->sample_bits)
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s was built with photos of %" PRId32 " bits, %s is of %" PRId32
                       " bits: one is darker than the other",
                       a_name, a->sample_bits, b_name, b->sample_bits);
    return PB_STATUS_OK;
}

/* ---- View ------------------------------------------------------------------------------------------------------- */

/* The middle `size` of the `resized` pixels that a side of `length` pixels becomes, back in the photo's pixels. */
static void centre_span(int32_t length, int64_t resized, int64_t size, int32_t *first, int32_t *out_length)
{
    const int64_t before = (resized - size) / 2;
    const double factor = (double)length / (double)resized;
    *first = (int32_t)lround((double)before * factor);
    *out_length = (int32_t)lround((double)(before + size) * factor) - *first;
}

pb_rect pb_origin_view(const pb_origin *origin, int32_t width, int32_t height)
{
    pb_rect view = {0, 0, width, height};
    const int64_t crop = origin->input_width, side = origin->resize_side > crop ? origin->resize_side : crop;
    if (width < 1 || height < 1 || crop < 1 || origin->tile > 0 || (origin->fit == PB_FIT_BOTH_SIDES && side == crop))
        return view;
    const bool keeps_shape = origin->fit == PB_FIT_SHORTEST_SIDE;
    const int32_t shortest = width < height ? width : height;
    centre_span(width, keeps_shape ? width * side / shortest : side, crop, &view.left, &view.width);
    centre_span(height, keeps_shape ? height * side / shortest : side, crop, &view.top, &view.height);
    return view;
}
