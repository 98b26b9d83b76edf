/* Tables as files: one model, the same numbers in every format, and nothing in a name that breaks one. */
#include "support.h"

#include <math.h>

#include "base/memory.h"
#include "comma_locale.h"
#include "io/csv.h"
#include "io/file.h"
#include "pages/table_panel.h"
#include "tables/table.h"
#include "tables/table_formats.h"

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return test_remove_dir(folder);
}

/* What a format makes of a table; free with pb_free(). */
static char *written(const pb_table *table, pb_table_format format)
{
    char path[300];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/table%s", folder, pb_table_suffix(format));
    assert_ok(pb_table_write(table, format, path));
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &size));
    assert_int_equal(strlen((char *)bytes), size);
    return (char *)bytes;
}

static char *page_of(const pb_table *table)
{
    char path[300];
    pb_page page;
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/table.html", folder);
    assert_ok(pb_page_open(path, &page));
    pb_page_table(&page, table, false);
    assert_ok(pb_page_close(&page, PB_STATUS_OK));
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &size));
    return (char *)bytes;
}

#define assert_has(text, part)                                                                                         \
    do {                                                                                                               \
        if (!strstr(text, part))                                                                                       \
            fail_msg("\"%s\" is not in:\n%s", part, text);                                                             \
    } while (0)

#define assert_lacks(text, part)                                                                                       \
    do {                                                                                                               \
        if (strstr(text, part))                                                                                        \
            fail_msg("\"%s\" is in:\n%s", part, text);                                                                 \
    } while (0)

/* Two groups of rows and of columns, every kind of column. */
static pb_table *make_table(void)
{
    pb_table *table;
    assert_ok(pb_table_new("main_disjoint", &table));
    pb_table_set_title(table, pb_table_textf("Image AUROC"));
    pb_table_set_caption(table, pb_table_textf("n = %d categories, disjoint.", 35));
    pb_table_add_note(table, pb_table_textf("A note."));
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "disjoint", "c = 0", PB_FORMAT_SPREAD, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "disjoint", "c = 0.3", PB_FORMAT_SPREAD, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "95 % CI", PB_FORMAT_INTERVAL, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "", "p", PB_FORMAT_PROBABILITY, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "", "losses", PB_FORMAT_NUMBER, PB_BEST_LOWEST, 0, NULL);

    pb_table_add_row(table, "N = 10", true, NULL);
    pb_table_set_text(table, 0, "none");
    pb_table_set_pair(table, 1, 0.85914, 0.00207);
    pb_table_set_pair(table, 2, 0.8415, (double)NAN);

    pb_table_add_row(table, "N = 10", true, NULL);
    pb_table_set_text(table, 0, "loo_patch");
    pb_table_set_pair(table, 1, 0.85906, 0.01);
    pb_table_set_pair(table, 2, 0.8480, 0.0031);
    pb_table_set_value(table, 3, 0.0065);
    pb_table_set_pair(table, 4, -0.0012, 0.0140);
    pb_table_set_value(table, 5, 3.2e-7);
    pb_table_set_value(table, 6, 3);

    pb_table_add_row(table, "N = 10", false, NULL);
    pb_table_set_text(table, 0, "oracle_patch");
    pb_table_set_pair(table, 1, 0.9999, 0.001);
    pb_table_set_pair(table, 2, 0.9999, 0.001);

    pb_table_add_row(table, "N = 10", true, NULL);
    pb_table_set_text(table, 0, "random_patch");
    pb_table_set_pair(table, 1, 0.8577, 0.002);

    pb_table_add_row(table, "N = 20", true, NULL);
    pb_table_set_text(table, 0, "cosine_loo");
    pb_table_set_pair(table, 1, 0.70, 0.01);
    pb_table_set_value(table, 3, -0.00004);
    pb_table_set_value(table, 5, 0.5904);
    pb_table_set_value(table, 6, 12);

    pb_table_add_row(table, "N = 20", true, NULL);
    pb_table_set_text(table, 0, "pca_patch");
    pb_table_set_pair(table, 1, 0.99, 0.01);
    pb_table_set_partial(table, 1);
    pb_table_set_value(table, 3, -0.0213);
    pb_table_set_value(table, 6, 7);
    assert_ok(pb_table_status(table));
    pb_table_mark_best(table);
    return table;
}

