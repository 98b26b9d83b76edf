/* A chart for gnuplot, laid out by us: panels and texts have places in millimetres from the top left corner of the figure, so
 * that nothing depends on how a terminal guesses margins. */
#ifndef PB_CLI_FIGURES_CHART_H
#define PB_CLI_FIGURES_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "figures/figure.h"
#include "figures/style.h"

enum { CLI_MAX_TICKS = 24 };

typedef struct cli_axis {
    double low, high;
    double tick[CLI_MAX_TICKS];
    int n_ticks;
    int decimals; /* of the ticks' labels */
} cli_axis;

typedef struct cli_panel {
    double left, top, width, height;
    cli_axis x, y;
} cli_panel;

typedef struct cli_chart {
    cli_figure *figure;
    cli_panel panel;
    cli_text plots; /* of the open panel, for its plot command */
    int n_blocks;   /* of data, in the whole figure */
} cli_chart;

/* Points of a series; what is NaN is left out. */
typedef struct cli_points {
    const double *x, *y;
    int64_t n;
} cli_points;

/* Round ticks about `wanted` in number, and limits at the data with some air. low <= high, finite. */
cli_axis cli_axis_round(double low, double high, int wanted);
/* Ticks at the n given values, limits a little beyond. */
cli_axis cli_axis_at(const double *values, int64_t n);
/* mm that the widest label of the ticks takes. */
double cli_axis_label_width(const cli_axis *axis);
/* "-1.5" with a true minus */
void cli_number(char *text, size_t size, double value, int decimals);

void cli_chart_open(cli_chart *chart, cli_figure *figure);
/* Sets the figure's size and ends it. */
void cli_chart_close(cli_chart *chart, double width, double height);

/* Axes with light lines at the ticks of y; titles may be NULL. */
void cli_panel_open(cli_chart *chart, const cli_panel *panel, const char *x_title, const char *y_title);
/* The labels of y are the caller's: no numbers there, and the lines are at the ticks of x. */
void cli_panel_open_rows(cli_chart *chart, const cli_panel *panel, const char *x_title);
void cli_panel_close(cli_chart *chart);
/* A panel's name above its top left corner. */
void cli_panel_title(cli_chart *chart, const char *title);
/* Where a value of the open panel lies, mm. */
double cli_panel_x(const cli_chart *chart, double x);
double cli_panel_y(const cli_chart *chart, double y);

/* In the open panel, in the order of the calls, each over those before. */
void cli_plot_line(cli_chart *chart, cli_points points, const cli_style *style);
void cli_plot_points(cli_chart *chart, cli_points points, const cli_style *style, double size);
void cli_plot_band(cli_chart *chart, const double *x, const double *low, const double *high, int64_t n,
                   const char *color);
/* A filled rectangle with a border of `border` ("" = none). */
void cli_plot_box(cli_chart *chart, double x0, double y0, double x1, double y1, const char *fill, const char *border);
void cli_plot_segment(cli_chart *chart, double x0, double y0, double x1, double y1, const char *color, double width,
                      const char *dash);

/* On the figure, mm. */
void cli_chart_text(cli_chart *chart, double x, double y, cli_align align, double points, const char *text);
void cli_chart_marker(cli_chart *chart, double x, double y, const cli_style *style, double size);

/* Names at the right of the open panel, level with the ends of their lines or as near as there is room. */
typedef struct cli_end_label {
    double x, y; /* the line's end, in the panel's units */
    cli_style style;
} cli_end_label;

enum { CLI_MAX_END_LABELS = 64 };

void cli_chart_end_labels(cli_chart *chart, const cli_end_label *labels, int64_t n);
/* mm right of a panel that they take. */
double cli_end_labels_width(const cli_end_label *labels, int64_t n);

/* What names inside a panel must not cover, as points in mm. Start zeroed. */
enum { CLI_MAX_OBSTACLES = 8192 };

typedef struct cli_obstacles {
    double x[CLI_MAX_OBSTACLES], y[CLI_MAX_OBSTACLES];
    int64_t n;
} cli_obstacles;

/* Both ends and what lies between, in the open panel's units. */
void cli_obstacles_add(cli_obstacles *obstacles, const cli_chart *chart, double x0, double y0, double x1, double y1);
/* A small text beside a point of the open panel, where it covers least, and then an obstacle itself. Unless `must`, only where
 * it covers nothing. */
void cli_chart_name(cli_chart *chart, cli_obstacles *obstacles, double x, double y, bool must, const char *text);

/* Marker and name of each style in rows between left and right, the first at y mm; returns the mm below the last. */
double cli_chart_legend(cli_chart *chart, double left, double right, double y, const cli_style *styles, int64_t n);

#endif
