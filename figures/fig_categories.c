/* What the main method improves in each category, a bar each, and beside it what others do. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figures/chart.h"
#include "figures/figure_kinds.h"

enum { MAX_OTHERS = 2, WIDEST_MM = 26 };

#define ROW_MM 3.1
#define LOCO_SHADE "#ececec"

typedef struct row {
    const char *dataset;
    double bar, other[MAX_OTHERS]; /* points over none */
    char label[PB_FIGURE_LABEL_BYTES];
} row;

typedef struct bars {
    row *rows; /* best first */
    int64_t n;
    pb_figure_style style[1 + MAX_OTHERS]; /* of the bar, then of the others */
    int64_t n_others;
} bars;

static int compare_rows(const void *a, const void *b)
{
    const row *left = a, *right = b;
    if (left->bar != right->bar)
        return left->bar > right->bar ? -1 : 1;
    return strcmp(left->dataset, right->dataset);
}

/* methods: none, the main one, others. */
static pb_status make_bars(const pb_mean_grid *grid, bars *out)
{
    *out = (bars){.n = grid->n, .n_others = grid->n_methods - 2};
    PB_TRY(PB_NEW(out->rows, grid->n));
    for (int64_t d = 0; d < grid->n; d++) {
        out->rows[d].dataset = grid->datasets[d];
        pb_label_category(grid->datasets, grid->n, d, WIDEST_MM, out->rows[d].label);
        out->rows[d].bar = pb_mean_grid_gain(grid, 1, 0, d);
        for (int64_t o = 0; o < out->n_others; o++)
            out->rows[d].other[o] = pb_mean_grid_gain(grid, 2 + o, 0, d);
    }
    for (int64_t m = 1; m < grid->n_methods; m++)
        out->style[m - 1] = pb_figure_style_of(grid->methods[m]);
    qsort(out->rows, (size_t)out->n, sizeof *out->rows, compare_rows);
    return PB_STATUS_OK;
}

/* Results may lack a method, which then is not drawn. */
static bool occurs(const bars *shown, int64_t other)
{
    for (int64_t i = 0; i < shown->n; i++)
        if (isfinite(shown->rows[i].other[other]))
            return true;
    return false;
}

static pb_panel make_panel(const bars *shown, double top)
{
    double low = 0, high = 0, widest = 0;
    for (int64_t i = 0; i < shown->n; i++) {
        low = fmin(low, shown->rows[i].bar);
        high = fmax(high, shown->rows[i].bar);
        for (int64_t o = 0; o < shown->n_others; o++)
            if (isfinite(shown->rows[i].other[o])) {
                low = fmin(low, shown->rows[i].other[o]);
                high = fmax(high, shown->rows[i].other[o]);
            }
        widest = fmax(widest, pb_text_width(shown->rows[i].label, PB_FIGURE_FONT_PT, false));
    }
    pb_panel panel = {.left = widest + 2.5, .top = top, .height = fmax(8, ROW_MM * (double)shown->n)};
    panel.width = PB_FIGURE_COLUMN_MM - panel.left - 3;
    panel.x = pb_chart_axis_round(low, high, 7);
    panel.y = (pb_chart_axis){.low = (double)shown->n + 0.5, .high = 0.5}; /* the first row on top */
    return panel;
}

static void draw_rows(pb_chart *chart, const bars *shown)
{
    const pb_chart_axis *x = &chart->panel.x;
    char inside[8];
    pb_color_lighten(shown->style[0].color, inside);
    for (int64_t i = 0; i < shown->n; i++) {
        const double y = (double)(i + 1);
        if (pb_study_is_loco(shown->rows[i].dataset))
            pb_plot_box(chart, x->low, y - 0.5, x->high, y + 0.5, LOCO_SHADE, "");
    }
    for (int t = 0; t < x->n_ticks; t++) /* gnuplot's own lie below the shades */
        pb_plot_segment(chart, x->tick[t], 0.5, x->tick[t], (double)shown->n + 0.5,
                        x->tick[t] == 0 ? "#666666" : "#dddddd", 0.4, "solid");
    for (int64_t i = 0; i < shown->n; i++) {
        const double y = (double)(i + 1);
        pb_plot_box(chart, 0, y - 0.33, shown->rows[i].bar, y + 0.33, inside, shown->style[0].color);
        pb_chart_text(chart, chart->panel.left - 1.2, pb_panel_y(chart, y), PB_TEXT_RIGHT, PB_FIGURE_FONT_PT,
                      shown->rows[i].label);
    }
}

