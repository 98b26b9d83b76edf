/* io/safetensors against files and verdicts of the reference implementation (tests/golden/safetensors). */
#include "support.h"

#include "base/memory.h"
#include "io/json.h"
#include "io/safetensors.h"

#define GOLDEN PB_GOLDEN_DIR "/safetensors/all_dtypes.safetensors"

static char folder[256], path[300];

static int make_folder(void **state) {
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/file.safetensors", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove(path);
    return rmdir(folder);
}

static void message_names(const char *text) {
    if (!strstr(pb_error_message(), text))
        fail_msg("'%s' is not in the message: %s", text, pb_error_message());
}

static double item(const pb_tensor *tensor, int64_t i) {
    const char *at = (const char *)tensor->data + (size_t)i * pb_dtype_bytes(tensor->type);
    double f64;
    float f32;
    int64_t i64;
    int32_t i32;
    int16_t i16;
    uint32_t bits;
    uint16_t half;
    switch (tensor->type) {
    case PB_DTYPE_F64:
        memcpy(&f64, at, sizeof f64);
        return f64;
    case PB_DTYPE_F32:
        memcpy(&f32, at, sizeof f32);
        return (double)f32;
    case PB_DTYPE_F16: /* 0 to 5 only */
        memcpy(&half, at, sizeof half);
        return half == 0 ? 0 : (double)(1024 + (half & 1023)) / (double)(1 << (25 - (half >> 10)));
    case PB_DTYPE_BF16:
        memcpy(&half, at, sizeof half);
        bits = (uint32_t)half << 16;
        memcpy(&f32, &bits, sizeof f32);
        return (double)f32;
    case PB_DTYPE_I64:
        memcpy(&i64, at, sizeof i64);
        return (double)i64;
    case PB_DTYPE_I32:
        memcpy(&i32, at, sizeof i32);
        return i32;
    case PB_DTYPE_I16:
        memcpy(&i16, at, sizeof i16);
        return i16;
    case PB_DTYPE_I8:
    case PB_DTYPE_U8:
    case PB_DTYPE_BOOL:
        return *at;
    }
    return -1;
}

static void every_dtype_is_read(void **state) {
    (void)state;
    static const char *const names[] = {"f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8", "bool"};
    const int64_t shape[] = {2, 3}, any[] = {-1, 3};
    pb_safetensors *file;
    const pb_tensor *tensor;
    assert_ok(pb_safetensors_open(GOLDEN, &file));
    assert_int_equal(pb_safetensors_count(file), 13);
    for (int type = 0; type < 10; type++) {
        assert_ok(pb_safetensors_require(file, names[type], (pb_dtype)type, 2, shape, &tensor));
        assert_ok(pb_safetensors_require(file, names[type], (pb_dtype)type, 2, any, &tensor));
        assert_int_equal(tensor->n_items, 6);
        assert_int_equal(tensor->bytes, 6 * pb_dtype_bytes((pb_dtype)type));
        for (int i = 0; i < 6; i++)
            assert_true(item(tensor, i) == (type == PB_DTYPE_BOOL ? i % 2 : i));
    }
    assert_ok(pb_safetensors_require(file, "a scalar", PB_DTYPE_F32, 0, NULL, &tensor));
    assert_true(item(tensor, 0) == 2.5);
    assert_ok(pb_safetensors_require(file, "empty", PB_DTYPE_F32, 2, (const int64_t[]){0, 7}, &tensor));
    assert_non_null(pb_safetensors_find(file, "Größe \"x\"\n\\/"));
    assert_null(pb_safetensors_find(file, "f33"));
    assert_null(pb_safetensors_find(file, "__metadata__"));
    assert_string_equal(pb_safetensors_metadata(file, "made by"), "tests/golden \"quoted\" é");
    assert_null(pb_safetensors_metadata(file, "f32"));
    pb_safetensors_close(file);
    pb_safetensors_close(NULL);
}

