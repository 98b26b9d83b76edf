/* The format: numpy.lib.format ("NEP 1"). Magic, version, header length, a Python dict literal, the items. */
#include "io/npy.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/half.h"

enum {
    MAGIC_BYTES = 6,
    V1_PREFIX_BYTES = MAGIC_BYTES + 4, /* magic, version, 16-bit header length */
    V2_PREFIX_BYTES = MAGIC_BYTES + 6, /* versions 2 and 3: 32-bit header length */
    HEADER_ALIGNMENT = 64,             /* numpy's ARRAY_ALIGN */
    GROWTH_AXIS_DIGITS = 21,           /* numpy leaves room to rewrite the first dimension in place */
    HEADER_TEXT_BYTES = 512,
    QUOTED_BYTES = 40 /* of an unknown dtype in a message */
};

static const uint8_t magic[MAGIC_BYTES] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

static const struct {
    const char *code;
    size_t bytes;
} types[] = {
    [PB_NPY_F2] = {"f2", 2}, [PB_NPY_F4] = {"f4", 4}, [PB_NPY_F8] = {"f8", 8}, [PB_NPY_I1] = {"i1", 1},
    [PB_NPY_I2] = {"i2", 2}, [PB_NPY_I4] = {"i4", 4}, [PB_NPY_I8] = {"i8", 8}, [PB_NPY_U1] = {"u1", 1},
    [PB_NPY_U2] = {"u2", 2}, [PB_NPY_U4] = {"u4", 4}, [PB_NPY_U8] = {"u8", 8}, [PB_NPY_BOOL] = {"b1", 1},
};

size_t pb_npy_item_bytes(pb_npy_type type)
{
    return types[type].bytes;
}

static bool host_is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* ---- The header's dict ------------------------------------------------------------------------------------------ */

typedef struct header_reader {
    const char *at, *end;
    const char *name; /* of the file, for messages */
    bool has_type, has_order, has_shape;
} header_reader;

static pb_status bad_header(const header_reader *reader, const char *what)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged .npy header: %s", reader->name, what);
}

