/* The sheets of the command heatmaps: what a cell of the studies looks like. */
#ifndef PB_FIGURES_HEATMAP_SHEETS_H
#define PB_FIGURES_HEATMAP_SHEETS_H

#include <purebank/purebank.h>

#include "figures/sheet.h"
#include "figures/sheet_pictures.h"

/* One cell with the photos that are shown of it. */
typedef struct pb_sheet_cell {
    const pb_cell_view *view;
    const pb_cell_options *options;
    int64_t n_references;
    int64_t *reference;              /* all of the view, the most suspicious first */
    pb_sheet_photo *reference_photo; /* in that order */
    int64_t n_shown;
    int64_t *shown; /* test images: defects, then a normal one */
    pb_sheet_photo *shown_photo;
    pb_color_scale loo_scale, map_scale; /* over what is shown */
} pb_sheet_cell;

/* Chooses the test images, reads the photos and finds the scales.
 * Of the defects, those whose score a method changes most against none; kinds of defects (their folders) take turns, so that
 * no kind fills the sheet. Then the normal image whose score is changed most. Ties go to the first in the list.
 * @param root where photos are; NULL: where the cache says @param n_images at least 1 */
pb_status pb_sheet_cell_open(const pb_cell_view *view, const pb_cell_options *options, const char *root,
                             int64_t n_images, pb_sheet_cell *out);
void pb_sheet_cell_close(pb_sheet_cell *cell);
/* Frees the photos that the sheets of several cells do not show. */
void pb_sheet_cell_forget_photos(pb_sheet_cell *cell);

/* "imgmax_mad k1.5", as in files of studies (study.h); and as people read it. */
void pb_sheet_method_name(const pb_cell_method *method, char out[PB_SHEET_TEXT]);
void pb_sheet_method_label(const pb_cell_method *method, char out[PB_SHEET_TEXT]);
/* "crack/003": folder and name of a photo, without its ending. */
void pb_sheet_photo_label(const char *path, char out[PB_SHEET_TEXT]);

/* References with their leave-one-out maps, and what each method removes. */
pb_status pb_sheet_of_removal(const pb_sheet_cell *cell, pb_sheet *out);
/* Test images: the map of the bank without purification, and after each method. */
pb_status pb_sheet_of_scores(const pb_sheet_cell *cell, pb_sheet *out);
/* A row a cell: its most suspicious contaminated reference; its first test image. All cells have the same methods. */
pb_status pb_sheet_of_removals(const pb_sheet_cell *cells, int n, pb_sheet *out);
pb_status pb_sheet_of_all_scores(const pb_sheet_cell *cells, int n, pb_sheet *out);

#endif
