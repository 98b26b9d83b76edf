/* Tables on a page. */
#ifndef PB_PAGES_TABLE_PANEL_H
#define PB_PAGES_TABLE_PANEL_H

#include "pages/html.h"
#include "tables/table.h"

/* A panel with title, table, caption and notes. What is about one setup, N, c or benchmark carries that as data-setup, data-n, data-c
 * and data-benchmark, by which the page's script filters.
 * @param folded behind its title, which opens it */
void pb_page_table(pb_page *page, const pb_table *table, bool folded);
/* The attributes alone. */
void pb_page_scope(pb_page *page, const pb_table_scope *scope);

#endif
