/* Panels of lines: methods over a quantity, with bands of a standard deviation and names at the lines' ends. */
#ifndef PB_CLI_FIGURES_LINES_H
#define PB_CLI_FIGURES_LINES_H

#include "figures/chart.h"
#include "figures/view.h"

enum { CLI_MAX_POINTS = 64 }; /* of a line */

/* @return PB_STATUS_LIMIT where a line would have more points than CLI_MAX_POINTS */
pb_status cli_lines_check(int64_t n, const char *what);

typedef struct cli_lines {
    const cli_grid *grid;
    const double *x;        /* of `n` slices, ascending */
    int64_t first_slice, n; /* which slices of the grid; n <= CLI_MAX_POINTS */
    bool gain;              /* over none in the same slice, in points; else AUROC in % */
    const char *title;      /* NULL: none */
    const char *x_title;    /* NULL: shared with the panel below */
    double clean;           /* AUROC in % to draw a dotted line at; NaN: none */
} cli_lines;

/* Lowest and highest value with bands, to be joined over panels: start with low = INFINITY, high = -INFINITY. */
void cli_lines_range(const cli_lines *lines, double *low, double *high);
/* mm that the names take at the right. */
double cli_lines_label_width(const cli_lines *lines);
/* Height that the names need, at least `least`. */
double cli_lines_height(const cli_lines *lines, double least);
/* Left, top, width, height and y of the panel are set. */
void cli_lines_draw(cli_chart *chart, const cli_lines *lines, const cli_panel *panel);
/* A sentence about the bands: what they are, or that there are none. */
void cli_lines_say_bands(const cli_lines *lines, cli_text *caption);

/* Panels below each other with one y range each, or a common one, over the width of a column; sets the figure's size. */
void cli_lines_stack(cli_figure *figure, const cli_lines *lines, int n, bool same_y);

#endif
