/* A chart for gnuplot, laid out by us: panels and texts have places in millimetres from the top left corner of the figure, so
 * that nothing depends on how a terminal guesses margins. */
#ifndef PB_FIGURES_CHART_H
#define PB_FIGURES_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "figures/figure.h"
#include "figures/style.h"

enum { PB_CHART_MAX_TICKS = 24 };

typedef struct pb_chart_axis {
    double low, high;
    double tick[PB_CHART_MAX_TICKS];
    int n_ticks;
    int decimals; /* of the ticks' labels */
} pb_chart_axis;

typedef struct pb_panel {
    double left, top, width, height;
    pb_chart_axis x, y;
} pb_panel;

typedef struct pb_chart {
    pb_figure *figure;
    pb_panel panel;
    pb_text plots; /* of the open panel, for its plot command */
    int n_blocks;  /* of data, in the whole figure */
} pb_chart;

/* Points of a series; what is NaN is left out. */
typedef struct pb_chart_points {
    const double *x, *y;
    int64_t n;
} pb_chart_points;

/* Round ticks about `wanted` in number, and limits at the data with some air. low <= high, finite. */
pb_chart_axis pb_chart_axis_round(double low, double high, int wanted);
/* Ticks at the n given values, limits a little beyond. */
pb_chart_axis pb_chart_axis_at(const double *values, int64_t n);
/* mm that the widest label of the ticks takes. */
double pb_chart_axis_label_width(const pb_chart_axis *axis);
/* "-1.5" with a true minus */
void pb_chart_number(char *text, size_t size, double value, int decimals);

void pb_chart_open(pb_chart *chart, pb_figure *figure);
/* Sets the figure's size and ends it. */
void pb_chart_close(pb_chart *chart, double width, double height);

/* Axes with light lines at the ticks of y; titles may be NULL. */
void pb_panel_open(pb_chart *chart, const pb_panel *panel, const char *x_title, const char *y_title);
/* The labels of y are the caller's: no numbers there, and the lines are at the ticks of x. */
void pb_panel_open_rows(pb_chart *chart, const pb_panel *panel, const char *x_title);
void pb_panel_close(pb_chart *chart);
/* A panel's name above its top left corner. */
void pb_panel_title(pb_chart *chart, const char *title);
/* Where a value of the open panel lies, mm. */
double pb_panel_x(const pb_chart *chart, double x);
double pb_panel_y(const pb_chart *chart, double y);

/* In the open panel, in the order of the calls, each over those before. */
void pb_plot_line(pb_chart *chart, pb_chart_points points, const pb_figure_style *style);
void pb_plot_points(pb_chart *chart, pb_chart_points points, const pb_figure_style *style, double size);
void pb_plot_band(pb_chart *chart, const double *x, const double *low, const double *high, int64_t n,
                  const char *color);
/* A filled rectangle with a border of `border` ("" = none). */
void pb_plot_box(pb_chart *chart, double x0, double y0, double x1, double y1, const char *fill, const char *border);
void pb_plot_segment(pb_chart *chart, double x0, double y0, double x1, double y1, const char *color, double width,
                     const char *dash);

/* On the figure, mm. */
void pb_chart_text(pb_chart *chart, double x, double y, pb_text_align align, double points, const char *text);
void pb_chart_marker(pb_chart *chart, double x, double y, const pb_figure_style *style, double size);

/* Names at the right of the open panel, level with the ends of their lines or as near as there is room. */
typedef struct pb_end_label {
    double x, y; /* the line's end, in the panel's units */
    pb_figure_style style;
} pb_end_label;

enum { PB_CHART_MAX_END_LABELS = 64 };

void pb_chart_end_labels(pb_chart *chart, const pb_end_label *labels, int64_t n);
/* mm right of a panel that they take. */
double pb_end_labels_width(const pb_end_label *labels, int64_t n);

/* What names inside a panel must not cover, as points in mm. Start zeroed. */
enum { PB_CHART_MAX_OBSTACLES = 8192 };

typedef struct pb_obstacles {
    double x[PB_CHART_MAX_OBSTACLES], y[PB_CHART_MAX_OBSTACLES];
    int64_t n;
} pb_obstacles;

/* Both ends and what lies between, in the open panel's units. */
void pb_obstacles_add(pb_obstacles *obstacles, const pb_chart *chart, double x0, double y0, double x1, double y1);
/* A small text beside a point of the open panel, where it covers least, and then an obstacle itself. Unless `must`, only where
 * it covers nothing. */
void pb_chart_name(pb_chart *chart, pb_obstacles *obstacles, double x, double y, bool must, const char *text);

/* Marker and name of each style in rows between left and right, the first at y mm; returns the mm below the last. */
double pb_chart_legend(pb_chart *chart, double left, double right, double y, const pb_figure_style *styles, int64_t n);

#endif
