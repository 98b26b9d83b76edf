/* Text to values: lists, whole numbers, shares, bytes, ranges. */
#include "support.h"

#include "base/memory.h"
#include "base/parse.h"
#include "base/words.h"

static void items_stand_between_commas(void **state)
{
    (void)state;
    const char *list = ",a, bc,,d e,";
    pb_item item;
    char text[3];
    assert_int_equal(pb_item_count(list), 3);
    assert_true(pb_item_next(&list, &item) && pb_item_is(item, "a"));
    assert_true(pb_item_next(&list, &item) && pb_item_is(item, "bc") && !pb_item_is(item, "b") &&
                !pb_item_is(item, "bcd"));
    assert_true(pb_item_next_text(&list, text, sizeof text));
    assert_string_equal(text, "d "); /* cut, and ended */
    assert_false(pb_item_next(&list, &item));
    list = " , ,";
    assert_false(pb_item_next(&list, &item));
}

static void pieces_stand_between_separators_also_empty_ones(void **state)
{
    (void)state;
    const char *list = "a//b/";
    pb_item item;
    assert_true(pb_item_split(&list, '/', &item) && pb_item_is(item, "a"));
    assert_true(pb_item_split(&list, '/', &item) && pb_item_is(item, ""));
    assert_true(pb_item_split(&list, '/', &item) && pb_item_is(item, "b"));
    assert_true(pb_item_split(&list, '/', &item) && pb_item_is(item, ""));
    assert_false(pb_item_split(&list, '/', &item));
    list = "";
    assert_true(pb_item_split(&list, '/', &item) && pb_item_is(item, ""));
    assert_false(pb_item_split(&list, '/', &item));
}

static void numbers_are_whole_items_in_their_range(void **state)
{
    (void)state;
    int64_t whole = -1, last = -1;
    double real = -1;
    assert_true(pb_item_integer((pb_item){"12,5", 2}, 0, 12, &whole) && whole == 12);
    assert_true(pb_item_integer(pb_item_of("-9223372036854775808"), INT64_MIN, 0, &whole) && whole == INT64_MIN);
    const char *const no_integers[] = {"",   "1x",  "x",   "1.0", "9223372036854775808", "13", "-1", "1,2",
                                       " 5", "\t5", "0x5", "5 "};
    for (size_t i = 0; i < sizeof no_integers / sizeof *no_integers; i++)
        assert_false(pb_item_integer(pb_item_of(no_integers[i]), 0, 12, &whole));
    assert_true(whole == INT64_MIN);
    assert_true(pb_item_real((pb_item){"2.5,1", 3}, 0, 3, &real) && real == 2.5);
    const char *const no_reals[] = {"",    "nan", "inf", "3.1",   "1 ",     "1e",
                                    "50%", " 1",  "0x1", "0x1p0", "1e-400", "infinity"};
    for (size_t i = 0; i < sizeof no_reals / sizeof *no_reals; i++)
        assert_false(pb_item_real(pb_item_of(no_reals[i]), 0, 3, &real));
    assert_true(pb_item_real(pb_item_of("5e-324"), 0, 3, &real) && real > 0); /* small, but not 0 */
    assert_true(pb_item_range(pb_item_of("3-5"), 0, 9, &whole, &last) && whole == 3 && last == 5);
    assert_true(pb_item_range(pb_item_of("-3"), -3, 9, &whole, &last) && whole == -3 && last == -3);
    assert_true(pb_item_range(pb_item_of("-3--1"), -3, 9, &whole, &last) && whole == -3 && last == -1);
    assert_false(pb_item_range(pb_item_of("5-3"), 0, 9, &whole, &last));
    assert_false(pb_item_range(pb_item_of("3-"), 0, 9, &whole, &last));
    assert_false(pb_item_range(pb_item_of("3-10"), 0, 9, &whole, &last));
}

