/* The one font of all figures, so that they look the same everywhere. */
#ifndef PB_FIGURES_FONT_H
#define PB_FIGURES_FONT_H

#include <stdbool.h>
#include <stddef.h>

/* Liberation Sans has the widths of Arial, which journals ask for; it is free, may stand in a PDF, and packages.txt has it. */
#define PB_FIGURE_FONT "Liberation Sans"
/* In an SVG the reader's machine draws the letters: these are equally wide. */
#define PB_FIGURE_SVG_FONTS "Arial,Helvetica,sans-serif"

/* Is the font installed? If not, `instead` is the family that texts are drawn in, or "" where there is no font at all.
 * @param instead never NULL; of `size` bytes */
bool pb_figure_font_is_installed(char *instead, size_t size);

#endif
