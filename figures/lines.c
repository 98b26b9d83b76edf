#include "figures/lines.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

pb_status pb_lines_check(int64_t n, const char *what)
{
    if (n <= PB_LINES_MAX_POINTS)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_LIMIT, "a line of a figure has at most %d points, and the results have %lld %s",
                   PB_LINES_MAX_POINTS, (long long)n, what);
}

/* Of many methods the bands would cover each other, and they tell little apart, as all share their seeds' references: none and
 * the main method have one. */
static bool has_band(const pb_lines *lines, int64_t method)
{
    enum { FEW = 3 };
    const char *name = lines->grid->methods[method], *first = pb_shown_rows_main_method(lines->grid->view);
    return lines->grid->n_methods <= FEW || strcmp(name, PB_METHOD_NONE) == 0 || (first && strcmp(name, first) == 0);
}

/* Middle and half width of the band, NaN without one; false where there is nothing. */
static bool get_point(const pb_lines *lines, int64_t method, int64_t i, double *y, double *half)
{
    const pb_mean_grid *grid = lines->grid;
    const pb_study_summary *cell = pb_mean_grid_cell(grid, method, lines->first_slice + i);
    *y = *half = (double)NAN;
    if (cell->n == 0)
        return false;
    *y = 100 * cell->mean;
    if (lines->gain) {
        const int64_t none = pb_mean_grid_find(grid, PB_METHOD_NONE);
        if (none < 0 || pb_mean_grid_cell(grid, none, lines->first_slice + i)->n == 0)
            return false;
        *y = pb_mean_grid_gain(grid, method, lines->first_slice + i, PB_ALL_DATASETS);
    } else if (has_band(lines, method))
        *half = 100 * cell->sd_seeds;
    return true;
}

void pb_lines_range(const pb_lines *lines, double *low, double *high)
{
    for (int64_t m = 0; m < lines->grid->n_methods; m++)
        for (int64_t i = 0; i < lines->n; i++) {
            double y, half;
            if (!get_point(lines, m, i, &y, &half))
                continue;
            half = isfinite(half) ? half : 0;
            *low = fmin(*low, y - half);
            *high = fmax(*high, y + half);
        }
}

static int64_t count_bands(const pb_lines *lines)
{
    int64_t n = 0;
    for (int64_t m = 0; m < lines->grid->n_methods; m++) {
        bool found = false;
        for (int64_t i = 0; i < lines->n && !found; i++) {
            double y, half;
            found = get_point(lines, m, i, &y, &half) && isfinite(half);
        }
        n += found;
    }
    return n;
}

void pb_lines_say_bands(const pb_lines *lines, pb_text *caption)
{
    const int64_t n = count_bands(lines);
    const char *first = pb_shown_rows_main_method(lines->grid->view);
    if (n == 0) {
        pb_text_add(caption, " One seed: no bands.");
        return;
    }
    pb_text_add(caption, " Bands");
    if (n < lines->grid->n_methods && first)
        pb_text_add(caption, ", of none and %s alone", pb_figure_style_of(first).label);
    pb_text_add(caption, ": mean over categories \u00b1 1 standard deviation over seeds.");
}

/* The last point of each line. */
static int64_t collect_ends(const pb_lines *lines, pb_end_label *labels)
{
    int64_t n = 0;
    for (int64_t m = 0; m < lines->grid->n_methods && n < PB_CHART_MAX_END_LABELS; m++) {
        bool found = false;
        for (int64_t i = 0; i < lines->n; i++) {
            double y, half;
            if (!get_point(lines, m, i, &y, &half))
                continue;
            labels[n] = (pb_end_label){lines->x[i], y, pb_figure_style_of(lines->grid->methods[m])};
            found = true;
        }
        n += found;
    }
    return n;
}

double pb_lines_label_width(const pb_lines *lines)
{
    pb_end_label labels[PB_CHART_MAX_END_LABELS];
    return pb_end_labels_width(labels, collect_ends(lines, labels));
}

