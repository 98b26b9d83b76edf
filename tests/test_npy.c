/* io/npy against files of NumPy (tests/golden/npy), and against damaged ones. */
#include "support.h"

#include <math.h>

#include "base/memory.h"
#include "io/npy.h"

static char folder[256], path[300];

static int make_folder(void **state) {
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/array.npy", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove(path);
    return rmdir(folder);
}

static const char *golden(const char *name) {
    static char file[512];
    snprintf(file, sizeof file, PB_GOLDEN_DIR "/npy/%s.npy", name);
    return file;
}

static void message_names(const char *text) {
    if (!strstr(pb_error_message(), text))
        fail_msg("'%s' is not in the message: %s", text, pb_error_message());
}

static const struct {
    const char *name;
    pb_npy_type type;
} golden_types[] = {
    {"f2", PB_NPY_F2},     {"f4", PB_NPY_F4},        {"f8", PB_NPY_F8},        {"i1", PB_NPY_I1},
    {"i2", PB_NPY_I2},     {"i4", PB_NPY_I4},        {"i8", PB_NPY_I8},        {"u1", PB_NPY_U1},
    {"u2", PB_NPY_U2},     {"u4", PB_NPY_U4},        {"u8", PB_NPY_U8},        {"b1", PB_NPY_BOOL},
    {"big_f2", PB_NPY_F2}, {"big_f4", PB_NPY_F4},    {"big_f8", PB_NPY_F8},    {"big_i2", PB_NPY_I2},
    {"big_i4", PB_NPY_I4}, {"big_i8", PB_NPY_I8},    {"big_u2", PB_NPY_U2},    {"big_u4", PB_NPY_U4},
    {"big_u8", PB_NPY_U8}, {"version_2", PB_NPY_F4}, {"version_3", PB_NPY_F4},
};

static void every_type_and_byte_order_is_read(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof golden_types / sizeof *golden_types; i++) {
        pb_npy array;
        float values[6];
        int64_t integers[6];
        assert_ok(pb_npy_open(golden(golden_types[i].name), &array));
        assert_int_equal(array.type, golden_types[i].type);
        assert_int_equal(array.byte_swapped, strncmp(golden_types[i].name, "big", 3) == 0);
        assert_int_equal(array.n_dims, 2);
        assert_int_equal(array.shape[0], 2);
        assert_int_equal(array.shape[1], 3);
        assert_int_equal(array.n_items, 6);
        assert_ok(pb_npy_to_f32(&array, 0, 6, values));
        const bool is_float = array.type <= PB_NPY_F8;
        assert_status(pb_npy_to_i64(&array, 0, 6, integers), is_float ? PB_STATUS_UNSUPPORTED : PB_STATUS_OK);
        for (int j = 0; j < 6; j++) {
            const int expected = array.type == PB_NPY_BOOL ? j % 2 : j;
            assert_true(values[j] == (float)expected);
            assert_true(is_float || integers[j] == expected);
        }
        pb_npy_close(&array);
    }
}

static void ranges_are_converted_alone(void **state) {
    (void)state;
    pb_npy array;
    float values[3] = {-1, -1, -1};
    int64_t integer;
    assert_ok(pb_npy_open(golden("i2"), &array));
    assert_ok(pb_npy_to_f32(&array, 3, 2, values));
    assert_true(values[0] == 3 && values[1] == 4 && values[2] == -1);
    assert_ok(pb_npy_to_i64(&array, 5, 1, &integer));
    assert_int_equal(integer, 5);
    assert_ok(pb_npy_to_f32(&array, 6, 0, values));
    assert_status(pb_npy_to_f32(&array, 5, 2, values), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_npy_to_f32(&array, -1, 2, values), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_npy_to_i64(&array, 7, 0, &integer), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_npy_to_i64(&array, 2, INT64_MAX, &integer), PB_STATUS_BAD_ARGUMENT);
    pb_npy_close(&array);
}

