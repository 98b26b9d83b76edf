/* The format: github.com/huggingface/safetensors, README and tensor.rs (checks and order as in version 0.8). */
#include "io/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/json.h"

enum {
    LENGTH_BYTES = 8,
    MAX_HEADER_BYTES = 100 * 1000 * 1000, /* MAX_HEADER_SIZE of the reference */
    DATA_ALIGNMENT = 64
};

static const char metadata_key[] = "__metadata__";
static const char lfs_start[] = "version https://git-lfs";

/* `order` is the rank in the reference's Dtype: its writer puts larger ones first, so that items are aligned. */
static const struct {
    const char *name;
    size_t bytes;
    int order;
} dtypes[] = {
    [PB_DTYPE_F64] = {"F64", 8, 8},   [PB_DTYPE_F32] = {"F32", 4, 7}, [PB_DTYPE_F16] = {"F16", 2, 4},
    [PB_DTYPE_BF16] = {"BF16", 2, 5}, [PB_DTYPE_I64] = {"I64", 8, 9}, [PB_DTYPE_I32] = {"I32", 4, 6},
    [PB_DTYPE_I16] = {"I16", 2, 3},   [PB_DTYPE_I8] = {"I8", 1, 2},   [PB_DTYPE_U8] = {"U8", 1, 1},
    [PB_DTYPE_BOOL] = {"BOOL", 1, 0},
};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

static const char *const unsupported_dtypes[] = {"U16",     "U32",     "U64",         "C64",
                                                 "F4",      "F6_E2M3", "F6_E3M2",     "F8_E5M2",
                                                 "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"};

size_t pb_dtype_bytes(pb_dtype type)
{
    return dtypes[type].bytes;
}

const char *pb_dtype_name(pb_dtype type)
{
    return dtypes[type].name;
}

struct pb_safetensors {
    pb_file_map map; /* empty when the caller keeps the bytes */
    char *name;
    json_t *header; /* owns the names and the metadata */
    int64_t n_tensors;
    pb_tensor *tensors;
};

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

typedef struct data_section {
    const uint8_t *bytes;
    size_t size;
    const char *name; /* of the file */
} data_section;

static pb_status bad_tensor(const data_section *data, const char *tensor, const char *what)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: tensor %s: %s", data->name, tensor, what);
}

static pb_status read_dtype(const json_t *entry, const data_section *data, pb_tensor *tensor)
{
    const char *name = json_string_value(json_object_get(entry, "dtype"));
    if (!name)
        return bad_tensor(data, tensor->name, "dtype is missing");
    for (int i = 0; i < N_DTYPES; i++) {
        tensor->type = (pb_dtype)i;
        if (strcmp(name, dtypes[i].name) == 0)
            return PB_STATUS_OK;
    }
    for (size_t i = 0; i < sizeof unsupported_dtypes / sizeof *unsupported_dtypes; i++)
        if (strcmp(name, unsupported_dtypes[i]) == 0)
            return pb_fail(PB_STATUS_UNSUPPORTED, "%s: tensor %s is of dtype %s, which this version does not read",
                           data->name, tensor->name, name);
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: tensor %s: unknown dtype '%.40s'", data->name, tensor->name, name);
}

/* In the order of the file and with overflow an error even where a later dimension is 0, as the reference
 * does. */
static pb_status read_shape(const json_t *entry, const data_section *data, pb_tensor *tensor)
{
    const json_t *shape = json_object_get(entry, "shape");
    if (!json_is_array(shape))
        return bad_tensor(data, tensor->name, "shape is missing");
    if (json_array_size(shape) > PB_TENSOR_MAX_DIMS)
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: tensor %s has %zu dimensions, up to %d can be read", data->name,
                       tensor->name, json_array_size(shape), PB_TENSOR_MAX_DIMS);
    tensor->n_dims = (int)json_array_size(shape);
    tensor->n_items = 1;
    for (int i = 0; i < tensor->n_dims; i++) {
        const json_t *dim = json_array_get(shape, (size_t)i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return bad_tensor(data, tensor->name, "shape holds something else than non-negative integers");
        tensor->shape[i] = json_integer_value(dim);
        if (__builtin_mul_overflow(tensor->n_items, tensor->shape[i], &tensor->n_items))
            return bad_tensor(data, tensor->name, "the size of its shape overflows");
    }
    if (__builtin_mul_overflow((size_t)tensor->n_items, dtypes[tensor->type].bytes, &tensor->bytes))
        return bad_tensor(data, tensor->name, "the size of its shape overflows");
    return PB_STATUS_OK;
}

