/* Panels of lines: methods over a quantity, with bands of a standard deviation and names at the lines' ends. */
#ifndef PB_FIGURES_LINES_H
#define PB_FIGURES_LINES_H

#include "figures/chart.h"
#include "figures/shown_rows.h"

enum { PB_LINES_MAX_POINTS = 64 }; /* of a line */

/* @return PB_STATUS_LIMIT where a line would have more points than PB_LINES_MAX_POINTS */
pb_status pb_lines_check(int64_t n, const char *what);

typedef struct pb_lines {
    const pb_mean_grid *grid;
    const double *x;        /* of `n` slices, ascending */
    int64_t first_slice, n; /* which slices of the grid; n <= PB_LINES_MAX_POINTS */
    bool gain;              /* over none in the same slice, in points; else AUROC in % */
    const char *title;      /* NULL: none */
    const char *x_title;    /* NULL: shared with the panel below */
    double clean;           /* AUROC in % to draw a dotted line at; NaN: none */
} pb_lines;

/* Lowest and highest value with bands, to be joined over panels: start with low = INFINITY, high = -INFINITY. */
void pb_lines_range(const pb_lines *lines, double *low, double *high);
/* mm that the names take at the right. */
double pb_lines_label_width(const pb_lines *lines);
/* Height that the names need, at least `least`. */
double pb_lines_height(const pb_lines *lines, double least);
/* Left, top, width, height and y of the panel are set. */
void pb_lines_draw(pb_chart *chart, const pb_lines *lines, const pb_panel *panel);
/* A sentence about the bands: what they are, or that there are none. */
void pb_lines_say_bands(const pb_lines *lines, pb_text *caption);

/* Panels below each other with one y range each, or a common one, over the width of a column; sets the figure's size. */
void pb_lines_stack(pb_figure *figure, const pb_lines *lines, int n, bool same_y);

#endif
