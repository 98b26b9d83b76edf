/* io/csv and io/json. */
#include "support.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "comma_locale.h"
#include "io/csv.h"
#include "io/json.h"

static char folder[256], path[300];

static int make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return test_remove_dir(folder);
}

static void assert_file(const char *expected)
{
    uint8_t *bytes = NULL;
    size_t size;
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &size));
    assert_string_equal((const char *)bytes, expected);
    pb_free(bytes);
}

static void csv_quotes_what_would_split(void **state)
{
    (void)state;
    pb_writer *writer;
    assert_ok(pb_writer_open(path, &writer));
    const char *const fields[] = {"plain", "a,b", "a;b", "say \"hi\"", "line\nbreak", "return\r", "", "\"", "Größe"};
    for (int i = 0; i < 9; i++)
        assert_ok(pb_csv_text(writer, i == 0, ',', fields[i]));
    assert_ok(pb_csv_end_row(writer));
    assert_ok(pb_csv_text(writer, true, ';', "a,b"));
    assert_ok(pb_csv_text(writer, false, ';', "a;b"));
    assert_ok(pb_csv_end_row(writer));
    assert_ok(pb_writer_commit(writer));
    assert_file("plain,\"a,b\",a;b,\"say "
                "\"\"hi\"\"\",\"line\nbreak\",\"return\r\",,\"\"\"\",Größe\r\na,b;\"a;b\"\r\n");
}

/* What a spreadsheet would run is text to it, and comes back as it was; numbers stay numbers. */
static void csv_text_is_no_formula(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "=a,b", "'=x", "'plain", "-", "=", "\t=1"};
    static const char *const numbers[] = {"-0.1", "+5", "-1e-3", "-inf", "-.5", "0", "12.", "-nan"};
    enum { N_TEXTS = sizeof texts / sizeof *texts, N_NUMBERS = sizeof numbers / sizeof *numbers };
    pb_writer *writer;
    pb_csv_table table;
    assert_ok(pb_writer_open(path, &writer));
    for (int i = 0; i < N_TEXTS; i++)
        assert_ok(pb_csv_text(writer, i == 0, ',', texts[i]));
    assert_ok(pb_csv_end_row(writer));
    assert_ok(pb_writer_commit(writer));
    assert_file("'=1+2,'+cmd|' /C calc'!A0,'-2+3,'@SUM(A1),\"'=a,b\",''=x,'plain,-,=,'\t=1\r\n");
    assert_ok(pb_csv_read(path, 1000, ',', &table));
    for (int i = 0; i < N_TEXTS; i++)
        assert_string_equal(table.name[i], texts[i]);
    pb_csv_table_free(&table);
    assert_ok(pb_writer_open(path, &writer));
    for (int i = 0; i < N_NUMBERS; i++)
        assert_ok(pb_csv_text(writer, i == 0, ',', numbers[i]));
    assert_ok(pb_writer_commit(writer));
    assert_file("-0.1,+5,-1e-3,-inf,-.5,0,12.,-nan");
}

static void csv_numbers_are_short(void **state)
{
    (void)state;
    pb_writer *writer;
    const double values[] = {
        0, -0.0, 1, 0.1, -2.5, 1e300, 100000, 1.0 / 3, (double)NAN, (double)INFINITY, -(double)INFINITY};
    assert_ok(pb_writer_open(path, &writer));
    for (int i = 0; i < 11; i++)
        assert_ok(pb_csv_number(writer, i == 0, ',', values[i]));
    assert_ok(pb_writer_commit(writer));
    assert_file("0,-0,1,0.1,-2.5,1e+300,100000,0.3333333333333333,nan,inf,-inf");
}