static pb_status read_offsets(const json_t *entry, const data_section *data, pb_tensor *tensor)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last) ||
        json_integer_value(first) < 0)
        return bad_tensor(data, tensor->name, "data_offsets is not a pair of non-negative integers");
    const int64_t begin = json_integer_value(first), end = json_integer_value(last);
    if (end < begin || (uint64_t)end > data->size)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: tensor %s: bytes %" PRId64 " to %" PRId64 " of a file with %zu",
                       data->name, tensor->name, begin, end, data->size);
    if ((uint64_t)(end - begin) != tensor->bytes)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: tensor %s: its shape takes %zu bytes, its data_offsets give %" PRId64,
                       data->name, tensor->name, tensor->bytes, end - begin);
    tensor->data = data->bytes + begin;
    return PB_STATUS_OK;
}

static pb_status check_metadata(json_t *metadata, const char *name)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata) && !json_is_null(metadata))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s is not an object", name, metadata_key);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s: %s is not a string", name, metadata_key, key);
    }
    return PB_STATUS_OK;
}

static pb_status read_tensors(pb_safetensors *file, const data_section *data)
{
    const char *key;
    json_t *entry;
    PB_TRY(PB_NEW(file->tensors, json_object_size(file->header)));
    json_object_foreach(file->header, key, entry)
    {
        if (strcmp(key, metadata_key) == 0) {
            PB_TRY(check_metadata(entry, data->name));
            continue;
        }
        pb_tensor *tensor = &file->tensors[file->n_tensors++];
        tensor->name = key;
        if (!json_is_object(entry))
            return bad_tensor(data, key, "it is not described by an object");
        PB_TRY(read_dtype(entry, data, tensor));
        PB_TRY(read_shape(entry, data, tensor));
        PB_TRY(read_offsets(entry, data, tensor));
    }
    return PB_STATUS_OK;
}

static int compare_offsets(const void *left, const void *right)
{
    const pb_tensor *a = left, *b = right;
    if (a->data != b->data)
        return (const uint8_t *)a->data < (const uint8_t *)b->data ? -1 : 1;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Tensors follow each other without holes or overlaps and end with the file: no byte is unaccounted for. */
static pb_status check_coverage(const pb_safetensors *file, const data_section *data)
{
    size_t covered = 0;
    for (int64_t i = 0; i < file->n_tensors; i++) {
        const pb_tensor *tensor = &file->tensors[i];
        const size_t begin = (size_t)((const uint8_t *)tensor->data - data->bytes);
        if (begin != covered)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: tensor %s begins at byte %zu, the one before ends at %zu",
                           data->name, tensor->name, begin, covered);
        covered += tensor->bytes;
    }
    if (covered != data->size)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is damaged: its tensors take %zu bytes, the file has %zu", data->name,
                       covered, data->size);
    return PB_STATUS_OK;
}

static pb_status find_header(const uint8_t *bytes, size_t size, const char *name, size_t *length)
{
    uint64_t announced = 0;
    if (size < LENGTH_BYTES)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a safetensors file: it has only %zu bytes", name, size);
    if (size > sizeof lfs_start && memcmp(bytes, lfs_start, sizeof lfs_start - 1) == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is not a safetensors file but what Git LFS leaves in place of one: 'git lfs pull' gets it",
                       name);
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        announced = announced << 8 | bytes[i];
    if (announced > MAX_HEADER_BYTES)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is not a safetensors file: a header of %" PRIu64 " bytes is announced, %d are allowed", name,
                       announced, MAX_HEADER_BYTES);
    if (announced > size - LENGTH_BYTES)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s is truncated: a header of %" PRIu64 " bytes is announced, %zu bytes follow", name, announced,
                       size - LENGTH_BYTES);
    *length = (size_t)announced;
    return PB_STATUS_OK;
}

static pb_status parse_into(pb_safetensors *file, const uint8_t *bytes, size_t size)
{
    size_t length = 0;
    char header_name[512];
    PB_TRY(find_header(bytes, size, file->name, &length));
    snprintf(header_name, sizeof header_name, "the header of %s", file->name);
    PB_TRY(pb_json_parse((const char *)bytes + LENGTH_BYTES, length, header_name, &file->header));
    if (!json_is_object(file->header))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not a JSON object", header_name);
    const size_t begin = LENGTH_BYTES + length;
    const data_section data = {bytes + begin, size - begin, file->name};
    PB_TRY(read_tensors(file, &data));
    qsort(file->tensors, (size_t)file->n_tensors, sizeof *file->tensors, compare_offsets);
    return check_coverage(file, &data);
}

