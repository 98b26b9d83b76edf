/* What figures are made of: labels, axes, quoting, the diagram of ranks, and SVG for pages. */
#include "support.h"

#include <math.h>

#include <purebank/purify.h>

#include "base/memory.h"
#include "figures/chart.h"
#include "figures/figure_kinds.h"
#include "figures/figures.h"
#include "figures/font.h"

static void labels_fit_and_stay_readable(void **state)
{
    (void)state;
    char label[PB_FIGURE_LABEL_BYTES];
    const char *const names[] = {"short",
                                 "",
                                 "a name that is far too long for the margin of a figure",
                                 "\xff\xfe broken \x80",
                                 "\u65e5\u672c\u65e5\u672c\u65e5\u672c\u65e5\u672c\u65e5\u672c\u65e5\u672c\u65e5\u672c",
                                 "line\nbreak\ttab\u202eturned"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        pb_label_fit(names[i], 20, label);
        assert_true(pb_text_width(label, PB_FIGURE_FONT_PT, false) <= 20);
        for (const char *c = label; *c; c++)
            assert_true((unsigned char)*c >= 0x20);
    }
    pb_label_fit("short", 20, label);
    assert_string_equal(label, "short");
    pb_label_fit(names[2], 20, label);
    assert_true(strncmp(label, "a n", 3) == 0 && strstr(label, "\u2026") && strstr(label, "ure"));
    assert_true(pb_text_width(label, PB_FIGURE_FONT_PT, false) > 15); /* no more is cut than needs be */
}

/* The advances of m and i in Liberation Sans (and Arial) are 1706 and 455 of 2048; no other font at hand has both. */
static void texts_are_measured_in_the_font_of_figures(void **state)
{
    (void)state;
    char family[128], cut[5];
    const double rounding = 25.4 * 0.005; /* Cairo gives a letter at size 100 a whole number */
    if (!pb_figure_font_is_installed(family, sizeof family))
        fail_msg("the font of figures is not installed (packages.txt has it); there is '%s'", family);
    assert_string_equal(family, PB_FIGURE_FONT);
    assert_true(fabs(pb_text_width("mm", 72, false) - 25.4 * 2 * 1706 / 2048) < 2 * rounding);
    assert_true(fabs(pb_text_width("iiii", 72, false) - 25.4 * 4 * 455 / 2048) < 4 * rounding);
    assert_true(pb_text_width("iiii", 72, true) > pb_text_width("iiii", 72, false));
    assert_true(!pb_figure_font_is_installed(cut, sizeof cut)); /* a short buffer is no font */
    assert_string_equal(cut, "Libe");
}

static void quotes_cannot_be_left(void **state)
{
    (void)state;
    pb_text text = {0};
    pb_text_add_quoted(&text, "a'b\n`c`\\\x80");
    assert_ok(text.status);
    assert_string_equal(text.bytes, "'a\u2019b?`c`\\\ufffd'");
    pb_text_free(&text);
    pb_text_add_escaped(&text, "<a b='c'>&\"");
    assert_string_equal(text.bytes, "&lt;a b=&#39;c&#39;&gt;&amp;&quot;");
    pb_text_free(&text);
}

static void axes_hold_the_data(void **state)
{
    (void)state;
    const double ranges[][2] = {{0, 1},     {79.99, 80.01}, {50, 50},     {0, 0},           {-3.2, 8.7},
                                {-1e-7, 0}, {99.9, 100},    {-400, 1200}, {0.123, 0.12301}, {-1e6, 1e6}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const pb_chart_axis axis = pb_chart_axis_round(ranges[i][0], ranges[i][1], 5);
        assert_true(axis.low <= ranges[i][0] && axis.high >= ranges[i][1] && axis.low < axis.high);
        assert_true(axis.n_ticks >= 3 && axis.n_ticks <= 12);
        for (int t = 0; t < axis.n_ticks; t++) {
            char text[80], before[80];
            assert_true(axis.tick[t] >= axis.low && axis.tick[t] <= axis.high);
            pb_chart_number(text, sizeof text, axis.tick[t], axis.decimals);
            if (t > 0) {
                pb_chart_number(before, sizeof before, axis.tick[t - 1], axis.decimals);
                assert_string_not_equal(text, before); /* enough decimals */
            }
        }
    }
    char text[80];
    pb_chart_number(text, sizeof text, -0.0001, 2);
    assert_string_equal(text, "0.00"); /* no minus before a zero */
    pb_chart_number(text, sizeof text, -1.5, 1);
    assert_string_equal(text, "\u22121.5");
}