static void skip_spaces(header_reader *reader)
{
    while (reader->at < reader->end &&
           (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r'))
        reader->at++;
}

/* Skips spaces, then takes `c` if it is next. */
static bool take(header_reader *reader, char c)
{
    skip_spaces(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool take_word(header_reader *reader, const char *word)
{
    const size_t length = strlen(word);
    skip_spaces(reader);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
        return false;
    reader->at += length;
    return true;
}

/* A Python string in either kind of quotes; NumPy writes no escapes. */
static pb_status read_string(header_reader *reader, const char **text, size_t *length)
{
    skip_spaces(reader);
    const char quote = take(reader, '\'') ? '\'' : take(reader, '"') ? '"' : '\0';
    if (!quote)
        return bad_header(reader, "a string is missing");
    *text = reader->at;
    while (reader->at < reader->end && *reader->at != quote && *reader->at != '\\')
        reader->at++;
    if (reader->at == reader->end || *reader->at != quote)
        return bad_header(reader, "a string does not end");
    *length = (size_t)(reader->at - *text);
    reader->at++;
    return PB_STATUS_OK;
}

static bool same_text(const char *text, size_t length, const char *expected)
{
    return length == strlen(expected) && memcmp(text, expected, length) == 0;
}

static const char *kind_of_unsupported(char kind)
{
    switch (kind) {
    case 'O':
        return "Python objects";
    case 'c':
        return "complex numbers";
    case 'U':
    case 'S':
    case 'a':
        return "text";
    case 'V':
        return "structured or raw items";
    case 'M':
    case 'm':
        return "dates or durations";
    default:
        return "items of a type this version does not read";
    }
}

static pb_status unsupported_type(const header_reader *reader, const char *text, size_t length)
{
    char quoted[QUOTED_BYTES + 1];
    size_t n = 0;
    for (; n < length && n < QUOTED_BYTES; n++)
        quoted[n] = text[n] >= 0x20 && text[n] < 0x7f ? text[n] : '?';
    quoted[n] = '\0';
    return pb_fail(PB_STATUS_UNSUPPORTED,
                   "%s holds %s (dtype '%s'); floats of 2, 4 or 8 bytes, integers and bool can be read", reader->name,
                   kind_of_unsupported(length > 1 ? text[1] : '\0'), quoted);
}

static pb_status read_type(header_reader *reader, pb_npy *out)
{
    const char *text = "";
    size_t length = 0;
    if (take(reader, '['))
        return pb_fail(
            PB_STATUS_UNSUPPORTED,
            "%s holds records (a structured dtype), plain numbers are needed: save one field, array['field']",
            reader->name);
    PB_TRY(read_string(reader, &text, &length));
    if (length < 2 || !strchr("<>|=", text[0]) || text[0] == '\0')
        return unsupported_type(reader, text, length);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        /* '|' (no byte order) belongs to single bytes only. */
        if (!same_text(text + 1, length - 1, types[i].code) || (text[0] == '|' && types[i].bytes > 1))
            continue;
        const char foreign = host_is_little_endian() ? '>' : '<';
        out->type = (pb_npy_type)i;
        out->byte_swapped = text[0] == foreign && types[i].bytes > 1;
        return PB_STATUS_OK;
    }
    return unsupported_type(reader, text, length);
}

static pb_status read_order(header_reader *reader)
{
    if (take_word(reader, "False"))
        return PB_STATUS_OK;
    if (!take_word(reader, "True"))
        return bad_header(reader, "fortran_order is neither True nor False");
    return pb_fail(PB_STATUS_UNSUPPORTED,
                   "%s is in Fortran order, C order is needed: save numpy.ascontiguousarray(array) instead",
                   reader->name);
}

static pb_status read_dimension(header_reader *reader, int64_t *out)
{
    int64_t value = 0;
    skip_spaces(reader);
    const char *first = reader->at;
    for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *reader->at - '0', &value))
            return bad_header(reader, "a dimension is larger than 2^63 - 1");
    if (reader->at == first)
        return bad_header(reader, "a dimension is not a non-negative integer");
    if (*first == '0' && reader->at - first > 1)
        return bad_header(reader, "a dimension has a leading zero");
    if (reader->at < reader->end && *reader->at == 'L') /* a long integer of Python 2 */
        reader->at++;
    *out = value;
    return PB_STATUS_OK;
}

/* "()", "(5,)", "(2, 3)" or "(2, 3,)"; "(5)" is no tuple. */
static pb_status read_shape(header_reader *reader, pb_npy *out)
{
    if (!take(reader, '('))
        return bad_header(reader, "the shape is not a tuple");
    bool comma = true;
    for (out->n_dims = 0; !take(reader, ')'); out->n_dims++) {
        if (!comma)
            return bad_header(reader, "the shape is not a tuple of integers");
        if (out->n_dims == PB_NPY_MAX_DIMS)
            return pb_fail(PB_STATUS_UNSUPPORTED, "%s has more than %d dimensions", reader->name, PB_NPY_MAX_DIMS);
        PB_TRY(read_dimension(reader, &out->shape[out->n_dims]));
        comma = take(reader, ',');
    }
    return out->n_dims == 1 && !comma ? bad_header(reader, "the shape is not a tuple") : PB_STATUS_OK;
}

static pb_status read_entry(header_reader *reader, pb_npy *out)
{
    const char *key = "";
    size_t length = 0;
    PB_TRY(read_string(reader, &key, &length));
    if (!take(reader, ':'))
        return bad_header(reader, "a ':' is missing");
    const bool is_type = same_text(key, length, "descr"), is_order = same_text(key, length, "fortran_order"),
               is_shape = same_text(key, length, "shape");
    if (!is_type && !is_order && !is_shape)
        return bad_header(reader, "a key other than descr, fortran_order and shape");
    if ((is_type && reader->has_type) || (is_order && reader->has_order) || (is_shape && reader->has_shape))
        return bad_header(reader, "a key stands twice");
    reader->has_type |= is_type;
    reader->has_order |= is_order;
    reader->has_shape |= is_shape;
    if (is_type)
        return read_type(reader, out);
    return is_order ? read_order(reader) : read_shape(reader, out);
}

static pb_status read_dict(header_reader *reader, pb_npy *out)
{
    if (!take(reader, '{'))
        return bad_header(reader, "it is not a dict");
    bool comma = true;
    while (!take(reader, '}')) {
        if (!comma)
            return bad_header(reader, "a ',' or '}' is missing");
        PB_TRY(read_entry(reader, out));
        comma = take(reader, ',');
    }
    skip_spaces(reader);
    if (reader->at != reader->end)
        return bad_header(reader, "text after its end");
    if (!reader->has_type || !reader->has_order || !reader->has_shape)
        return bad_header(reader, "descr, fortran_order or shape is missing");
    return PB_STATUS_OK;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/* *header_end = where the items begin. */
static pb_status find_header(const uint8_t *bytes, size_t size, const char *name, size_t *header_begin,
                             size_t *header_end)
{
    if (size < V1_PREFIX_BYTES || memcmp(bytes, magic, MAGIC_BYTES) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not an .npy file: it does not begin with \\x93NUMPY", name);
    const int major = bytes[MAGIC_BYTES], minor = bytes[MAGIC_BYTES + 1];
    if (major < 1 || major > 3 || minor != 0)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s is .npy of version %d.%d, versions 1.0 to 3.0 can be read", name,
                       major, minor);
    const size_t prefix = major == 1 ? V1_PREFIX_BYTES : V2_PREFIX_BYTES;
    if (size < prefix)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is truncated inside its header: it has %zu bytes", name, size);
    size_t length = 0;
    for (size_t i = prefix; i > MAGIC_BYTES + 2; i--)
        length = length << 8 | bytes[i - 1];
    if (length > size - prefix)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is truncated or damaged: a header of %zu bytes is announced, %zu bytes follow", name, length,
                       size - prefix);
    *header_begin = prefix;
    *header_end = prefix + length;
    return PB_STATUS_OK;
}

/* "(2, 3)" for messages. */
static const char *shape_text(int n_dims, const int64_t *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < n_dims && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, i ? ", " : "", shape[i]);
    if (used < size)
        snprintf(text + used, size - used, n_dims == 1 ? ",)" : ")");
    return text;
}

