#include "figures/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/font.h"

#define INK "#222222"
#define GRID "#e4e4e4"

void pb_chart_number(char *text, size_t size, double value, int decimals)
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.*f", decimals, fabs(value));
    const int is_zero = strspn(digits, "0.") == strlen(digits);
    snprintf(text, size, "%s%s", value < 0 && !is_zero ? "\u2212" : "", digits);
}

/* 1, 2 or 5 times a power of ten. */
static double round_step(double step)
{
    const double power = pow(10, floor(log10(step))), factor = step / power;
    return power * (factor <= 1.0 ? 1 : factor <= 2.0 ? 2 : factor <= 5.0 ? 5 : 10);
}

static void set_ticks(pb_chart_axis *axis, double step)
{
    axis->n_ticks = 0;
    axis->decimals = (int)fmax(0, -floor(log10(step) + 1e-9));
    for (double i = ceil(axis->low / step); i * step <= axis->high && axis->n_ticks < PB_CHART_MAX_TICKS; i++)
        axis->tick[axis->n_ticks++] = i * step;
}

pb_chart_axis pb_chart_axis_round(double low, double high, int wanted)
{
    pb_chart_axis axis = {0};
    const double least = 1e-3 * fmax(1, fmax(fabs(low), fabs(high))), middle = (low + high) / 2;
    const double half = fmax(high - low, least) * 0.54;
    axis.low = middle - half;
    axis.high = middle + half;
    for (double n = wanted; axis.n_ticks < 3; n *= 1.3)
        set_ticks(&axis, round_step((axis.high - axis.low) / n));
    return axis;
}

/* As many decimals as the values need, at most 3. */
static int needed_decimals(const double *values, int64_t n)
{
    int decimals = 0;
    for (int64_t i = 0; i < n; i++)
        while (decimals < 3 && fabs(values[i] * pow(10, decimals) - rint(values[i] * pow(10, decimals))) > 1e-6)
            decimals++;
    return decimals;
}

pb_chart_axis pb_chart_axis_at(const double *values, int64_t n)
{
    pb_chart_axis axis = {.decimals = needed_decimals(values, n)};
    for (int64_t i = 0; i < n && axis.n_ticks < PB_CHART_MAX_TICKS; i++)
        axis.tick[axis.n_ticks++] = values[i];
    const double air = n > 1 ? 0.04 * (values[n - 1] - values[0]) : fmax(1, 0.5 * fabs(values[0]));
    axis.low = values[0] - air;
    axis.high = values[n - 1] + air;
    return axis;
}

double pb_chart_axis_label_width(const pb_chart_axis *axis)
{
    double widest = 0;
    for (int i = 0; i < axis->n_ticks; i++) {
        char text[80];
        pb_chart_number(text, sizeof text, axis->tick[i], axis->decimals);
        widest = fmax(widest, pb_text_width(text, PB_FIGURE_FONT_PT, false));
    }
    return widest;
}

/* ---- Places ----
 * The figure's height is known last, and gnuplot measures from the bottom: scripts say HEIGHT, a variable set at the end. */

static void add_place(pb_text *script, double x, double y)
{
    pb_text_add(script, "screen %.4f/WIDTH, screen 1-%.4f/HEIGHT", x, y);
}

double pb_panel_x(const pb_chart *chart, double x)
{
    const pb_panel *panel = &chart->panel;
    return panel->left + panel->width * (x - panel->x.low) / (panel->x.high - panel->x.low);
}

double pb_panel_y(const pb_chart *chart, double y)
{
    const pb_panel *panel = &chart->panel;
    return panel->top + panel->height * (panel->y.high - y) / (panel->y.high - panel->y.low);
}

static void add_text(pb_chart *chart, double x, double y, pb_text_align align, double points, const char *more,
                     const char *text)
{
    static const char *const names[] = {"left", "center", "right"};
    pb_text *script = &chart->figure->script;
    pb_text_add(script, "set label ");
    pb_text_add_quoted(script, text);
    pb_text_add(script, " at ");
    add_place(script, x, y);
    pb_text_add(script, " %s font '" PB_FIGURE_FONT "%s,%g' tc rgb '" INK "' noenhanced front\n", names[align], more,
                points);
}

void pb_chart_text(pb_chart *chart, double x, double y, pb_text_align align, double points, const char *text)
{
    add_text(chart, x, y, align, points, "", text);
}

void pb_chart_marker(pb_chart *chart, double x, double y, const pb_figure_style *style, double size)
{
    pb_text *script = &chart->figure->script;
    pb_text_add(script, "set label '' at ");
    add_place(script, x, y);
    pb_text_add(script, " point pt %d ps %.3f*PS lw 0.7 lc rgb '%s' front\n", style->point, size, style->color);
}

/* ---- Figure and panels ---- */