static void csv_numbers_come_back_exactly(void **state)
{
    (void)state;
    test_rng rng = {1};
    enum { N = 2000 };
    double *values = pb_calloc(N, sizeof *values);
    pb_writer *writer;
    assert_ok(pb_writer_open(path, &writer));
    for (int i = 0; i < N; i++) {
        do {
            const uint64_t bits = test_rng_next(&rng);
            memcpy(&values[i], &bits, sizeof bits);
        } while (!isfinite(values[i]));
        assert_ok(pb_csv_number(writer, i == 0, '\n', values[i]));
    }
    assert_ok(pb_writer_commit(writer));
    uint8_t *bytes;
    size_t size;
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &size));
    char *text = (char *)bytes;
    for (int i = 0; i < N; i++) {
        const double value = strtod(text, &text);
        assert_memory_equal(&value, &values[i], sizeof value);
    }
    assert_int_equal(*text, '\0');
    pb_free(bytes);
    pb_free(values);
}

static void csv_numbers_ignore_the_locale(void **state)
{
    (void)state;
    test_use_comma_locale(folder);
    pb_writer *writer;
    pb_status status = pb_writer_open(path, &writer);
    if (status == PB_STATUS_OK)
        status = pb_csv_number(writer, true, ',', 0.5);
    setlocale(LC_NUMERIC, "C");
    assert_ok(status);
    assert_ok(pb_writer_commit(writer));
    assert_file("0.5");
}

static void csv_is_read_back(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "name,\"va\"\"lue\"\r\n\r\na,\"1,\n2\"\n,\n\"x\",\"\"\r\nlast,9";
    pb_csv_table table;
    int64_t column;
    assert_ok(pb_file_write(path, text, sizeof text - 1));
    assert_ok(pb_csv_read(path, 1000, ',', &table));
    assert_int_equal(table.n_columns, 2);
    assert_int_equal(table.n_rows, 4);
    static const char *const fields[] = {"a", "1,\n2", "", "", "x", "", "last", "9"};
    for (int i = 0; i < 8; i++)
        assert_string_equal(table.field[i], fields[i]);
    static const int64_t lines[] = {3, 5, 6, 7}; /* an empty line before, and one line break in quotes */
    for (int i = 0; i < 4; i++)
        assert_int_equal(table.line[i], lines[i]);
    assert_true(table.is_open);
    assert_ok(pb_csv_column(&table, "va\"lue", path, &column));
    assert_int_equal(column, 1);
    assert_status(pb_csv_column(&table, "other", path, &column), PB_STATUS_BAD_FORMAT);
    pb_csv_table_free(&table);
}

static void a_row_without_its_end_is_told(void **state)
{
    (void)state;
    pb_csv_table table;
    assert_ok(pb_file_write(path, "a,b\n1,2\n", 8));
    assert_ok(pb_csv_read(path, 1000, ',', &table));
    assert_false(table.is_open);
    pb_csv_table_free(&table);
    assert_ok(pb_file_write(path, "a,b\n1,2\n3", 9));
    assert_status(pb_csv_read(path, 1000, ',', &table), PB_STATUS_BAD_FORMAT);
    assert_non_null(
        strstr(pb_error_message(), "line 3: 1 fields, the first line has 2; the file ends within this row"));
    assert_ok(pb_file_write(path, "a,b\n1\n3,4", 9));
    assert_status(pb_csv_read(path, 1000, ',', &table), PB_STATUS_BAD_FORMAT);
    assert_null(strstr(pb_error_message(), "ends within"));
}

static void damaged_csv_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "\n\n", "a,b\n1\n", "a,b\n1,2,3\n", "a\n\"open", "a\n\"x\"y\n"};
    pb_csv_table table;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_ok(pb_file_write(path, bad[i], strlen(bad[i])));
        if (pb_csv_read(path, 1000, ',', &table) != PB_STATUS_BAD_FORMAT)
            fail_msg("accepted: %s", bad[i]);
    }
    assert_ok(pb_file_write(path, "a,b\0c", 5));
    assert_status(pb_csv_read(path, 1000, ',', &table), PB_STATUS_BAD_FORMAT);
    assert_status(pb_csv_read(path, 4, ',', &table), PB_STATUS_LIMIT);
}