/* *items = the product of a shape, which is 0 where one dimension is; also then no partial product may
 * overflow. */
static pb_status count_items(int n_dims, const int64_t *shape, size_t item_bytes, const char *name, int64_t *items)
{
    int64_t product = 1, bytes;
    bool empty = false, fits = true;
    for (int i = 0; i < n_dims; i++) {
        empty |= shape[i] == 0;
        fits &= shape[i] >= 0 && !__builtin_mul_overflow(product, shape[i] > 0 ? shape[i] : 1, &product);
    }
    char text[HEADER_TEXT_BYTES];
    if (!fits || __builtin_mul_overflow(product, (int64_t)item_bytes, &bytes))
        return pb_fail(PB_STATUS_LIMIT, "%s: shape %s is larger than memory can hold", name,
                       shape_text(n_dims, shape, text, sizeof text));
    *items = empty ? 0 : product;
    return PB_STATUS_OK;
}

static pb_status check_size(const pb_npy *array, size_t data_bytes, const char *name)
{
    const size_t item_bytes = types[array->type].bytes;
    const size_t expected = (size_t)array->n_items * item_bytes;
    if (data_bytes == expected)
        return PB_STATUS_OK;
    char text[HEADER_TEXT_BYTES];
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s is %s: shape %s of %zu-byte items takes %zu bytes, the file has %zu", name,
                   data_bytes < expected ? "truncated" : "damaged",
                   shape_text(array->n_dims, array->shape, text, sizeof text), item_bytes, expected, data_bytes);
}

pb_status pb_npy_parse(const uint8_t *bytes, size_t size, const char *name, pb_npy *out)
{
    pb_npy array = {.n_dims = 0};
    size_t begin = 0, end = 0;
    PB_TRY(find_header(bytes, size, name, &begin, &end));
    header_reader reader = {.at = (const char *)bytes + begin, .end = (const char *)bytes + end, .name = name};
    PB_TRY(read_dict(&reader, &array));
    PB_TRY(count_items(array.n_dims, array.shape, types[array.type].bytes, name, &array.n_items));
    PB_TRY(check_size(&array, size - end, name));
    array.data = bytes + end;
    *out = array;
    return PB_STATUS_OK;
}

pb_status pb_npy_open(const char *path, pb_npy *out)
{
    pb_file_map map;
    PB_TRY(pb_file_map_open(path, &map));
    const pb_status status = pb_npy_parse(map.bytes, map.size, path, out);
    if (status != PB_STATUS_OK)
        pb_file_map_close(&map);
    else
        out->map = map;
    return status;
}