void pb_chart_open(pb_chart *chart, pb_figure *figure)
{
    *chart = (pb_chart){.figure = figure};
}

void pb_chart_close(pb_chart *chart, double width, double height)
{
    pb_figure *figure = chart->figure;
    pb_text body = figure->script;
    figure->script = (pb_text){.status = body.status};
    figure->width = width;
    figure->height = height;
    pb_text_add(&figure->script, "WIDTH = %.4f\nHEIGHT = %.4f\nset multiplot\nunset key\n", width, height);
    pb_text_add_bytes(&figure->script, pb_text_get(&body), body.size);
    pb_text_add(&figure->script, "unset multiplot\n");
    pb_text_free(&body);
}

static void add_ticks(pb_text *script, const char *axis, const pb_chart_axis *ticks)
{
    if (ticks->n_ticks == 0) {
        pb_text_add(script, "unset %stics\n", axis);
        return;
    }
    pb_text_add(script, "set %stics nomirror out scale 0.35,0.35 (", axis);
    for (int i = 0; i < ticks->n_ticks; i++)
        pb_text_add(script, "%s'' %.10g", i ? ", " : "", ticks->tick[i]);
    pb_text_add(script, ")\n");
}

/* Numbers at the ends stand for sure, between them those that do not touch what stands. */
static void add_x_numbers(pb_chart *chart, double y)
{
    const pb_chart_axis *axis = &chart->panel.x;
    const double gap = 1;
    double last_right = -1, end_left = 1e9;
    for (int i = 0; i < axis->n_ticks; i++) {
        char text[80];
        const int k = i == 0 ? axis->n_ticks - 1 : i - 1; /* the last one first */
        pb_chart_number(text, sizeof text, axis->tick[k], axis->decimals);
        const double x = pb_panel_x(chart, axis->tick[k]), half = pb_text_width(text, PB_FIGURE_FONT_PT, false) / 2;
        if (i > 0 && (x - half < last_right + gap || x + half > end_left - gap))
            continue;
        if (i == 0)
            end_left = x - half;
        else
            last_right = x + half;
        pb_chart_text(chart, x, y, PB_TEXT_CENTER, PB_FIGURE_FONT_PT, text);
    }
}

static void add_y_numbers(pb_chart *chart)
{
    const pb_chart_axis *axis = &chart->panel.y;
    for (int i = 0; i < axis->n_ticks; i++) {
        char text[80];
        pb_chart_number(text, sizeof text, axis->tick[i], axis->decimals);
        pb_chart_text(chart, chart->panel.left - 1.4, pb_panel_y(chart, axis->tick[i]), PB_TEXT_RIGHT,
                      PB_FIGURE_FONT_PT, text);
    }
}

static void open_axes(pb_chart *chart, const pb_panel *panel)
{
    pb_text *script = &chart->figure->script;
    chart->panel = *panel;
    pb_text_add(script,
                "unset label\nunset arrow\nset lmargin at screen %.4f/WIDTH\nset rmargin at screen %.4f/WIDTH\n",
                panel->left, panel->left + panel->width);
    pb_text_add(script, "set tmargin at screen 1-%.4f/HEIGHT\nset bmargin at screen 1-%.4f/HEIGHT\n", panel->top,
                panel->top + panel->height);
    pb_text_add(script, "set xrange [%.10g:%.10g]\nset yrange [%.10g:%.10g]\n", panel->x.low, panel->x.high,
                panel->y.low, panel->y.high);
    add_ticks(script, "x", &panel->x);
    add_ticks(script, "y", &panel->y);
}

static void add_x_axis(pb_chart *chart, const char *title)
{
    const pb_panel *panel = &chart->panel;
    const double bottom = panel->top + panel->height;
    add_x_numbers(chart, bottom + 2.6);
    if (title)
        pb_chart_text(chart, panel->left + panel->width / 2, bottom + 6.0, PB_TEXT_CENTER, PB_FIGURE_FONT_PT, title);
}

void pb_panel_open(pb_chart *chart, const pb_panel *panel, const char *x_title, const char *y_title)
{
    pb_text *script = &chart->figure->script;
    open_axes(chart, panel);
    pb_text_add(script, "set border 3 lw 0.5 lc rgb '" INK
                        "'\nunset grid\nset grid ytics back lt 1 lw 0.35 lc rgb '" GRID "'\n");
    add_x_axis(chart, x_title);
    add_y_numbers(chart);
    if (y_title) {
        pb_text_add(script, "set label ");
        pb_text_add_quoted(script, y_title);
        pb_text_add(script, " at ");
        add_place(script, panel->left - pb_chart_axis_label_width(&panel->y) - 3.4, panel->top + panel->height / 2);
        pb_text_add(script, " center rotate by 90 font '" PB_FIGURE_FONT ",%g' tc rgb '" INK "' noenhanced front\n",
                    PB_FIGURE_FONT_PT);
    }
}