static void tensors_are_sorted_by_offset(void **state) {
    (void)state;
    pb_safetensors *file;
    assert_ok(pb_safetensors_open(GOLDEN, &file));
    for (int64_t i = 1; i < pb_safetensors_count(file); i++) {
        const pb_tensor *before = pb_safetensors_at(file, i - 1), *tensor = pb_safetensors_at(file, i);
        assert_ptr_equal((const char *)before->data + before->bytes, tensor->data);
    }
    pb_safetensors_close(file);
}

static void a_requirement_names_both_sides(void **state) {
    (void)state;
    pb_safetensors *file;
    const pb_tensor *tensor = NULL;
    const int64_t shape[] = {-1, 4};
    assert_ok(pb_safetensors_open(GOLDEN, &file));
    assert_status(pb_safetensors_require(file, "f32", PB_DTYPE_F64, 2, shape, &tensor), PB_STATUS_BAD_FORMAT);
    message_names("tensor f32 is F32 [2, 3], F64 [?, 4] is needed");
    assert_status(pb_safetensors_require(file, "f32", PB_DTYPE_F32, 2, shape, &tensor), PB_STATUS_BAD_FORMAT);
    assert_status(pb_safetensors_require(file, "f32", PB_DTYPE_F32, 1, shape, &tensor), PB_STATUS_BAD_FORMAT);
    assert_status(pb_safetensors_require(file, "f33", PB_DTYPE_F32, 1, shape, &tensor), PB_STATUS_BAD_FORMAT);
    message_names("has no tensor f33");
    assert_null(tensor);
    pb_safetensors_close(file);
}

static pb_status parse_header(const char *header, size_t length, size_t n_data) {
    const size_t size = 8 + length + n_data;
    uint8_t *bytes = pb_calloc(size, 1);
    pb_safetensors *file = NULL;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, header, length);
    const pb_status status = pb_safetensors_parse(bytes, size, "test.safetensors", &file);
    assert_true((status == PB_STATUS_OK) == (file != NULL));
    pb_safetensors_close(file);
    pb_free(bytes);
    return status;
}

static void verdicts_are_the_references(void **state) {
    (void)state;
    json_t *cases, *one;
    size_t i, accepted = 0;
    assert_ok(pb_json_load(PB_GOLDEN_DIR "/safetensors/cases.json", 1 << 20, &cases));
    assert_true(json_array_size(cases) > 50);
    json_array_foreach(cases, i, one) {
        const char *header = json_string_value(json_object_get(one, "header"));
        const size_t n_data = (size_t)json_integer_value(json_object_get(one, "n_data"));
        const bool expected =
            json_is_true(json_object_get(one, "accepted")) && json_is_null(json_object_get(one, "stricter"));
        const bool actual = parse_header(header, strlen(header), n_data) == PB_STATUS_OK;
        accepted += actual;
        if (actual != expected)
            fail_msg("%s: %s", json_string_value(json_object_get(one, "name")), pb_error_message());
    }
    assert_in_range(accepted, 10, json_array_size(cases) - 10);
    json_decref(cases);
}