static bool look_alike(const pb_figure_style *a, const pb_figure_style *b)
{
    return strcmp(a->label, b->label) == 0 || (a->point == b->point && strcmp(a->color, b->color) == 0);
}

/* In colour by colour and marker, in grey by marker and line type. */
static void methods_look_different(void **state)
{
    (void)state;
    int64_t n;
    const pb_method *const *methods = pb_purify_methods(&n);
    assert_true(n >= 17);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) {
            const pb_figure_style a = pb_figure_style_of(methods[i]->name), b = pb_figure_style_of(methods[j]->name);
            assert_true(i == 0 || strcmp(a.label, methods[i]->name) != 0); /* all but none have a shorter name */
            if (look_alike(&a, &b) || (a.point == b.point && strcmp(a.dash, b.dash) == 0))
                fail_msg("%s and %s look alike", methods[i]->name, methods[j]->name);
        }
    const pb_figure_style low = pb_figure_style_of("imgmax_mad k1"), usual = pb_figure_style_of("imgmax_mad k1.5");
    const pb_figure_style unknown = pb_figure_style_of("someone's method"),
                          again = pb_figure_style_of("someone's method");
    assert_string_equal(low.color, usual.color);
    assert_int_not_equal(low.point, usual.point);
    assert_string_equal(usual.label, "audit max, k 1.5");
    assert_string_equal(unknown.label, "someone's method");
    assert_true(unknown.color == again.color && unknown.point == again.point);
}

/* ---- Ranks ---- */

static int count_bars(const double *ranks, int64_t n, double cd)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    pb_figure figure = {0};
    int bars = 0;
    assert_ok(pb_rank_diagram(&(pb_rank_list){names, ranks, n, cd}, &figure));
    for (int64_t i = 0; i < figure.drawing.n; i++) {
        const pb_drawing_mark *mark = &figure.drawing.mark[i];
        bars += !mark->text && mark->size > 2;
        assert_true(mark->x >= 0 && mark->x_end >= 0 && mark->x <= figure.width && mark->x_end <= figure.width);
        assert_true(mark->y >= 0 && mark->y_end >= 0 && mark->y <= figure.height && mark->y_end <= figure.height);
    }
    pb_figure_free(&figure);
    return bars;
}

static void bars_join_what_cannot_be_told_apart(void **state)
{
    (void)state;
    const double even[] = {1, 2, 3, 4, 5}, clusters[] = {1.2, 1.4, 3.9, 4.1, 4.4}, equal[] = {3, 3, 3, 3, 3};
    assert_int_equal(count_bars(even, 5, 0.9), 0);
    assert_int_equal(count_bars(even, 5, 1), 0); /* a difference of the CD is one */
    assert_int_equal(count_bars(even, 5, 1.5), 4);
    assert_int_equal(count_bars(even, 5, 2.5), 3);
    assert_int_equal(count_bars(even, 5, 9), 1);
    assert_int_equal(count_bars(clusters, 5, 1), 2);
    assert_int_equal(count_bars(equal, 5, 0.1), 1);
    assert_int_equal(count_bars(even, 2, 1.9), 1);
}

static void ranks_of_one_method_are_none(void **state)
{
    (void)state;
    const char *const name = "a";
    const double rank = 1;
    pb_figure figure = {0};
    assert_status(pb_rank_diagram(&(pb_rank_list){&name, &rank, 1, 1}, &figure), PB_STATUS_BAD_ARGUMENT);
    pb_figure_free(&figure);
}

static void short_lines_have_no_leaders(void **state)
{
    (void)state;
    const pb_end_label labels[] = {{0.4, 80, pb_figure_style_of("none")}, {0.3, 70, pb_figure_style_of("loo_patch")}};
    static const double ends[] = {0, 100};
    const pb_panel panel = {10, 1, 40, 30, pb_chart_axis_at(ends, 2), pb_chart_axis_at(ends, 2)};
    pb_figure figure = {0};
    pb_chart chart;
    pb_chart_open(&chart, &figure);
    pb_panel_open(&chart, &panel, NULL, NULL);
    pb_chart_end_labels(&chart, labels, 2);
    pb_panel_close(&chart);
    pb_chart_close(&chart, 84, 40);
    const char *script = pb_text_get(&figure.script), *leader = strstr(script, "nohead lw 0.4");
    assert_non_null(leader); /* of none, whose line reaches the edge */
    assert_null(strstr(leader + 1, "nohead lw 0.4"));
    assert_non_null(strstr(script, pb_figure_style_of("loo_patch").label));
    pb_figure_free(&figure);
}