void pb_npy_close(pb_npy *array)
{
    pb_file_map_close(&array->map);
    *array = (pb_npy){.n_dims = 0};
}

/* ---- Conversion ------------------------------------------------------------------------------------------------- */

/* Items may stand at any address: the headers of old NumPy align to 16 bytes, other writers to none. */
static uint16_t load16(const uint8_t *item, bool swapped)
{
    uint16_t bits;
    memcpy(&bits, item, sizeof bits);
    return swapped ? __builtin_bswap16(bits) : bits;
}

static uint32_t load32(const uint8_t *item, bool swapped)
{
    uint32_t bits;
    memcpy(&bits, item, sizeof bits);
    return swapped ? __builtin_bswap32(bits) : bits;
}

static uint64_t load64(const uint8_t *item, bool swapped)
{
    uint64_t bits;
    memcpy(&bits, item, sizeof bits);
    return swapped ? __builtin_bswap64(bits) : bits;
}

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static pb_status check_range(const pb_npy *array, int64_t first, int64_t n)
{
    PB_CHECK_ARG(first >= 0 && n >= 0 && first <= array->n_items && n <= array->n_items - first,
                 "items %" PRId64 " + %" PRId64 " are outside an array of %" PRId64, first, n, array->n_items);
    return PB_STATUS_OK;
}

static pb_status convert_f64(const uint8_t *items, bool swapped, int64_t first, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) {
        const double value = double_of_bits(load64(items + 8 * i, swapped));
        if (isfinite(value) && fabs(value) > (double)FLT_MAX)
            return pb_fail(PB_STATUS_BAD_VALUE, "item %" PRId64 " is %g, which is outside the range of float32",
                           first + i, value);
        out[i] = (float)value;
    }
    return PB_STATUS_OK;
}

#define CONVERT(expression)                                                                                            \
    do {                                                                                                               \
        for (int64_t i = 0; i < n; i++)                                                                                \
            out[i] = (expression);                                                                                     \
        return PB_STATUS_OK;                                                                                           \
    } while (0)

pb_status pb_npy_to_f32(const pb_npy *array, int64_t first, int64_t n, float *out)
{
    PB_TRY(check_range(array, first, n));
    const bool swapped = array->byte_swapped;
    const uint8_t *items = (const uint8_t *)array->data + (size_t)first * types[array->type].bytes;
    switch (array->type) {
    case PB_NPY_F2:
        CONVERT(pb_float_of_half(load16(items + 2 * i, swapped)));
    case PB_NPY_F4:
        CONVERT(pb_float_of_bits(load32(items + 4 * i, swapped)));
    case PB_NPY_F8:
        return convert_f64(items, swapped, first, n, out);
    case PB_NPY_I1:
        CONVERT((float)(int8_t)items[i]);
    case PB_NPY_I2:
        CONVERT((float)(int16_t)load16(items + 2 * i, swapped));
    case PB_NPY_I4:
        CONVERT((float)(int32_t)load32(items + 4 * i, swapped));
    case PB_NPY_I8:
        CONVERT((float)(int64_t)load64(items + 8 * i, swapped));
    case PB_NPY_U1:
        CONVERT((float)items[i]);
    case PB_NPY_U2:
        CONVERT((float)load16(items + 2 * i, swapped));
    case PB_NPY_U4:
        CONVERT((float)load32(items + 4 * i, swapped));
    case PB_NPY_U8:
        CONVERT((float)load64(items + 8 * i, swapped));
    case PB_NPY_BOOL:
        CONVERT(items[i] ? 1.0f : 0.0f);
    }
    return pb_fail(PB_STATUS_INTERNAL, "unknown .npy type %d", (int)array->type);
}

static pb_status convert_u64(const uint8_t *items, bool swapped, int64_t first, int64_t n, int64_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        const uint64_t value = load64(items + 8 * i, swapped);
        if (value > INT64_MAX)
            return pb_fail(PB_STATUS_BAD_VALUE, "item %" PRId64 " is %" PRIu64 ", which is outside the range of int64",
                           first + i, value);
        out[i] = (int64_t)value;
    }
    return PB_STATUS_OK;
}