double pb_lines_height(const pb_lines *lines, double least)
{
    pb_end_label labels[PB_CHART_MAX_END_LABELS];
    return fmax(least, (double)collect_ends(lines, labels) * PB_FIGURE_LINE_MM);
}

static void draw_method(pb_chart *chart, const pb_lines *lines, int64_t m, bool band)
{
    double y[PB_LINES_MAX_POINTS], low[PB_LINES_MAX_POINTS], high[PB_LINES_MAX_POINTS];
    const int64_t n = lines->n;
    const pb_figure_style style = pb_figure_style_of(lines->grid->methods[m]);
    int64_t n_bands = 0;
    for (int64_t i = 0; i < n; i++) {
        double half;
        get_point(lines, m, i, &y[i], &half);
        low[i] = y[i] - half;
        high[i] = y[i] + half;
        n_bands += isfinite(half);
    }
    if (band && n_bands > 1)
        pb_plot_band(chart, lines->x, low, high, n, style.color);
    else if (!band)
        pb_plot_line(chart, (pb_chart_points){lines->x, y, n}, &style);
}

void pb_lines_draw(pb_chart *chart, const pb_lines *lines, const pb_panel *panel)
{
    pb_end_label labels[PB_CHART_MAX_END_LABELS];
    pb_panel drawn = *panel;
    drawn.x = pb_chart_axis_at(lines->x, lines->n);
    pb_panel_open(chart, &drawn, lines->x_title, lines->gain ? "AUROC over none (points)" : "AUROC (%)");
    if (lines->title)
        pb_panel_title(chart, lines->title);
    if (isfinite(lines->clean))
        pb_plot_segment(chart, drawn.x.low, lines->clean, drawn.x.high, lines->clean, "#777777", 0.6, "(2,3)");
    for (int64_t m = 0; m < lines->grid->n_methods; m++)
        draw_method(chart, lines, m, true);
    for (int64_t m = lines->grid->n_methods - 1; m >= 0; m--) /* the first methods on top */
        draw_method(chart, lines, m, false);
    pb_chart_end_labels(chart, labels, collect_ends(lines, labels));
    pb_panel_close(chart);
}

static pb_chart_axis get_axis(const pb_lines *lines, int n)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (int i = 0; i < n; i++)
        pb_lines_range(&lines[i], &low, &high);
    for (int i = 0; i < n; i++)
        if (isfinite(lines[i].clean)) {
            low = fmin(low, lines[i].clean);
            high = fmax(high, lines[i].clean);
        }
    return pb_chart_axis_round(low, high, 5);
}

void pb_lines_stack(pb_figure *figure, const pb_lines *lines, int n, bool same_y)
{
    enum { PLOT_MM = 36, AXIS_MM = 8 };
    double left = 0, right = 0, top = 1;
    pb_chart chart;
    for (int i = 0; i < n; i++) {
        const pb_chart_axis axis = get_axis(same_y ? lines : &lines[i], same_y ? n : 1);
        left = fmax(left, 5.8 + pb_chart_axis_label_width(&axis));
        right = fmax(right, pb_lines_label_width(&lines[i]));
    }
    pb_chart_open(&chart, figure);
    for (int i = 0; i < n; i++) {
        const double title = lines[i].title ? 4.6 : 1;
        const pb_panel panel = {.left = left,
                                .top = top + title,
                                .width = PB_FIGURE_COLUMN_MM - left - right,
                                .height = pb_lines_height(&lines[i], PLOT_MM),
                                .y = get_axis(same_y ? lines : &lines[i], same_y ? n : 1)};
        pb_lines_draw(&chart, &lines[i], &panel);
        top = panel.top + panel.height + (lines[i].x_title ? AXIS_MM : AXIS_MM - 3.4);
    }
    pb_chart_close(&chart, PB_FIGURE_COLUMN_MM, top);
}
