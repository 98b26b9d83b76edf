/* One figure: how it is drawn, its caption, or what the results lack for it. */
#ifndef PB_FIGURES_FIGURE_H
#define PB_FIGURES_FIGURE_H

#include <purebank/runtime.h>

#include "figures/drawing.h"
#include "figures/growing_text.h"

typedef enum pb_figure_format { PB_FIGURE_PDF, PB_FIGURE_SVG, PB_FIGURE_PNG, PB_N_FIGURE_FORMATS } pb_figure_format;

enum { PB_FIGURE_DPI = 300 }; /* of PNG */

/* Start zeroed; free with pb_figure_free(). */
typedef struct pb_figure {
    const char *id;       /* "fig2", static */
    const char *name;     /* "categories", static */
    double width, height; /* mm */
    pb_text title;        /* a few words */
    pb_text caption;      /* sentences: n, setup, N, c, what bands are */
    pb_text missing;      /* what the results lack: then there is nothing to draw */
    pb_text script;       /* for gnuplot, without its terminal; or */
    pb_drawing drawing;
} pb_figure;

void pb_figure_free(pb_figure *figure);
/* Appends the file to *out: the same bytes each time, and no date in them.
 * @param progress NULL, or whether to stop: see pb_gnuplot_run() */
pb_status pb_figure_render(const pb_figure *figure, pb_figure_format format, const pb_progress *progress, pb_text *out);
/* "pdf" */
const char *pb_figure_format_name(pb_figure_format format);

#endif
