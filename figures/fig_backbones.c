/* Several backbones side by side: AUROC, and the share of the damage that each method undoes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "figures/chart.h"
#include "figures/figure_kinds.h"

enum { MAX_BACKBONES = 6 };

#define ROW_MM 4.4

typedef struct comparison {
    int64_t n;                        /* backbones */
    pb_mean_grid grid[MAX_BACKBONES]; /* slices: c, 0 */
    pb_figure_style style[MAX_BACKBONES];
    int64_t n_common; /* categories that all have */
    char (*row)[PB_FIGURE_LABEL_BYTES];
    const char **method; /* NULL: clean */
    int64_t n_rows;
} comparison;

static bool has_dataset(const pb_mean_grid *grid, const char *dataset)
{
    for (int64_t d = 0; d < grid->n; d++)
        if (strcmp(grid->datasets[d], dataset) == 0)
            return true;
    return false;
}

static bool is_common(const comparison *shown, const char *dataset)
{
    for (int64_t b = 0; b < shown->n; b++)
        if (!has_dataset(&shown->grid[b], dataset))
            return false;
    return true;
}

/* Mean in percent over the categories that all backbones have; NaN where the method is not there. */
static double get_mean(const comparison *shown, int64_t b, const char *method, int64_t slice)
{
    const pb_mean_grid *grid = &shown->grid[b];
    const int64_t m = pb_mean_grid_find(grid, method);
    double sum = 0;
    for (int64_t d = 0; m >= 0 && d < grid->n; d++)
        if (is_common(shown, grid->datasets[d]))
            sum += pb_mean_grid_value(grid, m, slice, d);
    return m >= 0 && shown->n_common ? 100 * sum / (double)shown->n_common : (double)NAN;
}

static double get_level(const comparison *shown, int64_t b, int64_t row)
{
    return shown->method[row] ? get_mean(shown, b, shown->method[row], 0) : get_mean(shown, b, PB_METHOD_NONE, 1);
}

/* Of the means, as published: that of single cells is wild where there is hardly any damage. */
static double get_recovery(const comparison *shown, int64_t b, int64_t row)
{
    const double dirty = get_mean(shown, b, PB_METHOD_NONE, 0), clean = get_mean(shown, b, PB_METHOD_NONE, 1);
    if (!shown->method[row] || strcmp(shown->method[row], PB_METHOD_NONE) == 0)
        return (double)NAN;
    const double mean = get_mean(shown, b, shown->method[row], 0);
    return 100 * pb_study_recovery(mean / 100, dirty / 100, clean / 100);
}

static void add_row(comparison *shown, const char *method, const char *label)
{
    for (int64_t b = 0, n_there = 0; method && b < shown->n; b++) {
        n_there += isfinite(get_mean(shown, b, method, 0));
        if (b + 1 == shown->n && n_there == 0)
            return;
    }
    pb_label_fit(label, 26, shown->row[shown->n_rows]);
    shown->method[shown->n_rows++] = method;
}

/* clean, the methods of the first backbone that also occur in others, oracle and all. */
static pb_status find_rows(comparison *shown, const pb_shown_rows *first)
{
    PB_TRY(PB_NEW(shown->row, first->focus.n_methods + 1));
    PB_TRY(PB_NEW(shown->method, first->focus.n_methods + 1));
    for (int64_t d = 0; d < shown->grid[0].n; d++)
        shown->n_common += is_common(shown, shown->grid[0].datasets[d]);
    add_row(shown, NULL, "clean references");
    for (int64_t i = 0; i < first->focus.n_methods; i++)
        add_row(shown, first->focus.methods[i], pb_figure_style_of(first->focus.methods[i]).label);
    return PB_STATUS_OK;
}

typedef double get_value(const comparison *shown, int64_t b, int64_t row);

