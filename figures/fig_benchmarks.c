/* Gains by benchmark: a box for each method. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "figures/chart.h"
#include "figures/figure_kinds.h"

enum { MAX_GROUPS = 8, MAX_BOXES = 4, FEW = 5 };

typedef struct group {
    const char *benchmark; /* NULL: all */
    int64_t n;
} group;

typedef struct boxes {
    const pb_mean_grid *grid; /* none, then the methods */
    group groups[MAX_GROUPS];
    int64_t n_groups, n_methods;
    double *values; /* room for one group */
} boxes;

/* Benchmarks in their order; all of them together where there are several. */
static void find_groups(boxes *shown)
{
    const pb_mean_grid *grid = shown->grid;
    for (int order = 0; order < MAX_GROUPS - 1; order++) {
        group found = {0};
        for (int64_t d = 0; d < grid->n; d++) {
            const char *benchmark = pb_study_benchmark(grid->datasets[d]);
            if (pb_figure_benchmark_order(benchmark) == order) {
                found.benchmark = benchmark;
                found.n++;
            }
        }
        if (found.n)
            shown->groups[shown->n_groups++] = found;
    }
    if (shown->n_groups > 1)
        shown->groups[shown->n_groups++] = (group){NULL, grid->n};
}

/* Gains of a group's categories in points; returns their number. */
static int64_t collect(const boxes *shown, const group *which, int64_t method)
{
    int64_t n = 0;
    for (int64_t d = 0; d < shown->grid->n; d++) {
        const double gain = pb_mean_grid_gain(shown->grid, method, 0, d);
        if (isfinite(gain) &&
            (!which->benchmark || strcmp(which->benchmark, pb_study_benchmark(shown->grid->datasets[d])) == 0))
            shown->values[n++] = gain;
    }
    return n;
}

typedef struct box {
    double low, q1, median, q3, high; /* whiskers reach the farthest values within 1.5 of the box's height */
} box;

static pb_status make_box(const double *values, int64_t n, box *out)
{
    PB_TRY(pb_percentile(values, n, 25, &out->q1));
    PB_TRY(pb_percentile(values, n, 50, &out->median));
    PB_TRY(pb_percentile(values, n, 75, &out->q3));
    const double reach = 1.5 * (out->q3 - out->q1);
    out->low = out->q1;
    out->high = out->q3;
    for (int64_t i = 0; i < n; i++) {
        if (values[i] >= out->q1 - reach)
            out->low = fmin(out->low, values[i]);
        if (values[i] <= out->q3 + reach)
            out->high = fmax(out->high, values[i]);
    }
    return PB_STATUS_OK;
}

static void draw_box(pb_chart *chart, const box *drawn, double x, double half, const pb_figure_style *style)
{
    char inside[8];
    pb_color_lighten(style->color, inside);
    pb_plot_segment(chart, x, drawn->low, x, drawn->q1, style->color, 0.7, "solid");
    pb_plot_segment(chart, x, drawn->q3, x, drawn->high, style->color, 0.7, "solid");
    pb_plot_box(chart, x - half, drawn->q1, x + half, drawn->q3, inside, style->color);
    pb_plot_segment(chart, x - half, drawn->median, x + half, drawn->median, style->color, 1.5, "solid");
}

/* Of few values a box would pretend to know more than there is: they are drawn themselves. */
static pb_status draw_values(pb_chart *chart, const double *values, int64_t n, double x, double half,
                             const pb_figure_style *style)
{
    box drawn;
    pb_figure_style dot = *style;
    double mean = 0;
    PB_TRY(make_box(values, n, &drawn));
    if (n >= FEW)
        draw_box(chart, &drawn, x, half, style);
    dot.point = 6;
    for (int64_t i = 0; i < n; i++) {
        mean += values[i] / (double)n;
        if (n < FEW || values[i] < drawn.low || values[i] > drawn.high)
            pb_plot_points(chart, (pb_chart_points){&x, &values[i], 1}, &dot, 0.35);
    }
    pb_plot_points(chart, (pb_chart_points){&x, &mean, 1}, style, 0.55);
    return PB_STATUS_OK;
}