static void draw_others(pb_chart *chart, const bars *shown)
{
    for (int64_t o = 0; o < shown->n_others; o++)
        for (int64_t i = 0; i < shown->n; i++) {
            const double y = (double)(i + 1);
            pb_plot_points(chart, (pb_chart_points){&shown->rows[i].other[o], &y, 1}, &shown->style[1 + o], 0.6);
        }
}

static bool has_loco(const bars *shown)
{
    for (int64_t i = 0; i < shown->n; i++)
        if (pb_study_is_loco(shown->rows[i].dataset))
            return true;
    return false;
}

static void say(pb_figure *figure, const pb_mean_grid *grid, const bars *shown)
{
    int64_t n_better = 0;
    for (int64_t i = 0; i < shown->n; i++)
        n_better += shown->rows[i].bar > 0;
    pb_text_add(&figure->title, "Improvement by category");
    pb_text_add(&figure->caption,
                "Image AUROC over that of none with %g %% of the references contaminated, in percentage points; bars: "
                "%s, sorted by it, better in %lld of %lld. ",
                100 * grid->view->focus.slice.contamination, shown->style[0].label, (long long)n_better,
                (long long)shown->n);
    if (has_loco(shown))
        pb_text_add(&figure->caption, "Shaded: categories of MVTec LOCO, whose anomalies are logical. ");
    pb_caption_rows(&figure->caption, grid, 0, false);
}

static pb_status draw_categories(pb_figure *figure, const pb_mean_grid *grid)
{
    bars shown;
    pb_chart chart;
    pb_figure_style square;
    PB_TRY(make_bars(grid, &shown));
    say(figure, grid, &shown);
    pb_chart_open(&chart, figure);
    pb_panel panel = make_panel(&shown, 0);
    pb_figure_style entries[1 + MAX_OTHERS];
    square = shown.style[0];
    square.point = 5; /* the bar */
    entries[0] = square;
    int64_t n_entries = 1;
    for (int64_t o = 0; o < shown.n_others; o++)
        if (occurs(&shown, o))
            entries[n_entries++] = shown.style[1 + o];
    pb_panel_open_rows(&chart, &panel, "AUROC over none (points)"); /* twice: its place follows from the legend */
    panel.top = pb_chart_legend(&chart, 2, PB_FIGURE_COLUMN_MM, 2.2, entries, n_entries) + 0.2;
    pb_text_free(&figure->script);
    pb_panel_open_rows(&chart, &panel, "AUROC over none (points)");
    pb_chart_legend(&chart, 2, PB_FIGURE_COLUMN_MM, 2.2, entries, n_entries);
    draw_rows(&chart, &shown);
    draw_others(&chart, &shown);
    pb_panel_close(&chart);
    pb_chart_close(&chart, PB_FIGURE_COLUMN_MM, panel.top + panel.height + 8);
    pb_free(shown.rows);
    return PB_STATUS_OK;
}

pb_status pb_figure_of_categories(const pb_shown_rows *view, pb_figure *figure)
{
    const char *methods[2 + MAX_OTHERS];
    pb_mean_grid grid = {0};
    const int64_t n = pb_shown_rows_contenders(view, 2 + MAX_OTHERS, methods);
    const pb_study_slice slice = pb_shown_rows_slice(view, view->focus.slice.contamination, NULL);
    if (n)
        PB_TRY(pb_mean_grid_new(view, methods, n, &slice, 1, false, &grid));
    pb_status status = PB_STATUS_OK;
    if (grid.n > 0 && pb_mean_grid_cell(&grid, 0, 0)->n && pb_mean_grid_cell(&grid, 1, 0)->n)
        status = draw_categories(figure, &grid);
    else
        pb_text_add(&figure->missing, "none and a purification method at contamination %g",
                    view->focus.slice.contamination);
    pb_mean_grid_free(&grid);
    return status;
}