pb_status pb_safetensors_parse(const uint8_t *bytes, size_t size, const char *name, pb_safetensors **out)
{
    pb_safetensors *file;
    PB_TRY(PB_NEW(file, 1));
    pb_status status = PB_NEW_STRING(file->name, name);
    if (status == PB_STATUS_OK)
        status = parse_into(file, bytes, size);
    if (status != PB_STATUS_OK) {
        pb_safetensors_close(file);
        return status;
    }
    *out = file;
    return PB_STATUS_OK;
}

pb_status pb_safetensors_open(const char *path, pb_safetensors **out)
{
    pb_file_map map;
    PB_TRY(pb_file_map_open(path, &map));
    const pb_status status = pb_safetensors_parse(map.bytes, map.size, path, out);
    if (status != PB_STATUS_OK)
        pb_file_map_close(&map);
    else
        (*out)->map = map;
    return status;
}

void pb_safetensors_close(pb_safetensors *file)
{
    if (!file)
        return;
    json_decref(file->header);
    pb_free(file->tensors);
    pb_free(file->name);
    pb_file_map_close(&file->map);
    pb_free(file);
}

int64_t pb_safetensors_count(const pb_safetensors *file)
{
    return file->n_tensors;
}

const pb_tensor *pb_safetensors_at(const pb_safetensors *file, int64_t i)
{
    return &file->tensors[i];
}