void pb_panel_open_rows(pb_chart *chart, const pb_panel *panel, const char *x_title)
{
    open_axes(chart, panel);
    pb_text_add(&chart->figure->script, "unset ytics\nset border 1 lw 0.5 lc rgb '" INK
                                        "'\nunset grid\nset grid xtics back lt 1 lw 0.35 lc rgb '" GRID "'\n");
    add_x_axis(chart, x_title);
}

void pb_panel_title(pb_chart *chart, const char *title)
{
    add_text(chart, chart->panel.left, chart->panel.top - 2.4, PB_TEXT_LEFT, PB_FIGURE_TITLE_PT, ":Bold", title);
}

/* A plot command needs something to plot: an empty panel still shows its axes. */
void pb_panel_close(pb_chart *chart)
{
    pb_text *script = &chart->figure->script;
    pb_text_add(script, "plot %s\n", chart->plots.size ? pb_text_get(&chart->plots) : "NaN notitle");
    if (chart->plots.status != PB_STATUS_OK)
        script->status = chart->plots.status;
    pb_text_free(&chart->plots);
}

/* ---- What stands in panels ---- */

/* Opens a block of data and its part of the plot command; the caller adds how it is drawn. */
static pb_text *open_block(pb_chart *chart)
{
    chart->n_blocks++;
    pb_text_add(&chart->figure->script, "$d%d << EOD\n", chart->n_blocks);
    pb_text_add(&chart->plots, "%s$d%d ", chart->plots.size ? ", " : "", chart->n_blocks);
    return &chart->figure->script;
}

static int64_t add_points(pb_chart *chart, pb_chart_points points)
{
    int64_t n = 0;
    pb_text *script = open_block(chart);
    for (int64_t i = 0; i < points.n; i++)
        if (isfinite(points.x[i]) && isfinite(points.y[i])) {
            pb_text_add(script, "%.8g %.8g\n", points.x[i], points.y[i]);
            n++;
        }
    if (n == 0)
        pb_text_add(script, "NaN NaN\n");
    pb_text_add(script, "EOD\n");
    return n;
}

static void plot_line_only(pb_chart *chart, pb_chart_points points, const char *color, double width, const char *dash)
{
    add_points(chart, points);
    pb_text_add(&chart->plots, "using 1:2 with lines lc rgb '%s' lw %.3f dt %s notitle", color, width, dash);
}

void pb_plot_points(pb_chart *chart, pb_chart_points points, const pb_figure_style *style, double size)
{
    add_points(chart, points);
    pb_text_add(&chart->plots, "using 1:2 with points lc rgb '%s' pt %d ps %.3f*PS lw 0.7 notitle", style->color,
                style->point, size);
}

void pb_plot_line(pb_chart *chart, pb_chart_points points, const pb_figure_style *style)
{
    plot_line_only(chart, points, style->color, style->width, style->dash);
    pb_plot_points(chart, points, style, 0.55);
}

void pb_plot_band(pb_chart *chart, const double *x, const double *low, const double *high, int64_t n, const char *color)
{
    int64_t n_drawn = 0;
    pb_text *script = open_block(chart);
    for (int64_t i = 0; i < n; i++)
        if (isfinite(low[i]) && isfinite(high[i])) {
            pb_text_add(script, "%.8g %.8g %.8g\n", x[i], low[i], high[i]);
            n_drawn++;
        }
    if (n_drawn == 0)
        pb_text_add(script, "NaN NaN NaN\n");
    pb_text_add(script, "EOD\n");
    pb_text_add(&chart->plots, "using 1:2:3 with filledcurves fc rgb '%s' fs transparent solid 0.16 noborder notitle",
                color);
}

void pb_plot_box(pb_chart *chart, double x0, double y0, double x1, double y1, const char *fill, const char *border)
{
    pb_text *script = open_block(chart);
    pb_text_add(script, "%.8g %.8g %.8g %.8g %.8g %.8g\nEOD\n", (x0 + x1) / 2, (y0 + y1) / 2, fmin(x0, x1),
                fmax(x0, x1), fmin(y0, y1), fmax(y0, y1));
    pb_text_add(&chart->plots, "using 1:2:3:4:5:6 with boxxyerror fs solid 1.0 %s%s%s fc rgb '%s' lw 0.6 notitle",
                *border ? "border lc rgb '" : "noborder", border, *border ? "'" : "", fill);
}

void pb_plot_segment(pb_chart *chart, double x0, double y0, double x1, double y1, const char *color, double width,
                     const char *dash)
{
    const double x[] = {x0, x1}, y[] = {y0, y1};
    plot_line_only(chart, (pb_chart_points){x, y, 2}, color, width, dash);
}