static void assert_shape(const char *name, int n_dims, const int64_t *shape, int64_t n_items) {
    pb_npy array;
    assert_ok(pb_npy_open(golden(name), &array));
    assert_int_equal(array.n_dims, n_dims);
    for (int i = 0; i < n_dims; i++)
        assert_int_equal(array.shape[i], shape[i]);
    assert_int_equal(array.n_items, n_items);
    pb_npy_close(&array);
}

static void every_kind_of_shape_is_read(void **state) {
    (void)state;
    assert_shape("scalar", 0, NULL, 1);
    assert_shape("one_dim", 1, (const int64_t[]){5}, 5);
    assert_shape("empty", 2, (const int64_t[]){0, 3}, 0);
    assert_shape("empty_inside", 3, (const int64_t[]){4, 0, 3}, 0);
    assert_shape("eight_dims", 8, (const int64_t[]){1, 2, 1, 3, 1, 1, 1, 1}, 6);
}

static void what_is_not_read_is_named(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"bad_fortran", "numpy.ascontiguousarray"},
        {"bad_complex", "complex numbers (dtype '<c8')"},
        {"bad_text", "text (dtype '<U3')"},
        {"bad_bytes", "text (dtype '|S3')"},
        {"bad_date", "dates"},
        {"bad_raw", "raw items"},
        {"bad_records", "structured dtype"},
        {"bad_object", "Python objects (dtype '|O')"},
        {"bad_longdouble", "'<f16'"},
        {"bad_nine_dims", "more than 8 dimensions"},
    };
    pb_npy array;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_status(pb_npy_open(golden(cases[i][0]), &array), PB_STATUS_UNSUPPORTED);
        message_names(cases[i][0]);
        message_names(cases[i][1]);
    }
}

/* Parses a version-1 file with the given dict, without padding, and n_data bytes of 1 after it. */
static pb_status parse_dict(const char *dict, size_t n_data, pb_npy *array) {
    uint8_t bytes[1024] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    const size_t length = strlen(dict);
    bytes[8] = (uint8_t)(length & 0xff);
    bytes[9] = (uint8_t)(length >> 8);
    memcpy(bytes + 10, dict, length);
    memset(bytes + 10 + length, 1, n_data);
    return pb_npy_parse(bytes, 10 + length + n_data, "test.npy", array);
}

static void dicts_as_python_writes_them_are_read(void **state) {
    (void)state;
    static const char *const dicts[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n",
        "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}",
        "{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(2,3,)}",
        " { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 3 ) , } \t\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }\n",
        "{'descr': '=f4', 'fortran_order': False, 'shape': (6,)}",
    };
    pb_npy array;
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        if (parse_dict(dicts[i], 24, &array) != PB_STATUS_OK)
            fail_msg("%s: %s", dicts[i], pb_error_message());
        assert_int_equal(array.n_items, 6);
        assert_int_equal(array.type, PB_NPY_F4);
    }
}

static void damaged_dicts_are_refused(void **state) {
    (void)state;
    static const char *const dicts[] = {
        "",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'shape': (6,)}",
        "{'fortran_order': False, 'shape': (6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), ,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [6]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 6}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (06,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'shape': (6,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}",
        "{'descr': '<f4",
        "{'descr\\x00': '<f4', 'fortran_order': False, 'shape': (6,)}",
        "{descr: '<f4', 'fortran_order': False, 'shape': (6,)}",
        "{'descr': <f4, 'fortran_order': False, 'shape': (6,)}",
    };
    pb_npy array;
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++)
        if (parse_dict(dicts[i], 24, &array) != PB_STATUS_BAD_FORMAT)
            fail_msg("accepted, or another status: %s", dicts[i]);
    static const char *const types[] = {"f4", "|f4", "<f3", "<", "", "*f4", "<i16", "<f4 "};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char dict[128];
        snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (6,)}", types[i]);
        assert_status(parse_dict(dict, 24, &array), PB_STATUS_UNSUPPORTED);
    }
}

