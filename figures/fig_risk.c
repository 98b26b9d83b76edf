/* Risk and reward: what the main method costs each category with clean references, and brings with contaminated ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "figures/chart.h"
#include "figures/figure_kinds.h"

enum { MAX_BENCHMARKS = 8, NAMED = 3 };

typedef struct cloud {
    pb_figure_style styles[MAX_BENCHMARKS];
    int64_t n_benchmarks;
    double *penalty, *benefit; /* n, points */
    int64_t *group;            /* n, of benchmarks */
    int64_t n;
} cloud;

/* The benchmarks that occur, in their order. */
static void find_benchmarks(const pb_mean_grid *grid, cloud *out)
{
    for (int order = 0; out->n_benchmarks < MAX_BENCHMARKS && order < MAX_BENCHMARKS; order++)
        for (int64_t d = 0; d < grid->n; d++) {
            const char *benchmark = pb_study_benchmark(grid->datasets[d]);
            if (pb_figure_benchmark_order(benchmark) != order)
                continue;
            out->styles[out->n_benchmarks++] = pb_figure_style_of_benchmark(benchmark);
            break;
        }
}

static int64_t find_benchmark(const cloud *shown, const char *dataset)
{
    const char *benchmark = pb_study_benchmark(dataset);
    int64_t i = 0;
    while (i + 1 < shown->n_benchmarks && strcmp(shown->styles[i].method, benchmark) != 0)
        i++;
    return i;
}

/* Grid: none and the method at c, then at 0. */
static pb_status make_cloud(const pb_mean_grid *grid, cloud *out)
{
    *out = (cloud){.n = grid->n};
    PB_TRY(PB_NEW_PRODUCT(out->penalty, 2, grid->n));
    out->benefit = out->penalty + grid->n;
    PB_TRY(PB_NEW(out->group, grid->n));
    find_benchmarks(grid, out);
    for (int64_t d = 0; d < grid->n; d++) {
        out->benefit[d] = pb_mean_grid_gain(grid, 1, 0, d);
        out->penalty[d] = 0 - pb_mean_grid_gain(grid, 1, 1, d); /* slice 1: clean references */
        out->group[d] = find_benchmark(out, grid->datasets[d]);
    }
    return PB_STATUS_OK;
}

static void free_cloud(cloud *shown)
{
    pb_free(shown->penalty);
    pb_free(shown->group);
}

static void draw_points(pb_chart *chart, const cloud *shown, pb_obstacles *obstacles)
{
    for (int64_t d = 0; d < shown->n; d++) {
        const double x = shown->penalty[d], y = shown->benefit[d];
        pb_plot_points(chart, (pb_chart_points){&x, &y, 1}, &shown->styles[shown->group[d]], 0.7);
        pb_obstacles_add(obstacles, chart, x, y, x, y);
    }
}

/* The category farthest from the origin of those that are not among the n; -1: none is left. */
static int64_t find_farthest(const pb_panel *panel, const cloud *shown, const int64_t *named, int n)
{
    int64_t farthest = -1;
    double most = -1;
    for (int64_t d = 0; d < shown->n; d++) {
        const double distance = hypot(shown->penalty[d] / (panel->x.high - panel->x.low),
                                      shown->benefit[d] / (panel->y.high - panel->y.low));
        bool is_named = false;
        for (int i = 0; i < n; i++)
            is_named = is_named || named[i] == d;
        if (!is_named && distance > most) {
            most = distance;
            farthest = d;
        }
    }
    return farthest;
}

/* What lies farthest out has a name. */
static void draw_names(pb_chart *chart, const cloud *shown, const pb_mean_grid *grid, pb_obstacles *obstacles)
{
    int64_t named[NAMED];
    for (int k = 0; k < NAMED; k++) {
        char label[PB_FIGURE_LABEL_BYTES];
        named[k] = find_farthest(&chart->panel, shown, named, k);
        if (named[k] < 0)
            return;
        pb_label_category(grid->datasets, grid->n, named[k], 24, label);
        pb_chart_name(chart, obstacles, shown->penalty[named[k]], shown->benefit[named[k]], false, label);
    }
}

