/* What gnuplot has no plot style for is drawn by Cairo: a list of lines and texts, in millimetres from the top left corner. */
#ifndef PB_CLI_FIGURES_DRAWING_H
#define PB_CLI_FIGURES_DRAWING_H

#include <stdint.h>

#include "figures/text.h"

typedef enum cli_align { CLI_LEFT, CLI_CENTER, CLI_RIGHT } cli_align;

typedef struct cli_mark {
    double x, y, x_end, y_end; /* mm; of a text only x and y, the middle of its height */
    double size;               /* of a line its width, of a text its font, in points */
    cli_align align;
    const char *color; /* "#rrggbb", static */
    char *text;        /* NULL: a line */
} cli_mark;

/* Start zeroed. The first failure stays in `status`. */
typedef struct cli_drawing {
    cli_mark *mark;
    int64_t n, capacity;
    pb_status status;
} cli_drawing;

void cli_drawing_line(cli_drawing *drawing, double x, double y, double x_end, double y_end, double points,
                      const char *color);
void cli_drawing_text(cli_drawing *drawing, double x, double y, cli_align align, double points, const char *color,
                      const char *text);
void cli_drawing_free(cli_drawing *drawing);

/* Pages of width x height mm; the bytes are appended to *out. Text stays text in SVG and an embedded font in PDF. */
pb_status cli_drawing_to_pdf(const cli_drawing *drawing, double width, double height, cli_text *out);
pb_status cli_drawing_to_png(const cli_drawing *drawing, double width, double height, double dpi, cli_text *out);
pb_status cli_drawing_to_svg(const cli_drawing *drawing, double width, double height, cli_text *out);

#endif
