/* What the main method improves in each category, a bar each, and beside it what others do. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "figures/chart.h"
#include "figures/kinds.h"

enum { MAX_OTHERS = 2, WIDEST_MM = 26 };

#define ROW_MM 3.1
#define LOCO_SHADE "#ececec"

typedef struct row {
    const char *dataset;
    double bar, other[MAX_OTHERS]; /* points over none */
    char label[CLI_LABEL_BYTES];
} row;

typedef struct bars {
    row *rows; /* best first */
    int64_t n;
    cli_style style[1 + MAX_OTHERS]; /* of the bar, then of the others */
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
static pb_status make_bars(const cli_grid *grid, bars *out)
{
    *out = (bars){.n = grid->n, .n_others = grid->n_methods - 2};
    PB_TRY(PB_NEW(out->rows, grid->n));
    for (int64_t d = 0; d < grid->n; d++) {
        const double none = cli_grid_value(grid, 0, 0, d);
        out->rows[d].dataset = grid->datasets[d];
        cli_category_label(grid->datasets, grid->n, d, WIDEST_MM, out->rows[d].label);
        out->rows[d].bar = 100 * (cli_grid_value(grid, 1, 0, d) - none);
        for (int64_t o = 0; o < out->n_others; o++)
            out->rows[d].other[o] = 100 * (cli_grid_value(grid, 2 + o, 0, d) - none);
    }
    for (int64_t m = 1; m < grid->n_methods; m++)
        out->style[m - 1] = cli_style_of(grid->methods[m]);
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

static cli_panel make_panel(const bars *shown, double top)
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
        widest = fmax(widest, cli_text_width(shown->rows[i].label, CLI_FONT_PT, false));
    }
    cli_panel panel = {.left = widest + 2.5, .top = top, .height = fmax(8, ROW_MM * (double)shown->n)};
    panel.width = CLI_COLUMN_MM - panel.left - 3;
    panel.x = cli_axis_round(low, high, 7);
    panel.y = (cli_axis){.low = (double)shown->n + 0.5, .high = 0.5}; /* the first row on top */
    return panel;
}

static void draw_rows(cli_chart *chart, const bars *shown)
{
    const cli_axis *x = &chart->panel.x;
    char inside[8];
    cli_lighten(shown->style[0].color, inside);
    for (int64_t i = 0; i < shown->n; i++) {
        const double y = (double)(i + 1);
        if (pb_study_is_loco(shown->rows[i].dataset))
            cli_plot_box(chart, x->low, y - 0.5, x->high, y + 0.5, LOCO_SHADE, "");
    }
    for (int t = 0; t < x->n_ticks; t++) /* gnuplot's own lie below the shades */
        cli_plot_segment(chart, x->tick[t], 0.5, x->tick[t], (double)shown->n + 0.5,
                         x->tick[t] == 0 ? "#666666" : "#dddddd", 0.4, "solid");
    for (int64_t i = 0; i < shown->n; i++) {
        const double y = (double)(i + 1);
        cli_plot_box(chart, 0, y - 0.33, shown->rows[i].bar, y + 0.33, inside, shown->style[0].color);
        cli_chart_text(chart, chart->panel.left - 1.2, cli_panel_y(chart, y), CLI_RIGHT, CLI_FONT_PT,
                       shown->rows[i].label);
    }
}

static void draw_others(cli_chart *chart, const bars *shown)
{
    for (int64_t o = 0; o < shown->n_others; o++)
        for (int64_t i = 0; i < shown->n; i++) {
            const double y = (double)(i + 1);
            cli_plot_points(chart, (cli_points){&shown->rows[i].other[o], &y, 1}, &shown->style[1 + o], 0.6);
        }
}

static bool has_loco(const bars *shown)
{
    for (int64_t i = 0; i < shown->n; i++)
        if (pb_study_is_loco(shown->rows[i].dataset))
            return true;
    return false;
}

static void say(cli_figure *figure, const cli_grid *grid, const bars *shown)
{
    int64_t n_better = 0;
    for (int64_t i = 0; i < shown->n; i++)
        n_better += shown->rows[i].bar > 0;
    cli_text_add(&figure->title, "Improvement by category");
    cli_text_add(&figure->caption,
                 "Image AUROC over that of none with %g %% of the references contaminated, in percentage points; bars: "
                 "%s, sorted by it, better in %lld of %lld. ",
                 100 * grid->view->contamination, shown->style[0].label, (long long)n_better, (long long)shown->n);
    if (has_loco(shown))
        cli_text_add(&figure->caption, "Shaded: categories of MVTec LOCO, whose anomalies are logical. ");
    cli_caption_rows(&figure->caption, grid, 0, false);
}

static pb_status draw(cli_figure *figure, const cli_grid *grid)
{
    bars shown;
    cli_chart chart;
    cli_style square;
    PB_TRY(make_bars(grid, &shown));
    say(figure, grid, &shown);
    cli_chart_open(&chart, figure);
    cli_panel panel = make_panel(&shown, 0);
    cli_style entries[1 + MAX_OTHERS];
    square = shown.style[0];
    square.point = 5; /* the bar */
    entries[0] = square;
    int64_t n_entries = 1;
    for (int64_t o = 0; o < shown.n_others; o++)
        if (occurs(&shown, o))
            entries[n_entries++] = shown.style[1 + o];
    cli_panel_open_rows(&chart, &panel, "AUROC over none (points)"); /* twice: its place follows from the legend */
    panel.top = cli_chart_legend(&chart, 2, CLI_COLUMN_MM, 2.2, entries, n_entries) + 0.2;
    cli_text_free(&figure->script);
    cli_panel_open_rows(&chart, &panel, "AUROC over none (points)");
    cli_chart_legend(&chart, 2, CLI_COLUMN_MM, 2.2, entries, n_entries);
    draw_rows(&chart, &shown);
    draw_others(&chart, &shown);
    cli_panel_close(&chart);
    cli_chart_close(&chart, CLI_COLUMN_MM, panel.top + panel.height + 8);
    pb_free(shown.rows);
    return PB_STATUS_OK;
}

pb_status cli_draw_categories(const cli_view *view, cli_figure *figure)
{
    const char *methods[2 + MAX_OTHERS];
    cli_grid grid = {0};
    const int64_t n = cli_view_contenders(view, 2 + MAX_OTHERS, methods);
    const pb_study_slice slice = cli_view_slice(view, view->contamination, NULL);
    if (n)
        PB_TRY(cli_grid_new(view, methods, n, &slice, 1, false, &grid));
    pb_status status = PB_STATUS_OK;
    if (grid.n > 0 && cli_grid_cell(&grid, 0, 0)->n && cli_grid_cell(&grid, 1, 0)->n)
        status = draw(figure, &grid);
    else
        cli_text_add(&figure->missing, "none and a purification method at contamination %g", view->contamination);
    cli_grid_free(&grid);
    return status;
}