static pb_chart_axis make_axis(const comparison *shown, get_value *get, int wanted)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (int64_t b = 0; b < shown->n; b++)
        for (int64_t r = 0; r < shown->n_rows; r++) {
            const double value = get(shown, b, r);
            if (isfinite(value)) {
                low = fmin(low, value);
                high = fmax(high, value);
            }
        }
    return isfinite(low) ? pb_chart_axis_round(low, high, wanted) : pb_chart_axis_round(0, 100, wanted);
}

static void draw_panel(pb_chart *chart, const comparison *shown, const pb_panel *panel, get_value *get,
                       const char *x_title)
{
    pb_panel_open_rows(chart, panel, x_title);
    for (int64_t r = 0; r < shown->n_rows; r++)
        pb_plot_segment(chart, panel->x.low, (double)(r + 1), panel->x.high, (double)(r + 1), "#eeeeee", 0.5, "solid");
    for (int64_t b = shown->n - 1; b >= 0; b--)
        for (int64_t r = 0; r < shown->n_rows; r++) {
            const double value = get(shown, b, r),
                         shift = fmin(0.36, 0.8 / (double)shown->n) * ((double)b - 0.5 * (double)(shown->n - 1));
            const double y = (double)(r + 1) + shift;
            if (isfinite(value))
                pb_plot_points(chart, (pb_chart_points){&value, &y, 1}, &shown->style[b], 0.7);
        }
}

static void say(pb_figure *figure, const comparison *shown, bool has_recovery)
{
    const pb_shown_rows *view = shown->grid[0].view;
    pb_text_add(&figure->title, "Backbones");
    pb_text_add(&figure->caption,
                "Image AUROC with %g %% of the references contaminated (clean references: none at 0 "
                "%%)",
                100 * view->focus.slice.contamination);
    if (has_recovery)
        pb_text_add(&figure->caption,
                    ", and recovery: the share of none's loss that a method undoes, of the means over categories");
    pb_text_add(&figure->caption, ". %lld %s that all backbones have. ", (long long)shown->n_common,
                shown->n_common == 1 ? "category" : "categories");
    for (int64_t b = 0; b < shown->n; b++) {
        pb_text_add(&figure->caption, "%s%s: ", b ? " " : "", shown->style[b].label);
        pb_caption_rows(&figure->caption, &shown->grid[b], 0, false);
    }
}

static void draw_backbones(pb_figure *figure, const comparison *shown)
{
    pb_chart chart;
    double names = 0;
    bool has_recovery = false;
    for (int64_t r = 0; r < shown->n_rows; r++) {
        names = fmax(names, pb_text_width(shown->row[r], PB_FIGURE_FONT_PT, false));
        for (int64_t b = 0; b < shown->n; b++)
            has_recovery = has_recovery || isfinite(get_recovery(shown, b, r));
    }
    say(figure, shown, has_recovery);
    const double left = names + 3, rest = PB_FIGURE_COLUMN_MM - left - 3;
    pb_panel panel = {
        .left = left, .width = has_recovery ? (rest - 5) / 2 : rest, .height = ROW_MM * (double)shown->n_rows};
    panel.x = make_axis(shown, get_level, has_recovery ? 4 : 7);
    panel.y = (pb_chart_axis){.low = (double)shown->n_rows + 0.5, .high = 0.5};
    pb_chart_open(&chart, figure);
    panel.top = 0;
    pb_panel_open_rows(&chart, &panel, NULL);
    panel.top = pb_chart_legend(&chart, left, PB_FIGURE_COLUMN_MM, 2.2, shown->style, shown->n);
    pb_text_free(&figure->script);
    draw_panel(&chart, shown, &panel, get_level, "AUROC (%)");
    pb_chart_legend(&chart, left, PB_FIGURE_COLUMN_MM, 2.2, shown->style, shown->n);
    for (int64_t r = 0; r < shown->n_rows; r++)
        pb_chart_text(&chart, left - 1.4, pb_panel_y(&chart, (double)(r + 1)), PB_TEXT_RIGHT, PB_FIGURE_FONT_PT,
                      shown->row[r]);
    pb_panel_close(&chart);
    if (has_recovery) {
        panel.left += panel.width + 5;
        panel.x = make_axis(shown, get_recovery, 4);
        draw_panel(&chart, shown, &panel, get_recovery, "recovery (%)");
        pb_panel_close(&chart);
    }
    pb_chart_close(&chart, PB_FIGURE_COLUMN_MM, panel.top + panel.height + 8);
}

