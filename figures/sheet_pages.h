/* Where things stand on the pages of a sheet. */
#ifndef PB_FIGURES_SHEET_PAGES_H
#define PB_FIGURES_SHEET_PAGES_H

#include <cairo.h>

#include "figures/sheet.h"

enum {
    SHEET_MARGIN = 14,
    SHEET_GUTTER = 266,    /* of the labels at the left */
    SHEET_GAP = 22,        /* between pictures */
    SHEET_LINE = 36,       /* from one line of text to the next */
    SHEET_BAR = 140,       /* of a row's own scale, with its numbers */
    SHEET_TALLEST = 2835,  /* 240 mm: of a page */
    SHEET_ROW_EXTRA = 110, /* about what a row takes besides its pictures, its share of the page's foot included */
};

/* Sizes the cells so that the sheet has PB_SHEET_WIDTH, or less where a few rows then fit on one page; pictures are `aspect`
 * times as high as wide. */
void pb_sheet_size_cells(pb_sheet *sheet, double aspect);

/* Rows [first, first + n) and the size of the page that holds them. */
typedef struct pb_sheet_page {
    int first, n;
    int width, height;
} pb_sheet_page;

/* The page whose first row is `first`. */
pb_sheet_page pb_sheet_page_at(const pb_sheet *sheet, int first);
int pb_sheet_count_pages(const pb_sheet *sheet);
/* Draws it; the context's unit is a pixel of the sheet. */
void pb_sheet_draw(const pb_sheet *sheet, const pb_sheet_page *page, cairo_t *cairo);

#endif
