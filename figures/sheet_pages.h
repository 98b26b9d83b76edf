/* Where things stand on the pages of a sheet. */
#ifndef PB_CLI_FIGURES_SHEET_LAYOUT_H
#define PB_CLI_FIGURES_SHEET_LAYOUT_H

#include <cairo.h>

#include "figures/sheet.h"

enum {
    SHEET_MARGIN = 14,
    SHEET_GUTTER = 266,   /* of the labels at the left */
    SHEET_GAP = 22,       /* between pictures */
    SHEET_LINE = 36,      /* from one line of text to the next */
    SHEET_BAR = 140,      /* of a row's own scale, with its numbers */
    SHEET_TALLEST = 2835, /* 240 mm: of a page */
    SHEET_ROW_EXTRA = 110 /* about what a row takes besides its pictures, its share of the page's foot included */
};

/* Rows [first, first + n) and the size of the page that holds them. */
typedef struct cli_sheet_page {
    int first, n;
    int width, height;
} cli_sheet_page;

/* The page whose first row is `first`. */
cli_sheet_page cli_sheet_page_at(const cli_sheet *sheet, int first);
/* Draws it; the context's unit is a pixel of the sheet. */
void cli_sheet_draw(const cli_sheet *sheet, const cli_sheet_page *page, cairo_t *cairo);

#endif
