/* One figure: how it is drawn, its caption, or what the results lack for it. */
#ifndef PB_CLI_FIGURES_FIGURE_H
#define PB_CLI_FIGURES_FIGURE_H

#include "figures/drawing.h"
#include "figures/text.h"

typedef enum cli_figure_format { CLI_PDF, CLI_SVG, CLI_PNG, CLI_N_FIGURE_FORMATS } cli_figure_format;

enum { CLI_FIGURE_DPI = 300 }; /* of PNG */

/* Start zeroed; free with cli_figure_free(). */
typedef struct cli_figure {
    const char *id;       /* "fig2", static */
    const char *name;     /* "categories", static */
    double width, height; /* mm */
    cli_text title;       /* a few words */
    cli_text caption;     /* sentences: n, setup, N, c, what bands are */
    cli_text missing;     /* what the results lack: then there is nothing to draw */
    cli_text script;      /* for gnuplot, without its terminal; or */
    cli_drawing drawing;
} cli_figure;

void cli_figure_free(cli_figure *figure);
/* Appends the file to *out: the same bytes each time, and no date in them. */
pb_status cli_figure_render(const cli_figure *figure, cli_figure_format format, cli_text *out);
/* "pdf" */
const char *cli_figure_format_name(cli_figure_format format);

#endif
