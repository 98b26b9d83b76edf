/* The one look of all figures: what each method is called, and how it is drawn, in every figure, whatever else is in it. */
#ifndef PB_FIGURES_STYLE_H
#define PB_FIGURES_STYLE_H

#include <stdbool.h>
#include <stdint.h>

/* Sizes of print: one column of a paper is 84 mm wide. */
#define PB_FIGURE_COLUMN_MM 84.0
#define PB_FIGURE_FONT_PT 7.0
#define PB_FIGURE_TITLE_PT 8.0
#define PB_FIGURE_LINE_MM 3.0 /* from one line of 7 pt to the next */
#define PB_FIGURE_PT_PER_MM (72 / 25.4)

enum { PB_FIGURE_LABEL_BYTES = 96 };

/* Colours are Okabe & Ito's and Paul Tol's for colour-blind readers; line types and markers tell them apart in grey. */
typedef struct pb_figure_style {
    const char *method;                /* as in the files */
    char label[PB_FIGURE_LABEL_BYTES]; /* as in figures: short, printable */
    const char *color;                 /* "#rrggbb" */
    int point;                         /* gnuplot's point type */
    const char *dash;                  /* gnuplot's dash type */
    double width;                      /* of lines, pt */
} pb_figure_style;

/* "loo_patch", or an audit with its multiplier: "imgmax_mad k1.5". Methods that the table does not know get a colour and a
 * marker that follow from the name, and the name as label. */
pb_figure_style pb_figure_style_of(const char *name);
/* The same for benchmarks, and for the i-th of several backbones. */
pb_figure_style pb_figure_style_of_benchmark(const char *benchmark);
pb_figure_style pb_figure_style_of_backbone(int64_t i, const char *name);
/* How figures order benchmarks: the studies' first, in their order. */
int pb_figure_benchmark_order(const char *benchmark);
/* The colour, mostly white, for areas that something stands on. */
void pb_color_lighten(const char *color, char out[8]);
/* "bottle", or the whole name where that says little ("btad/01") or there are others so called among the n. */
void pb_label_category(const char *const *datasets, int64_t n, int64_t i, double mm, char label[PB_FIGURE_LABEL_BYTES]);
/* Printable, and cut in the middle ("long...name") where it would be wider than `mm`. */
void pb_label_fit(const char *name, double mm, char label[PB_FIGURE_LABEL_BYTES]);

/* Width of a line of text in mm, by Cairo with the font that gnuplot's terminals use. */
double pb_text_width(const char *text, double points, bool bold);

#endif