static void numbers_are_written_one_way(void **state)
{
    (void)state;
    static const struct {
        pb_column_kind kind;
        int decimals;
        double value;
        const char *text;
    } cases[] = {{PB_FORMAT_NUMBER, 4, 0.84154, "0.8415"},      {PB_FORMAT_NUMBER, 0, 36.93, "37"},
                 {PB_FORMAT_NUMBER, 4, -0.00001, "0.0000"},     {PB_FORMAT_NUMBER, 4, -0.0001, "-0.0001"},
                 {PB_FORMAT_SIGNED, 4, 0.0065, "+0.0065"},      {PB_FORMAT_SIGNED, 4, 0.00004, "0.0000"},
                 {PB_FORMAT_SIGNED, 4, -0.00004, "0.0000"},     {PB_FORMAT_PROBABILITY, 4, 0.5904, "0.5904"},
                 {PB_FORMAT_PROBABILITY, 4, 3.2e-7, "3.2e-07"}, {PB_FORMAT_PROBABILITY, 4, 0, "0.0000"},
                 {PB_FORMAT_SPREAD, 4, (double)NAN, ""},        {PB_FORMAT_NUMBER, 2, (double)INFINITY, ""}};
    char text[PB_NUMBER_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pb_table_number(cases[i].kind, cases[i].decimals, cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void every_format_has_the_same_numbers(void **state)
{
    (void)state;
    pb_table *table = make_table();
    char *csv = written(table, PB_TABLE_CSV), *markdown = written(table, PB_TABLE_MARKDOWN);
    char *latex = written(table, PB_TABLE_LATEX), *page = page_of(table);
    assert_string_equal(csv,
                        "group;method;disjoint_c_0_mean;disjoint_c_0_sd;disjoint_c_0.3_mean;disjoint_c_0.3_sd;gain;"
                        "95_ci_low;95_ci_high;p;losses\r\n"
                        "N = 10;none;0.8591;0.0021;0.8415;;;;;;\r\n"
                        "N = 10;loo_patch;0.8591;0.0100;0.8480;0.0031;+0.0065;-0.0012;0.0140;3.2e-07;3\r\n"
                        "N = 10;oracle_patch;0.9999;0.0010;0.9999;0.0010;;;;;\r\n"
                        "N = 10;random_patch;0.8577;0.0020;;;;;;;\r\n"
                        "N = 20;cosine_loo;0.7000;0.0100;;;0.0000;;;0.5904;12\r\n"
                        "N = 20;pca_patch;0.9900;0.0100;;;-0.0213;;;;7\r\n");
    assert_has(markdown, "| method | disjoint c = 0 | disjoint c = 0.3 | gain | 95 % CI | p | losses |\n"
                         "|---|--:|--:|--:|--:|--:|--:|\n");
    assert_has(markdown, "| *N = 10* | | | | | | |\n");
    assert_has(
        markdown,
        "| loo_patch | **0.8591** ± 0.0100 | **0.8480** ± 0.0031 | +0.0065 | -0.0012 to 0.0140 | 3.2e-07 | 3 |\n");
    assert_has(markdown, "| pca_patch | 0.9900 ± 0.0100\\* | – | -0.0213 | – | – | **7** |\n");
    assert_has(latex, "\\multicolumn{7}{@{}l}{\\emph{N $=$ 10}} \\\\\n");
    assert_has(latex, " & \\multicolumn{2}{c}{disjoint} &  &  &  &  \\\\\n\\cmidrule(lr){2-3}\n");
    assert_has(latex, "none & \\textbf{0.8591} {\\tiny$\\pm$0.0021} & 0.8415 & -- & -- & -- & -- \\\\\n");
    assert_has(
        latex,
        "loo\\_patch & \\textbf{0.8591} {\\tiny$\\pm$0.0100} & \\textbf{0.8480} {\\tiny$\\pm$0.0031} & $+$0.0065 & "
        "[$-$0.0012, 0.0140] & 3.2$\\cdot10^{-7}$ & 3 \\\\\n");
    assert_has(latex, "pca\\_patch & 0.9900 {\\tiny$\\pm$0.0100}$^*$ & -- & $-$0.0213 & -- & -- & \\textbf{7} \\\\\n");
    assert_has(page, "<td><b>0.8591</b><small>&thinsp;&plusmn;&thinsp;0.0100</small></td>");
    assert_has(page,
               "<td>[&minus;0.0012, 0.0140]</td><td>3.2&thinsp;&times;&thinsp;10<sup>&minus;7</sup></td><td>3</td>");
    pb_free(csv);
    pb_free(markdown);
    pb_free(latex);
    pb_free(page);
    pb_table_free(table);
}

/* By the numbers as they are shown, without those that are told the truth or cover fewer categories, and within each group. */
static void the_best_are_marked(void **state)
{
    (void)state;
    pb_table *table = make_table();
    static const bool expected[6][7] = {{0, 1, 0, 0, 0, 0, 0}, /* 0.85914 and 0.85906 are both 0.8591 */
                                        {0, 1, 1, 0, 0, 0, 0}, /* the only value but that of the baseline */
                                        {0, 0, 0, 0, 0, 0, 0}, /* told */
                                        {0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0}, /* 0.0000 beats -0.0213 */
                                        {0, 0, 0, 0, 0, 0, 1}}; /* fewest losses; 0.99 is over fewer categories */
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 7; j++)
            if (pb_table_at(table, i, j)->best != expected[i][j])
                fail_msg("row %lld, column %lld: marked %d", (long long)i, (long long)j,
                         pb_table_at(table, i, j)->best);
    pb_table_free(table);
}

static void names_break_nothing(void **state)
{
    (void)state;
    pb_table *table;
    assert_ok(pb_table_new("names", &table));
    pb_table_set_title(table, pb_table_textf("50 %% & #1 of $x$"));
    pb_table_set_caption(table, pb_table_textf("{a} ~ ^ \\ <b> | \"q\" χ² δ – ±"));
    pb_table_add_column(table, "", "a_b|c", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "value;1", PB_FORMAT_NUMBER, PB_BEST_NONE, 1, NULL);
    pb_table_add_row(table, "", true, NULL);
    pb_table_set_text(table, 0, "_x_ <i>*\n;\"sch\xc3\xb6n\" \xff\u202e\xc2\x85");
    pb_table_set_value(table, 1, 1.5);
    assert_ok(pb_table_status(table));
    char *csv = written(table, PB_TABLE_CSV), *markdown = written(table, PB_TABLE_MARKDOWN);
    char *latex = written(table, PB_TABLE_LATEX), *page = page_of(table);
    assert_has(latex, "\\caption{\\textbf{50 \\% \\& \\#1 of \\$x\\$.} \\{a\\} \\textasciitilde{} \\textasciicircum{} "
                      "\\textbackslash{} $<$b$>$ $|$ ''q'' $\\chi$$^2$ $\\delta$ -- $\\pm$}\n");
    assert_has(latex, "a\\_b$|$c & value;1 \\\\\n");
    assert_has(latex, "\\_x\\_ $<$i$>$* ;''sch\xc3\xb6n'' ??  & 1.5 \\\\\n");
    assert_has(markdown, "| a_b\\|c | value;1 |\n");
    assert_has(markdown, "| \\_x\\_ \\<i\\>\\* ;\"sch\xc3\xb6n\" ??  | 1.5 |\n");
    assert_string_equal(csv, "a_b_c;value_1\r\n\"_x_ <i>*\n;\"\"sch\xc3\xb6n\"\" \xff\u202e\xc2\x85\";1.5\r\n");
    assert_has(page, "<th scope=\"row\">_x_ &lt;i&gt;*\xe2\x90\x8a;&quot;sch\xc3\xb6n&quot; "
                     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</th>");
    assert_lacks(page, "<i>");
    assert_lacks(page, "<b>");
    pb_free(csv);
    pb_free(markdown);
    pb_free(latex);
    pb_free(page);
    pb_table_free(table);
}

/* Parts of a page say what they are about. */
static void scopes_are_written(void **state)
{
    (void)state;
    pb_table *table;
    const pb_table_scope column = {.contamination = 0.05, .has_contamination = true}, row = {.limit = 20};
    assert_ok(pb_table_new("scopes", &table));
    table->scope = (pb_table_scope){.setup = "disjoint", .benchmark = "Vis\"A"};
    pb_table_add_column(table, "", "method", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "c = 0.05", PB_FORMAT_NUMBER, PB_BEST_NONE, 1, &column);
    pb_table_add_row(table, "N = 20", false, &row);
    pb_table_set_value(table, 1, 2);
    char *page = page_of(table);
    assert_has(page, "<section class=\"panel\" id=\"scopes\" data-setup=\"disjoint\" data-benchmark=\"Vis&quot;A\">");
    assert_has(page, "<th scope=\"col\" data-c=\"0.05\">c = 0.05</th>");
    assert_has(page, "<tr class=\"group\" data-n=\"20\">");
    assert_has(page, "<tr class=\"told\" data-n=\"20\">");
    assert_has(page, "<td data-c=\"0.05\">2.0</td>");
    pb_free(page);
    pb_table_free(table);
}

/* Whatever the program's locale says. */
static void decimal_points_stay(void **state)
{
    (void)state;
    test_use_comma_locale(folder);
    char text[PB_NUMBER_BYTES];
    pb_table_number(PB_FORMAT_SIGNED, 4, -0.0213, text);
    pb_table *table = make_table();
    const bool best = pb_table_at(table, 0, 1)->best;
    pb_table_free(table);
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(text, "-0.0213");
    assert_true(best);
}

static void what_cannot_be_written_is_said(void **state)
{
    (void)state;
    pb_table *table = make_table();
    assert_status(pb_table_write(table, PB_TABLE_CSV, "/nowhere/at/all.csv"), PB_STATUS_OUTPUT);
    assert_status(pb_table_write(table, (pb_table_format)3, "x"), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_table_write(NULL, PB_TABLE_CSV, "x"), PB_STATUS_BAD_ARGUMENT);
    assert_string_equal(pb_table_suffix((pb_table_format)3), "");
    /* The failure to make a text stays, and what follows it is dropped. */
    pb_table_set_title(table, NULL);
    pb_table_add_row(table, "late", true, NULL);
    assert_int_equal(pb_table_status(table), PB_STATUS_NO_MEMORY);
    assert_int_equal(table->n_rows, 6);
    pb_table_free(table);
    pb_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_one_way),
        cmocka_unit_test(every_format_has_the_same_numbers),
        cmocka_unit_test(the_best_are_marked),
        cmocka_unit_test(names_break_nothing),
        cmocka_unit_test(scopes_are_written),
        cmocka_unit_test(decimal_points_stay),
        cmocka_unit_test(what_cannot_be_written_is_said),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
