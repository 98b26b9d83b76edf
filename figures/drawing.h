/* What gnuplot has no plot style for is drawn by Cairo: a list of lines and texts, in millimetres from the top left corner. */
#ifndef PB_FIGURES_DRAWING_H
#define PB_FIGURES_DRAWING_H

#include <stdint.h>

#include "figures/growing_text.h"

typedef enum pb_text_align { PB_TEXT_LEFT, PB_TEXT_CENTER, PB_TEXT_RIGHT } pb_text_align;

typedef struct pb_drawing_mark {
    double x, y, x_end, y_end; /* mm; of a text only x and y, the middle of its height */
    double size;               /* of a line its width, of a text its font, in points */
    pb_text_align align;
    const char *color; /* "#rrggbb", static */
    char *text;        /* NULL: a line */
} pb_drawing_mark;

/* Start zeroed. The first failure stays in `status`. */
typedef struct pb_drawing {
    pb_drawing_mark *mark;
    int64_t n, capacity;
    pb_status status;
} pb_drawing;

void pb_drawing_line(pb_drawing *drawing, double x, double y, double x_end, double y_end, double points,
                     const char *color);
void pb_drawing_text(pb_drawing *drawing, double x, double y, pb_text_align align, double points, const char *color,
                     const char *text);
void pb_drawing_free(pb_drawing *drawing);

/* Pages of width x height mm; the bytes are appended to *out. Text stays text in SVG and an embedded font in PDF. */
pb_status pb_drawing_to_pdf(const pb_drawing *drawing, double width, double height, pb_text *out);
pb_status pb_drawing_to_png(const pb_drawing *drawing, double width, double height, double dpi, pb_text *out);
pb_status pb_drawing_to_svg(const pb_drawing *drawing, double width, double height, pb_text *out);

#endif