/* Views of the detectors that the first backbone's files tell; to be closed whatever is returned. */
static pb_status split_detectors(const pb_shown_rows *first, pb_shown_rows *views, int64_t *n)
{
    for (int64_t i = 0; i < first->contents->n_detectors && *n < MAX_BACKBONES; i++)
        if (*first->contents->detectors[i])
            PB_TRY(pb_shown_rows_of_detector(first, first->contents->detectors[i], &views[(*n)++]));
    return PB_STATUS_OK;
}

static pb_status compare(const pb_shown_rows *views, const char *const *labels, int64_t n, pb_figure *figure)
{
    comparison shown = {0};
    pb_status status = PB_STATUS_OK;
    for (int64_t b = 0; b < n && status == PB_STATUS_OK; b++) {
        const pb_study_slice slices[] = {pb_shown_rows_slice(&views[b], views[0].focus.slice.contamination, NULL),
                                         pb_shown_rows_slice(&views[b], 0, NULL)};
        status = pb_mean_grid_new(&views[b], views[b].focus.methods, views[b].focus.n_methods, slices, 2, false,
                                  &shown.grid[b]);
        shown.style[b] = pb_figure_style_of_backbone(b, labels[b]);
        shown.n++;
    }
    if (status == PB_STATUS_OK)
        status = find_rows(&shown, &views[0]);
    if (status == PB_STATUS_OK && shown.n_common)
        draw_backbones(figure, &shown);
    else if (status == PB_STATUS_OK)
        pb_text_add(&figure->missing, "a category that all backbones have, with rows at contamination 0 and %g",
                    views[0].focus.slice.contamination);
    for (int64_t b = 0; b < shown.n; b++)
        pb_mean_grid_free(&shown.grid[b]);
    pb_free(shown.row);
    pb_free(shown.method);
    return status;
}

static pb_status compare_if_any(const pb_shown_rows *views, const char *const *labels, int64_t n, pb_figure *figure)
{
    if (n >= 2)
        return compare(views, labels, n, figure);
    pb_text_add(&figure->missing, "results of two or more backbones, as NAME=FILE, or files with a column detector");
    return PB_STATUS_OK;
}

static pb_status compare_detectors(const pb_shown_rows *first, pb_figure *figure)
{
    pb_shown_rows views[MAX_BACKBONES];
    const char *labels[MAX_BACKBONES];
    int64_t n = 0;
    pb_status status = split_detectors(first, views, &n);
    for (int64_t b = 0; b < n; b++)
        labels[b] = views[b].focus.slice.detector;
    if (status == PB_STATUS_OK)
        status = compare_if_any(views, labels, n, figure);
    for (int64_t b = 0; b < n; b++)
        pb_shown_rows_close(&views[b]);
    return status;
}

/* Of the request's backbones, or of the detectors of its only one. */
pb_status pb_figure_of_backbones(const pb_shown_rows *view, pb_figure *figure)
{
    const pb_figures_request *request = view->request;
    const char *labels[MAX_BACKBONES];
    if (request->n_backbones == 1)
        return compare_detectors(view, figure);
    const int64_t n = request->n_backbones < MAX_BACKBONES ? request->n_backbones : MAX_BACKBONES;
    for (int64_t b = 0; b < n; b++)
        labels[b] = request->backbones[b].label;
    return compare_if_any(view, labels, n, figure);
}
