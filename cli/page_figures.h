/* The figures of a report's page, drawn in memory. */
#ifndef PB_CLI_PAGE_FIGURES_H
#define PB_CLI_PAGE_FIGURES_H

#include <purebank/report.h>

#include "studies.h"

typedef struct cli_page_figures {
    pb_page_figure *figure; /* of both setups, a figure of one beside that of the other */
    int64_t n;
    void *drawings; /* what their texts are borrowed from */
} cli_page_figures;

/* Of the same c as the tables. What the page shows needs Cairo and gnuplot, and the tables do not: without them there are no figures, and that is said.
 * Free with cli_page_figures_free(), whatever is returned. */
pb_status cli_page_figures_draw(const cli_study *study, cli_page_figures *out);
void cli_page_figures_free(cli_page_figures *figures);

#endif