static void sizes_agree_with_the_file(void **state) {
    (void)state;
    pb_npy array;
    char dict[256];
    const char *const format = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }";
    snprintf(dict, sizeof dict, format, "<f4", "(2, 3)");
    assert_ok(parse_dict(dict, 24, &array));
    assert_status(parse_dict(dict, 23, &array), PB_STATUS_BAD_FORMAT);
    message_names("test.npy is truncated: shape (2, 3) of 4-byte items takes 24 bytes, the file has 23");
    assert_status(parse_dict(dict, 25, &array), PB_STATUS_BAD_FORMAT);
    assert_status(parse_dict(dict, 0, &array), PB_STATUS_BAD_FORMAT);
    static const char *const overflowing[] = {
        "(4611686018427387904,)", "(4294967296, 4294967296)", "(4611686018427387904, 4611686018427387904, 0)",
        "(0, 4611686018427387904, 4611686018427387904)", "(2305843009213693952, 1)"};
    for (size_t i = 0; i < sizeof overflowing / sizeof *overflowing; i++) {
        snprintf(dict, sizeof dict, format, "<f4", overflowing[i]);
        assert_status(parse_dict(dict, 0, &array), PB_STATUS_LIMIT);
    }
}

static void what_is_no_npy_is_told(void **state) {
    (void)state;
    pb_npy array;
    const uint8_t other[] = "P5 640 480 255 ";
    const uint8_t version_4[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 4, 0, 0, 0, 0, 0};
    const uint8_t huge_header[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 0xff, 0xff, 0xff, 0xff, '{'};
    assert_status(pb_npy_parse(other, sizeof other, "a.npy", &array), PB_STATUS_BAD_FORMAT);
    assert_status(pb_npy_parse(NULL, 0, "a.npy", &array), PB_STATUS_BAD_FORMAT);
    assert_status(pb_npy_parse(version_4, sizeof version_4, "a.npy", &array), PB_STATUS_UNSUPPORTED);
    message_names("version 4.0");
    assert_status(pb_npy_parse(huge_header, sizeof huge_header, "a.npy", &array), PB_STATUS_BAD_FORMAT);
    assert_status(pb_npy_open("/no/such/file.npy", &array), PB_STATUS_IO);
}

/* IEEE 754: sign * 2^(exponent - 25) * (1024 + fraction), by another route than the library's. */
static void every_half_is_exact(void **state) {
    (void)state;
    for (uint32_t half = 0; half < 65536; half++) {
        const uint16_t item = (uint16_t)half;
        const pb_npy array = {.type = PB_NPY_F2, .n_items = 1, .data = &item};
        const int exponent = (int)(half >> 10 & 31), fraction = (int)(half & 1023);
        double expected = exponent == 31  ? (double)(fraction ? NAN : INFINITY)
                          : exponent == 0 ? ldexp(fraction, -24)
                                          : ldexp(1024 + fraction, exponent - 25);
        expected = half >> 15 ? -expected : expected;
        float value;
        assert_ok(pb_npy_to_f32(&array, 0, 1, &value));
        if (isnan(expected) ? !isnan(value)
                            : !((double)value == expected && !signbit(value) == !signbit(expected)))
            fail_msg("half %04x became %g instead of %g", half, (double)value, expected);
    }
}

static void numbers_out_of_range_are_refused(void **state) {
    (void)state;
    const double doubles[] = {1, 3.5e38, (double)INFINITY};
    const uint64_t integers[] = {INT64_MAX, (uint64_t)INT64_MAX + 1};
    const pb_npy f8 = {.type = PB_NPY_F8, .n_items = 3, .data = doubles};
    const pb_npy u8 = {.type = PB_NPY_U8, .n_items = 2, .data = integers};
    float value;
    int64_t integer;
    assert_status(pb_npy_to_f32(&f8, 1, 1, &value), PB_STATUS_BAD_VALUE);
    message_names("item 1 is 3.5e+38");
    assert_ok(pb_npy_to_f32(&f8, 2, 1, &value));
    assert_true(isinf(value));
    assert_ok(pb_npy_to_i64(&u8, 0, 1, &integer));
    assert_true(integer == INT64_MAX);
    assert_status(pb_npy_to_i64(&u8, 1, 1, &integer), PB_STATUS_BAD_VALUE);
}