static pb_status draw_groups(pb_chart *chart, const boxes *shown, const pb_figure_style *styles)
{
    const double step = 0.84 / (double)shown->n_methods, bottom = chart->panel.top + chart->panel.height;
    for (int64_t g = 0; g < shown->n_groups; g++) {
        const group *which = &shown->groups[g];
        char count[32];
        for (int64_t m = 0; m < shown->n_methods; m++) {
            const int64_t n = collect(shown, which, 1 + m);
            const double x = (double)(g + 1) + step * ((double)m - 0.5 * (double)(shown->n_methods - 1));
            if (n)
                PB_TRY(draw_values(chart, shown->values, n, x, fmin(0.36 * step, 0.12), &styles[m]));
        }
        const double at = pb_panel_x(chart, (double)(g + 1));
        snprintf(count, sizeof count, "n = %lld", (long long)which->n);
        pb_chart_text(chart, at, bottom + 2.4, PB_TEXT_CENTER, PB_FIGURE_FONT_PT,
                      which->benchmark ? pb_figure_style_of_benchmark(which->benchmark).label : "all");
        pb_chart_text(chart, at, bottom + 5.4, PB_TEXT_CENTER, PB_FIGURE_FONT_PT - 1, count);
        if (g > 0)
            pb_plot_segment(chart, (double)g + 0.5, chart->panel.y.low, (double)g + 0.5, chart->panel.y.high, "#dddddd",
                            0.5, "solid");
    }
    return PB_STATUS_OK;
}

static pb_panel make_panel(const boxes *shown)
{
    const group all = {0};
    double low = 0, high = 0;
    for (int64_t m = 0; m < shown->n_methods; m++) {
        const int64_t n = collect(shown, &all, 1 + m);
        for (int64_t i = 0; i < n; i++) {
            low = fmin(low, shown->values[i]);
            high = fmax(high, shown->values[i]);
        }
    }
    pb_panel panel = {.height = 46, .y = pb_chart_axis_round(low, high, 6)};
    panel.x = (pb_chart_axis){.low = 0.5, .high = (double)shown->n_groups + 0.5};
    panel.left = 5.8 + pb_chart_axis_label_width(&panel.y);
    panel.width = PB_FIGURE_COLUMN_MM - panel.left - 1.5;
    return panel;
}

static void say(pb_figure *figure, const boxes *shown)
{
    pb_text_add(&figure->title, "Gain by benchmark");
    pb_text_add(&figure->caption,
                "Image AUROC over that of none with %g %% of the references contaminated, in percentage points, by "
                "benchmark. Boxes: quartiles and median of the categories; whiskers: up to 1.5 times the box; circles: "
                "categories beyond, or each category where there are fewer than %d; markers: means. ",
                100 * shown->grid->view->focus.slice.contamination, FEW);
    pb_caption_rows(&figure->caption, shown->grid, 0, false);
}

static pb_status draw_benchmarks(pb_figure *figure, const pb_mean_grid *grid)
{
    boxes shown = {.grid = grid, .n_methods = grid->n_methods - 1};
    pb_figure_style styles[MAX_BOXES], legend[MAX_BOXES];
    int64_t n_legend = 0;
    pb_chart chart;
    PB_TRY(PB_NEW(shown.values, grid->n));
    find_groups(&shown);
    for (int64_t m = 0; m < shown.n_methods; m++) {
        styles[m] = pb_figure_style_of(grid->methods[1 + m]);
        if (collect(&shown, &(group){0}, 1 + m) > 0) /* results may lack a method, which then is not drawn */
            legend[n_legend++] = styles[m];
    }
    pb_panel panel = make_panel(&shown);
    say(figure, &shown);
    pb_chart_open(&chart, figure);
    panel.top = 5.4;
    pb_panel_open(&chart, &panel, NULL, "AUROC over none (points)");
    pb_chart_legend(&chart, panel.left, PB_FIGURE_COLUMN_MM, 2.2, legend, n_legend);
    pb_plot_segment(&chart, panel.x.low, 0, panel.x.high, 0, "#666666", 0.6, "solid");
    const pb_status status = draw_groups(&chart, &shown, styles);
    pb_panel_close(&chart);
    pb_chart_close(&chart, PB_FIGURE_COLUMN_MM, panel.top + panel.height + 7.2);
    pb_free(shown.values);
    return status;
}

pb_status pb_figure_of_benchmarks(const pb_shown_rows *view, pb_figure *figure)
{
    const char *methods[1 + MAX_BOXES];
    const pb_study_slice slice = pb_shown_rows_slice(view, view->focus.slice.contamination, NULL);
    const int64_t n = pb_shown_rows_contenders(view, 1 + MAX_BOXES, methods);
    pb_mean_grid grid = {0};
    if (n)
        PB_TRY(pb_mean_grid_new(view, methods, n, &slice, 1, false, &grid));
    pb_status status = PB_STATUS_OK;
    if (grid.n > 0 && pb_mean_grid_cell(&grid, 0, 0)->n)
        status = draw_benchmarks(figure, &grid);
    else
        pb_text_add(&figure->missing, "none and a purification method at contamination %g",
                    view->focus.slice.contamination);
    pb_mean_grid_free(&grid);
    return status;
}