/* Every percentage with up to three decimals is the number that its share is, to the bit. */
static void percentages_are_shares(void **state)
{
    (void)state;
    for (int thousandth = 0; thousandth <= 100000; thousandth++) {
        char percent[32], share[32];
        double a = -1, b = -1;
        snprintf(percent, sizeof percent, "%d.%03d%%", thousandth / 1000, thousandth % 1000);
        snprintf(share, sizeof share, "%d.%05d", thousandth / 100000, thousandth % 100000);
        assert_true(pb_item_share(pb_item_of(percent), 0, 1, &a) && pb_item_share(pb_item_of(share), 0, 1, &b));
        assert_true(a == b);
    }
    double value;
    const char *const wrong[] = {"%", "101%", "-1%", "5%%", "5 %", "0x5%", "1e1%", "nan%", "1.1", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(pb_item_share(pb_item_of(wrong[i]), 0, 1, &value));
}

static void bytes_have_units(void **state)
{
    (void)state;
    int64_t bytes;
    assert_true(pb_item_bytes(pb_item_of("500M"), &bytes) && bytes == 500000000);
    assert_true(pb_item_bytes(pb_item_of("1.5k"), &bytes) && bytes == 1500);
    assert_true(pb_item_bytes(pb_item_of("1e9"), &bytes) && bytes == 1000000000);
    const char *const wrong[] = {"", "M", "0", "-1G", "1MB", "1e7T", "nan", "5 M"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(pb_item_bytes(pb_item_of(wrong[i]), &bytes));
}

static void lists_hold_each_value_once(void **state)
{
    (void)state;
    int64_t *integers = NULL, n;
    double *reals = NULL;
    assert_ok(pb_parse_integers("seeds", "3,0-2,1", 0, 9, &integers, &n));
    assert_int_equal(n, 4);
    assert_true(integers[0] == 3 && integers[1] == 0 && integers[3] == 2);
    pb_free(integers);
    assert_ok(pb_parse_shares("contamination", "0,10%,0.3,30%", 0, 1, &reals, &n));
    assert_int_equal(n, 3);
    assert_true(reals[0] == 0 && reals[1] == 0.1 && reals[2] == 0.3);
    pb_free(reals);
    assert_status(pb_parse_shares("contamination", "0,130%", 0, 1, &reals, &n), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_error_message(),
                        "contamination: '130%' is not a number from 0 to 1, or a percentage such as 5%");
    pb_free(reals);
    assert_status(pb_parse_reals("percentile", " ,", 0, 100, &reals, &n), PB_STATUS_BAD_ARGUMENT);
    pb_free(reals);
    assert_status(pb_parse_integers("seeds", "0-4294960000", 0, 4294960000, &integers, &n), PB_STATUS_BAD_ARGUMENT);
    pb_free(integers);
}

/* What has no room is left out as a whole, so that no name is cut into another. */
static void lists_read_as_sentences(void **state)
{
    (void)state;
    static const int64_t limits[] = {5, 10, 20};
    char text[16] = "";
    pb_words_of_integers(limits, 0, ", ", " and ", text, sizeof text);
    assert_string_equal(text, "");
    pb_words_of_integers(limits, 1, ", ", " and ", text, sizeof text);
    assert_string_equal(text, "5");
    pb_words_of_integers(limits, 2, ", ", " or ", text, sizeof text);
    assert_string_equal(text, "5 or 10");
    pb_words_of_integers(limits, 3, ", ", " and ", text, sizeof text);
    assert_string_equal(text, "5, 10 and 20");
    assert_false(pb_words_add(text, sizeof text, ", ", "30"));
    assert_string_equal(text, "5, 10 and 20");
    assert_true(pb_words_add(text, sizeof text, ", ", "3"));
    assert_string_equal(text, "5, 10 and 20, 3");
}

/* A list that is cut says so, and does not go on behind the cut with what happens to be short. */
static void lists_that_are_cut_say_so(void **state)
{
    (void)state;
    static const char *const names[] = {"bottle", "cable", "grid", "o", "x"};
    static const char whole[] = "bottle, cable, grid, o, x";
    for (size_t size = 8; size <= 40; size++) {
        char text[40] = "";
        for (int i = 0; i < 5; i++)
            pb_words_list(text, size, names[i]);
        const size_t length = strlen(text);
        assert_true(length < size);
        if (strcmp(text, whole) == 0)
            continue;
        assert_true(size < sizeof whole + strlen(", ..."));
        assert_string_equal(text + length - 3, "...");
        assert_memory_equal(text, whole, length - 3);
        if (length > 3)
            assert_memory_equal(text + length - 5, ", ", 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stand_between_commas),
        cmocka_unit_test(pieces_stand_between_separators_also_empty_ones),
        cmocka_unit_test(numbers_are_whole_items_in_their_range),
        cmocka_unit_test(percentages_are_shares),
        cmocka_unit_test(bytes_have_units),
        cmocka_unit_test(lists_hold_each_value_once),
        cmocka_unit_test(lists_read_as_sentences),
        cmocka_unit_test(lists_that_are_cut_say_so),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