static void read_whole(const char *file, uint8_t **bytes, size_t *size) {
    assert_ok(pb_file_read(file, 1 << 20, bytes, size));
}

/* Reading a file of numpy.save and writing it again gives the same bytes. */
static void written_bytes_equal_numpys(void **state) {
    (void)state;
    static const char *const names[] = {
        "f2", "f4", "f8", "i1",     "i2",      "i4",    "i8",           "u1",         "u2",
        "u4", "u8", "b1", "scalar", "one_dim", "empty", "empty_inside", "eight_dims", "features"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pb_npy array;
        uint8_t *expected, *actual;
        size_t expected_size, actual_size;
        assert_ok(pb_npy_open(golden(names[i]), &array));
        assert_ok(pb_npy_write(path, array.type, array.n_dims, array.shape, array.data));
        pb_npy_close(&array);
        read_whole(golden(names[i]), &expected, &expected_size);
        read_whole(path, &actual, &actual_size);
        if (expected_size != actual_size || memcmp(expected, actual, actual_size) != 0)
            fail_msg("%s is written with other bytes", names[i]);
        pb_free(expected);
        pb_free(actual);
    }
}

static void impossible_arrays_are_not_written(void **state) {
    (void)state;
    const int64_t shape[9] = {-1, 1, 1, 1, 1, 1, 1, 1, 1}, large[2] = {INT64_MAX, 2};
    remove(path);
    assert_status(pb_npy_write(path, PB_NPY_F4, 1, shape, NULL), PB_STATUS_LIMIT);
    assert_status(pb_npy_write(path, PB_NPY_F4, 2, large, NULL), PB_STATUS_LIMIT);
    assert_status(pb_npy_write(path, PB_NPY_F4, 9, shape, NULL), PB_STATUS_BAD_ARGUMENT);
    struct stat info;
    assert_int_not_equal(stat(path, &info), 0);
}

/* Whatever the parser accepts lies within the bytes given. A copy of exact size lets the address sanitizer
 * watch. */
static pb_status parse_copy(const uint8_t *bytes, size_t size) {
    pb_npy array;
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    const pb_status status = pb_npy_parse(copy, size, "copy", &array);
    if (status == PB_STATUS_OK) {
        const uint8_t *data = array.data;
        assert_true(data >= copy && data <= copy + size);
        assert_int_equal((size_t)(copy + size - data), (size_t)array.n_items * pb_npy_item_bytes(array.type));
        float *values = pb_calloc((size_t)array.n_items, sizeof *values);
        (void)pb_npy_to_f32(&array, 0, array.n_items, values);
        pb_free(values);
    }
    free(copy);
    return status;
}

static void truncated_files_are_refused(void **state) {
    (void)state;
    uint8_t *bytes;
    size_t size;
    read_whole(golden("features"), &bytes, &size);
    for (size_t n = 0; n < size; n++)
        assert_status(parse_copy(bytes, n), PB_STATUS_BAD_FORMAT);
    assert_ok(parse_copy(bytes, size));
    pb_free(bytes);
}

static void flipped_bits_never_mislead(void **state) {
    (void)state;
    static const char *const names[] = {"features", "version_2", "scalar", "big_f8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint8_t *bytes;
        size_t size;
        int refused = 0;
        read_whole(golden(names[i]), &bytes, &size);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            refused += parse_copy(bytes, size) != PB_STATUS_OK;
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_true(refused > 8 * 60); /* most of the header matters */
        pb_free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_byte_order_is_read),
        cmocka_unit_test(ranges_are_converted_alone),
        cmocka_unit_test(every_kind_of_shape_is_read),
        cmocka_unit_test(what_is_not_read_is_named),
        cmocka_unit_test(dicts_as_python_writes_them_are_read),
        cmocka_unit_test(damaged_dicts_are_refused),
        cmocka_unit_test(sizes_agree_with_the_file),
        cmocka_unit_test(what_is_no_npy_is_told),
        cmocka_unit_test(every_half_is_exact),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(written_bytes_equal_numpys),
        cmocka_unit_test(impossible_arrays_are_not_written),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(flipped_bits_never_mislead),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