/* ---- For pages ---- */

static void read_study(char *folder, size_t size, pb_study **out)
{
    static const char *const names[] = {"none", "loo_patch", "ensemble_loo_mahal"};
    char path[512];
    const char *paths[] = {path};
    test_make_temp_dir(folder, size);
    snprintf(path, sizeof path, "%s/results_v2.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("dataset;purification_method;contamination_rate;train_limit;seed;img_auroc\n", file);
    for (int d = 0; d < 3; d++)
        for (int m = 0; m < 3; m++)
            for (int n = 10; n <= 20; n += 10)
                for (int c = 0; c <= 3; c++)
                    fprintf(file, "VisA/c%d;%s;0.%d;%d;0;%.4f\n", d, names[m], c, n,
                            0.9 + 0.001 * n - 0.05 * c + 0.01 * m * c - 0.003 * d);
    assert_int_equal(fclose(file), 0);
    assert_ok(pb_study_read(paths, 1, PB_STUDY_ONE_SETUP, out));
    assert_int_equal(test_remove_dir(folder), 0);
}

static void figures_for_a_page(void **state)
{
    (void)state;
    char folder[256];
    pb_study *study;
    pb_svg_figure *figures;
    int64_t n;
    read_study(folder, sizeof folder, &study);
    pb_study_selected selected, absent;
    assert_ok(pb_study_select(study, NULL, &selected));
    const pb_figures_backbone backbone = {"some", &selected};
    const pb_figures_request request = {.backbones = &backbone, .n_backbones = 1, .setup = PB_SETUP_SHARED};
    assert_ok(pb_figures_to_svg(&request, NULL, &figures, &n));
    assert_int_equal(n, 6); /* no c above 0.3, no percentiles, no second backbone */
    for (int64_t i = 0; i < n; i++) {
        char prefix[64];
        snprintf(prefix, sizeof prefix, "id='%s-", figures[i].id);
        assert_true(strncmp(figures[i].svg, "<svg", 4) == 0);
        assert_non_null(strstr(figures[i].svg, "</svg>"));
        assert_true(strlen(figures[i].title) > 5);
        assert_non_null(strstr(figures[i].caption, "n = 3 categories"));
        for (const char *at = figures[i].svg; (at = strstr(at, "id='")); at++)
            assert_true(strncmp(at, prefix, strlen(prefix)) == 0); /* several in one page do not meet */
    }
    pb_svg_figures_free(figures, n);

    const pb_study_selection unknown = {.size = sizeof unknown, .methods = "none,absent"};
    assert_status(pb_study_select(study, &unknown, &absent), PB_STATUS_BAD_ARGUMENT);
    assert_non_null(strstr(pb_error_message(), "no method 'absent'"));
    const pb_figures_request no_figure = {
        .backbones = &backbone, .n_backbones = 1, .setup = PB_SETUP_SHARED, .only = "fig1,absent"};
    assert_status(pb_figures_to_svg(&no_figure, NULL, &figures, &n), PB_STATUS_BAD_ARGUMENT);
    assert_null(figures);
    const pb_figures_request other = {.backbones = &backbone, .n_backbones = 1, .setup = PB_SETUP_DISJOINT};
    assert_ok(pb_figures_to_svg(&other, NULL, &figures, &n)); /* there are no such rows */
    assert_int_equal(n, 0);
    pb_svg_figures_free(figures, n);
    pb_study_selected_free(&selected);
    pb_study_free(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_fit_and_stay_readable), cmocka_unit_test(texts_are_measured_in_the_font_of_figures),
        cmocka_unit_test(quotes_cannot_be_left),        cmocka_unit_test(axes_hold_the_data),
        cmocka_unit_test(methods_look_different),       cmocka_unit_test(bars_join_what_cannot_be_told_apart),
        cmocka_unit_test(ranks_of_one_method_are_none), cmocka_unit_test(short_lines_have_no_leaders),
        cmocka_unit_test(figures_for_a_page),           cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