static void json_is_written_in_insertion_order(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:f, s:[i, i], s:s}", "zebra", 0.1, "list", 1, 2, "apple", "Größe \"\n");
    assert_non_null(value);
    assert_ok(pb_json_save(value, path));
    json_decref(value);
    assert_file("{\n  \"zebra\": 0.10000000000000001,\n  \"list\": [\n    1,\n    2\n  ],\n"
                "  \"apple\": \"Größe \\\"\\n\"\n}\n");
}

static void json_may_begin_with_a_byte_order_mark(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf[1]";
    json_t *value;
    assert_ok(pb_json_parse(text, sizeof text - 1, "x.json", &value));
    assert_int_equal(json_array_size(value), 1);
    json_decref(value);
    assert_status(pb_json_parse(text, 3, "x.json", &value), PB_STATUS_BAD_FORMAT);
}

static void json_reals_come_back_exactly(void **state)
{
    (void)state;
    const double values[] = {0.1, 1.0 / 3, DBL_MAX, DBL_MIN, 5e-324, -1e22, 3};
    json_t *list = json_array(), *read;
    for (int i = 0; i < 7; i++)
        assert_int_equal(json_array_append_new(list, json_real(values[i])), 0);
    assert_ok(pb_json_save(list, path));
    assert_ok(pb_json_load(path, 1000, &read));
    for (int i = 0; i < 7; i++)
        assert_true(json_real_value(json_array_get(read, (size_t)i)) == values[i]);
    json_decref(list);
    json_decref(read);
}

static void json_text_is_compact(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:[i, n, b], s:s}", "a", 1, 1, "b", "x");
    char *text;
    assert_ok(pb_json_text(value, &text));
    assert_string_equal(text, "{\"a\":[1,null,true],\"b\":\"x\"}");
    pb_free(text);
    json_decref(value);
    assert_status(pb_json_text(NULL, &text), PB_STATUS_NO_MEMORY);
    assert_status(pb_json_save(NULL, path), PB_STATUS_NO_MEMORY);
}

static void json_errors_tell_the_place(void **state)
{
    (void)state;
    json_t *value = NULL;
    const char *const bad[] = {
        "",     "{",     "{\"a\":1,\"a\":2}", "[1,]", "{\"a\":1} x", "\"\xff\"", "[1e999]", "[NaN]", "nul", "'a'",
        "[01]", "{1:2}", "\"\\ud800\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (pb_json_parse(bad[i], strlen(bad[i]), "decisions.json", &value) != PB_STATUS_BAD_FORMAT)
            fail_msg("accepted: %s", bad[i]);
    assert_null(value);
    assert_status(pb_json_parse("{\n  \"a\": x\n}", 12, "decisions.json", &value), PB_STATUS_BAD_FORMAT);
    assert_non_null(strstr(pb_error_message(), "decisions.json is not valid JSON: line 2, column "));
    assert_ok(pb_file_write(path, "[1, 2]", 6));
    assert_status(pb_json_load(path, 5, &value), PB_STATUS_LIMIT);
    assert_ok(pb_json_load(path, 6, &value));
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_quotes_what_would_split),
        cmocka_unit_test(csv_text_is_no_formula),
        cmocka_unit_test(csv_numbers_are_short),
        cmocka_unit_test(csv_numbers_come_back_exactly),
        cmocka_unit_test(csv_numbers_ignore_the_locale),
        cmocka_unit_test(csv_is_read_back),
        cmocka_unit_test(a_row_without_its_end_is_told),
        cmocka_unit_test(damaged_csv_is_refused),
        cmocka_unit_test(json_is_written_in_insertion_order),
        cmocka_unit_test(json_may_begin_with_a_byte_order_mark),
        cmocka_unit_test(json_reals_come_back_exactly),
        cmocka_unit_test(json_text_is_compact),
        cmocka_unit_test(json_errors_tell_the_place),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