const pb_tensor *pb_safetensors_find(const pb_safetensors *file, const char *name)
{
    for (int64_t i = 0; i < file->n_tensors; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

/* "F32 [2, 3]", with "?" for a dimension below 0. */
static const char *describe(pb_dtype type, int n_dims, const int64_t *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s [", dtypes[type].name);
    for (int i = 0; i < n_dims && used < size; i++) {
        const char *comma = i ? ", " : "";
        used += (size_t)(shape[i] < 0 ? snprintf(text + used, size - used, "%s?", comma)
                                      : snprintf(text + used, size - used, "%s%" PRId64, comma, shape[i]));
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
    return text;
}

pb_status pb_safetensors_require(const pb_safetensors *file, const char *name, pb_dtype type, int n_dims,
                                 const int64_t *shape, const pb_tensor **out)
{
    char wanted[256], actual[256];
    const pb_tensor *tensor = pb_safetensors_find(file, name);
    if (!tensor)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no tensor %s", file->name, name);
    bool same = tensor->type == type && tensor->n_dims == n_dims;
    for (int i = 0; same && i < n_dims; i++)
        same = shape[i] < 0 || shape[i] == tensor->shape[i];
    if (!same)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: tensor %s is %s, %s is needed", file->name, name,
                       describe(tensor->type, tensor->n_dims, tensor->shape, actual, sizeof actual),
                       describe(type, n_dims, shape, wanted, sizeof wanted));
    *out = tensor;
    return PB_STATUS_OK;
}

const char *pb_safetensors_metadata(const pb_safetensors *file, const char *key)
{
    return json_string_value(json_object_get(json_object_get(file->header, metadata_key), key));
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

static pb_status header_failed(const char *what)
{
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "cannot write %s into a safetensors header: not UTF-8, or out of memory",
                   what);
}

static pb_status check_tensor(const pb_tensor *tensor, size_t *bytes)
{
    int64_t items = 1;
    PB_CHECK_ARG(tensor->n_dims >= 0 && tensor->n_dims <= PB_TENSOR_MAX_DIMS, "tensor %s has %d dimensions",
                 tensor->name, tensor->n_dims);
    PB_CHECK_ARG(strcmp(tensor->name, metadata_key) != 0, "a tensor cannot be called %s", metadata_key);
    for (int i = 0; i < tensor->n_dims; i++)
        PB_TRY(pb_size_multiply(items, tensor->shape[i], tensor->name, &items));
    PB_TRY(pb_size_multiply(items, (int64_t)dtypes[tensor->type].bytes, tensor->name, &items));
    *bytes = (size_t)items;
    return PB_STATUS_OK;
}

static pb_status add_metadata(json_t *header, const char *const *keys, const char *const *values, int64_t n)
{
    if (n == 0)
        return PB_STATUS_OK;
    json_t *metadata = json_object();
    if (json_object_set_new(header, metadata_key, metadata) != 0)
        return header_failed(metadata_key);
    for (int64_t i = 0; i < n; i++) {
        PB_CHECK_ARG(!json_object_get(metadata, keys[i]), "metadata key %s is given twice", keys[i]);
        if (json_object_set_new(metadata, keys[i], json_string(values[i])) != 0)
            return header_failed(keys[i]);
    }
    return PB_STATUS_OK;
}

static pb_status add_tensor(json_t *header, const pb_tensor *tensor, size_t *offset)
{
    size_t bytes = 0, end;
    PB_TRY(check_tensor(tensor, &bytes));
    PB_CHECK_ARG(!json_object_get(header, tensor->name), "tensor %s is given twice", tensor->name);
    if (__builtin_add_overflow(*offset, bytes, &end) || end > INT64_MAX)
        return pb_fail(PB_STATUS_LIMIT, "tensor %s: the file would be too large", tensor->name);
    json_t *shape = json_array();
    for (int i = 0; i < tensor->n_dims; i++)
        if (json_array_append_new(shape, json_integer(tensor->shape[i])) != 0) {
            json_decref(shape);
            return header_failed(tensor->name);
        }
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtypes[tensor->type].name, "shape", shape,
                              "data_offsets", (json_int_t)*offset, (json_int_t)end);
    if (json_object_set_new(header, tensor->name, entry) != 0)
        return header_failed(tensor->name);
    *offset = end;
    return PB_STATUS_OK;
}

static int compare_for_writing(const void *left, const void *right)
{
    const pb_tensor *a = left, *b = right;
    const int order = dtypes[b->type].order - dtypes[a->type].order;
    return order ? order : strcmp(a->name, b->name);
}

static pb_status write_header(pb_writer *writer, const json_t *header)
{
    static const char spaces[DATA_ALIGNMENT + 1] = "                                                                ";
    char *text;
    PB_TRY(pb_json_text(header, &text));
    const size_t length = strlen(text);
    const size_t padding = (DATA_ALIGNMENT - (LENGTH_BYTES + length) % DATA_ALIGNMENT) % DATA_ALIGNMENT;
    uint8_t announced[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
        announced[i] = (uint8_t)((uint64_t)(length + padding) >> (8 * i));
    pb_status status = length + padding <= MAX_HEADER_BYTES
                           ? pb_writer_write(writer, announced, sizeof announced)
                           : pb_fail(PB_STATUS_LIMIT, "a safetensors header of %zu bytes is too large", length);
    if (status == PB_STATUS_OK)
        status = pb_writer_write(writer, text, length);
    if (status == PB_STATUS_OK)
        status = pb_writer_write(writer, spaces, padding);
    pb_free(text);
    return status;
}

static pb_status write_data(pb_writer *writer, const pb_tensor *tensors, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        size_t bytes;
        PB_TRY(check_tensor(&tensors[i], &bytes));
        PB_TRY(pb_writer_write(writer, tensors[i].data, bytes));
    }
    return PB_STATUS_OK;
}

static pb_status write_file(const char *path, const json_t *header, const pb_tensor *tensors, int64_t n)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    pb_status status = write_header(writer, header);
    if (status == PB_STATUS_OK)
        status = write_data(writer, tensors, n);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(writer);
        return status;
    }
    return pb_writer_commit(writer);
}

pb_status pb_safetensors_write(const char *path, const pb_tensor *tensors, int64_t n_tensors, const char *const *keys,
                               const char *const *values, int64_t n_metadata)
{
    pb_tensor *sorted;
    PB_TRY(PB_NEW(sorted, n_tensors));
    for (int64_t i = 0; i < n_tensors; i++)
        sorted[i] = tensors[i];
    qsort(sorted, (size_t)n_tensors, sizeof *sorted, compare_for_writing);
    json_t *header = json_object();
    size_t offset = 0;
    pb_status status = add_metadata(header, keys, values, n_metadata);
    for (int64_t i = 0; i < n_tensors && status == PB_STATUS_OK; i++)
        status = add_tensor(header, &sorted[i], &offset);
    if (status == PB_STATUS_OK)
        status = write_file(path, header, sorted, n_tensors);
    json_decref(header);
    pb_free(sorted);
    return status;
}
