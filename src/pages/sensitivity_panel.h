/* What pb_sensitivity_run() found, as parts of a page. */
#ifndef PB_PAGES_SENSITIVITY_PANEL_H
#define PB_PAGES_SENSITIVITY_PANEL_H

#include <purebank/sensitivity.h>

#include "pages/html.h"

/* What was done, in a sentence or two, without an element around them. */
void pb_page_sensitivity_lead(pb_page *page, const pb_sensitivity *found);
/* A panel: how many were caught, by kind, size and contrast. */
void pb_page_sensitivity_table(pb_page *page, const pb_sensitivity *found);
/* A gallery for each kind: every defect as it was drawn into the example reference, caught or missed. Nothing where that photo is gone. */
pb_status pb_page_sensitivity_examples(pb_page *page, const pb_sensitivity *found, const pb_bank *bank);

/* Defects caught and drawn, over all rows. */
void pb_sensitivity_totals(const pb_sensitivity *found, int64_t *caught, int64_t *drawn);

#endif