static pb_panel make_panel(const cloud *shown)
{
    double low_x = 0, high_x = 0, low_y = 0, high_y = 0;
    for (int64_t d = 0; d < shown->n; d++) {
        low_x = fmin(low_x, shown->penalty[d]);
        high_x = fmax(high_x, shown->penalty[d]);
        low_y = fmin(low_y, shown->benefit[d]);
        high_y = fmax(high_y, shown->benefit[d]);
    }
    pb_panel panel = {
        .height = 52, .x = pb_chart_axis_round(low_x, high_x, 6), .y = pb_chart_axis_round(low_y, high_y, 6)};
    panel.left = 5.8 + pb_chart_axis_label_width(&panel.y);
    panel.width = PB_FIGURE_COLUMN_MM - panel.left - 2;
    return panel;
}

static void say(pb_figure *figure, const pb_mean_grid *grid, const cloud *shown)
{
    double penalty = 0, benefit = 0;
    int64_t n_worth = 0;
    for (int64_t d = 0; d < shown->n; d++) {
        penalty += shown->penalty[d] / (double)shown->n;
        benefit += shown->benefit[d] / (double)shown->n;
        n_worth += shown->benefit[d] > shown->penalty[d];
    }
    const pb_figure_style style = pb_figure_style_of(grid->methods[1]);
    pb_text_add(&figure->title, "Risk and reward");
    pb_text_add(&figure->caption,
                "Each point is a category: what %s costs with clean references (none minus %s) and what it brings with "
                "%g %% of them contaminated (%s minus none), image AUROC in percentage points; on average %.2f and "
                "%.2f. Above the dotted line (%lld of %lld) it brings more than it costs. ",
                style.label, style.label, 100 * grid->view->focus.slice.contamination, style.label, penalty, benefit,
                (long long)n_worth, (long long)shown->n);
    pb_caption_rows(&figure->caption, grid, 0, false);
}

static void draw_lines(pb_chart *chart)
{
    const pb_chart_axis x = chart->panel.x, y = chart->panel.y;
    const double low = fmax(x.low, y.low), high = fmin(x.high, y.high);
    pb_plot_segment(chart, 0, y.low, 0, y.high, "#999999", 0.5, "solid");
    pb_plot_segment(chart, x.low, 0, x.high, 0, "#999999", 0.5, "solid");
    if (low < high)
        pb_plot_segment(chart, low, low, high, high, "#777777", 0.6, "(5,4)");
}

static pb_status draw_risk(pb_figure *figure, const pb_mean_grid *grid)
{
    cloud shown;
    pb_chart chart;
    pb_obstacles *obstacles = NULL;
    pb_status status = make_cloud(grid, &shown);
    if (status == PB_STATUS_OK)
        status = PB_NEW(obstacles, 1);
    if (status == PB_STATUS_OK) {
        pb_panel panel = make_panel(&shown);
        say(figure, grid, &shown);
        pb_chart_open(&chart, figure);
        panel.top = 5.4;
        pb_panel_open(&chart, &panel, "clean penalty (points)", "benefit (points)");
        pb_chart_legend(&chart, panel.left, PB_FIGURE_COLUMN_MM, 2.2, shown.styles, shown.n_benchmarks);
        draw_lines(&chart);
        draw_points(&chart, &shown, obstacles);
        draw_names(&chart, &shown, grid, obstacles);
        pb_panel_close(&chart);
        pb_chart_close(&chart, PB_FIGURE_COLUMN_MM, panel.top + panel.height + 8);
    }
    free_cloud(&shown);
    pb_free(obstacles);
    return status;
}

pb_status pb_figure_of_risk(const pb_shown_rows *view, pb_figure *figure)
{
    const char *methods[2];
    const pb_study_slice slices[] = {pb_shown_rows_slice(view, view->focus.slice.contamination, NULL),
                                     pb_shown_rows_slice(view, 0, NULL)};
    pb_mean_grid grid = {0};
    if (pb_shown_rows_contenders(view, 2, methods))
        PB_TRY(pb_mean_grid_new(view, methods, 2, slices, 2, false, &grid));
    bool is_complete = grid.n > 0;
    for (int64_t c = 0; is_complete && c < 4; c++)
        is_complete = grid.cell[c].n > 0;
    pb_status status = PB_STATUS_OK;
    if (is_complete)
        status = draw_risk(figure, &grid);
    else
        pb_text_add(&figure->missing, "none and a purification method at contamination 0 and %g",
                    view->focus.slice.contamination);
    pb_mean_grid_free(&grid);
    return status;
}