pb_status pb_npy_to_i64(const pb_npy *array, int64_t first, int64_t n, int64_t *out)
{
    PB_TRY(check_range(array, first, n));
    const bool swapped = array->byte_swapped;
    const uint8_t *items = (const uint8_t *)array->data + (size_t)first * types[array->type].bytes;
    switch (array->type) {
    case PB_NPY_I1:
        CONVERT((int64_t)items[i] - (items[i] < 128 ? 0 : 256));
    case PB_NPY_I2:
        CONVERT((int16_t)load16(items + 2 * i, swapped));
    case PB_NPY_I4:
        CONVERT((int32_t)load32(items + 4 * i, swapped));
    case PB_NPY_I8:
        CONVERT((int64_t)load64(items + 8 * i, swapped));
    case PB_NPY_U1:
        CONVERT(items[i]);
    case PB_NPY_U2:
        CONVERT(load16(items + 2 * i, swapped));
    case PB_NPY_U4:
        CONVERT(load32(items + 4 * i, swapped));
    case PB_NPY_U8:
        return convert_u64(items, swapped, first, n, out);
    case PB_NPY_BOOL:
        CONVERT(items[i] != 0);
    case PB_NPY_F2:
    case PB_NPY_F4:
    case PB_NPY_F8:
        break;
    }
    return pb_fail(PB_STATUS_UNSUPPORTED, "an array of floats (%s) where integers are needed", types[array->type].code);
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

/* The text that numpy.lib.format._write_array_header() makes, without its padding; returns the length. */
static size_t write_dict(pb_npy_type type, int n_dims, const int64_t *shape, char *text, size_t size)
{
    char tuple[HEADER_TEXT_BYTES / 2];
    const char order = types[type].bytes == 1 ? '|' : host_is_little_endian() ? '<' : '>';
    size_t length = (size_t)snprintf(text, size, "{'descr': '%c%s', 'fortran_order': False, 'shape': %s, }", order,
                                     types[type].code, shape_text(n_dims, shape, tuple, sizeof tuple));
    if (n_dims > 0) {
        const int digits = snprintf(NULL, 0, "%" PRId64, shape[0]);
        length += (size_t)snprintf(text + length, size - length, "%*s", GROWTH_AXIS_DIGITS - digits, "");
    }
    return length;
}

pb_status pb_npy_write_header(pb_writer *writer, pb_npy_type type, int n_dims, const int64_t *shape)
{
    PB_CHECK_ARG(n_dims >= 0 && n_dims <= PB_NPY_MAX_DIMS, "an array has 0 to %d dimensions, not %d", PB_NPY_MAX_DIMS,
                 n_dims);
    int64_t items;
    PB_TRY(count_items(n_dims, shape, types[type].bytes, "array", &items));
    char text[HEADER_TEXT_BYTES];
    size_t length = write_dict(type, n_dims, shape, text, sizeof text);
    /* As numpy._wrap_header(): 1 to 64 spaces, never none, then the newline. */
    const size_t padding = HEADER_ALIGNMENT - (V1_PREFIX_BYTES + length + 1) % HEADER_ALIGNMENT;
    PB_ASSERT(length + padding + 1 <= sizeof text);
    memset(text + length, ' ', padding);
    length += padding;
    text[length++] = '\n';
    const uint8_t version_and_length[4] = {1, 0, (uint8_t)(length & 0xff), (uint8_t)(length >> 8)};
    PB_TRY(pb_writer_write(writer, magic, sizeof magic));
    PB_TRY(pb_writer_write(writer, version_and_length, sizeof version_and_length));
    return pb_writer_write(writer, text, length);
}

pb_status pb_npy_write(const char *path, pb_npy_type type, int n_dims, const int64_t *shape, const void *data)
{
    pb_writer *writer;
    int64_t items = 0;
    PB_TRY(pb_writer_open(path, &writer));
    pb_status status = pb_npy_write_header(writer, type, n_dims, shape);
    if (status == PB_STATUS_OK)
        status = count_items(n_dims, shape, types[type].bytes, path, &items);
    if (status == PB_STATUS_OK)
        status = pb_writer_write(writer, data, (size_t)items * types[type].bytes);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(writer);
        return status;
    }
    return pb_writer_commit(writer);
}
