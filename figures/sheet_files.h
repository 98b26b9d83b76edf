/* Sheets as files. Pages break between rows. */
#ifndef PB_FIGURES_SHEET_FILES_H
#define PB_FIGURES_SHEET_FILES_H

#include "figures/sheet.h"

/* One PDF of all pages, with the font in it and without a date. */
pb_status pb_sheet_write_pdf(const pb_sheet *sheet, const char *path);
/* path is "stem.png"; further pages are "stem-2.png", ... */
pb_status pb_sheet_write_png(const pb_sheet *sheet, const char *path);

#endif