static void hostile_headers_are_refused(void **state) {
    (void)state;
    pb_safetensors *file;
    const uint8_t huge[16] = {0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0}; /* 100 000 001 */
    const uint8_t largest[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const uint8_t long_header[10] = {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    assert_status(pb_safetensors_parse(huge, sizeof huge, "f", &file), PB_STATUS_BAD_FORMAT);
    message_names("100000001");
    assert_status(pb_safetensors_parse(largest, sizeof largest, "f", &file), PB_STATUS_BAD_FORMAT);
    assert_status(pb_safetensors_parse(long_header, sizeof long_header, "f", &file), PB_STATUS_BAD_FORMAT);
    message_names("truncated");
    assert_status(pb_safetensors_parse(long_header, 7, "f", &file), PB_STATUS_BAD_FORMAT);
    assert_status(pb_safetensors_parse(NULL, 0, "f", &file), PB_STATUS_BAD_FORMAT);
    assert_status(parse_header("{}\0", 3, 0), PB_STATUS_BAD_FORMAT);
    assert_status(parse_header("{\"\xff\":1}", 7, 0), PB_STATUS_BAD_FORMAT);
    char *deep = pb_malloc(100000, 1);
    memset(deep, '[', 100000);
    assert_status(parse_header(deep, 100000, 0), PB_STATUS_BAD_FORMAT);
    pb_free(deep);
    const char *const u32 = "{\"a\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    assert_status(parse_header(u32, strlen(u32), 4), PB_STATUS_UNSUPPORTED);
    message_names("dtype U32");
}

static void truncated_files_are_refused(void **state) {
    (void)state;
    uint8_t *bytes;
    size_t size;
    pb_safetensors *file;
    assert_ok(pb_file_read(GOLDEN, 1 << 20, &bytes, &size));
    for (size_t n = 0; n < size; n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1); /* of exact size, for the address sanitizer */
        assert_non_null(copy);
        memcpy(copy, bytes, n);
        assert_status(pb_safetensors_parse(copy, n, "copy", &file), PB_STATUS_BAD_FORMAT);
        free(copy);
    }
    pb_free(bytes);
}

/* A flipped bit is an error, or gives tensors that still cover the bytes exactly. */
static void flipped_bits_never_mislead(void **state) {
    (void)state;
    uint8_t *bytes;
    size_t size, refused = 0;
    assert_ok(pb_file_read(GOLDEN, 1 << 20, &bytes, &size));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        pb_safetensors *file;
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (pb_safetensors_parse(bytes, size, "flipped", &file) != PB_STATUS_OK) {
            refused++;
        } else {
            const uint8_t *end = bytes + size;
            for (int64_t i = pb_safetensors_count(file); i-- > 0;) {
                const pb_tensor *tensor = pb_safetensors_at(file, i);
                assert_ptr_equal((const uint8_t *)tensor->data + tensor->bytes, end);
                assert_int_equal(tensor->bytes, (size_t)tensor->n_items * pb_dtype_bytes(tensor->type));
                end = tensor->data;
            }
            pb_safetensors_close(file);
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(refused > 8 * 500);
    pb_free(bytes);
}

static size_t header_length(const uint8_t *bytes) {
    return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
}

/* The reference's file, read and written in reverse order, has the reference's header text and data; only the
 * number of spaces between them differs, as the data begins at a multiple of 64 bytes. */
static void written_bytes_equal_the_references(void **state) {
    (void)state;
    pb_safetensors *file;
    uint8_t *expected, *actual;
    size_t expected_size, actual_size;
    assert_ok(pb_safetensors_open(GOLDEN, &file));
    const int64_t n = pb_safetensors_count(file);
    pb_tensor *tensors = pb_calloc((size_t)n, sizeof *tensors);
    for (int64_t i = 0; i < n; i++)
        tensors[i] = *pb_safetensors_at(file, n - 1 - i);
    const char *key = "made by", *value = pb_safetensors_metadata(file, key);
    assert_ok(pb_safetensors_write(path, tensors, n, &key, &value, 1));
    pb_safetensors_close(file);
    pb_free(tensors);

    assert_ok(pb_file_read(GOLDEN, 1 << 20, &expected, &expected_size));
    assert_ok(pb_file_read(path, 1 << 20, &actual, &actual_size));
    const size_t expected_header = header_length(expected), actual_header = header_length(actual);
    const size_t common = expected_header < actual_header ? expected_header : actual_header;
    assert_int_equal((8 + actual_header) % 64, 0);
    assert_memory_equal(expected + 8, actual + 8, common);
    for (size_t i = 8 + common; i < 8 + actual_header; i++)
        assert_int_equal(actual[i], ' ');
    for (size_t i = 8 + common; i < 8 + expected_header; i++)
        assert_int_equal(expected[i], ' ');
    assert_int_equal(expected_size - expected_header, actual_size - actual_header);
    assert_memory_equal(expected + 8 + expected_header, actual + 8 + actual_header,
                        actual_size - actual_header - 8);
    pb_free(expected);
    pb_free(actual);
}

static void every_written_tensor_is_aligned_to_its_items(void **state) {
    (void)state;
    const double f64[3] = {1, 2, 3};
    const float f32[3] = {1, 2, 3};
    const uint8_t u8[5] = {1, 2, 3, 4, 5};
    const pb_tensor tensors[] = {
        {.name = "a", .type = PB_DTYPE_U8, .n_dims = 1, .shape = {5}, .data = u8},
        {.name = "b", .type = PB_DTYPE_F32, .n_dims = 1, .shape = {3}, .data = f32},
        {.name = "c", .type = PB_DTYPE_F64, .n_dims = 1, .shape = {3}, .data = f64},
        {.name = "d", .type = PB_DTYPE_F32, .n_dims = 2, .shape = {0, 3}, .data = NULL},
    };
    pb_safetensors *file;
    assert_ok(pb_safetensors_write(path, tensors, 4, NULL, NULL, 0));
    assert_ok(pb_safetensors_open(path, &file));
    assert_int_equal((uintptr_t)pb_safetensors_at(file, 0)->data % 64, 0);
    for (int64_t i = 0; i < 4; i++) {
        const pb_tensor *tensor = pb_safetensors_find(file, tensors[i].name);
        assert_int_equal((uintptr_t)tensor->data % pb_dtype_bytes(tensor->type), 0);
        assert_memory_equal(tensor->data, tensors[i].data, tensor->bytes);
    }
    pb_safetensors_close(file);
    assert_ok(pb_safetensors_write(path, NULL, 0, NULL, NULL, 0));
    assert_ok(pb_safetensors_open(path, &file));
    assert_int_equal(pb_safetensors_count(file), 0);
    pb_safetensors_close(file);
}

static void what_the_format_cannot_hold_is_not_written(void **state) {
    (void)state;
    const float zero = 0;
    const pb_tensor good = {.name = "a", .type = PB_DTYPE_F32, .n_dims = 1, .shape = {1}, .data = &zero};
    pb_tensor bad[2] = {good, good};
    const char *const keys[] = {"k", "k"};
    struct stat info;
    remove(path);
    assert_status(pb_safetensors_write(path, bad, 2, NULL, NULL, 0), PB_STATUS_BAD_ARGUMENT);
    message_names("tensor a is given twice");
    bad[1].name = "__metadata__";
    assert_status(pb_safetensors_write(path, bad, 2, NULL, NULL, 0), PB_STATUS_BAD_ARGUMENT);
    bad[1].name = "not UTF-8: \xff";
    assert_status(pb_safetensors_write(path, bad, 2, NULL, NULL, 0), PB_STATUS_BAD_ARGUMENT);
    bad[1].name = "b";
    bad[1].shape[0] = -1;
    assert_status(pb_safetensors_write(path, bad, 2, NULL, NULL, 0), PB_STATUS_LIMIT);
    bad[1].shape[0] = INT64_MAX / 2;
    assert_status(pb_safetensors_write(path, bad, 2, NULL, NULL, 0), PB_STATUS_LIMIT);
    assert_status(pb_safetensors_write(path, bad, 1, keys, keys, 2), PB_STATUS_BAD_ARGUMENT);
    message_names("given twice");
    assert_int_not_equal(stat(path, &info), 0);
    assert_status(pb_safetensors_write("/dev/full", bad, 1, NULL, NULL, 0), PB_STATUS_OUTPUT);
    message_names("No space left");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dtype_is_read),
        cmocka_unit_test(tensors_are_sorted_by_offset),
        cmocka_unit_test(a_requirement_names_both_sides),
        cmocka_unit_test(verdicts_are_the_references),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(flipped_bits_never_mislead),
        cmocka_unit_test(written_bytes_equal_the_references),
        cmocka_unit_test(every_written_tensor_is_aligned_to_its_items),
        cmocka_unit_test(what_the_format_cannot_hold_is_not_written),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
