/* The figures of the studies (method.md#analysis) from result files: charts by gnuplot, the critical-difference diagram by Cairo. */
#ifndef PB_FIGURES_FIGURES_H
#define PB_FIGURES_FIGURES_H

#include "figures/figure.h"
#include "figures/figures_request.h"

enum {
#define FIGURE(id, name, compares_clean, summary) PB_FIGURE_ROW_##id,
#include "figures/all_figures.def"
#undef FIGURE
    PB_N_FIGURES
};

/* "fig1" */
const char *pb_figure_id(int i);
/* "contamination" */
const char *pb_figure_name(int i);
/* What it shows, in a few words. */
const char *pb_figure_summary(int i);

/* Makes the PB_N_FIGURES figures, not yet drawn: those that are not wanted stay zeroed, and those whose data are not there
 * say what is missing. Then pb_figure_render() each. Free each with pb_figure_free(). Methods that the selection names are all shown,
 * else those of the studies' figures that occur.
 * @return PB_STATUS_BAD_ARGUMENT for names in `only` that do not exist */
pb_status pb_figures_make(const pb_figures_request *request, pb_figure figures[PB_N_FIGURES]);

/* A figure for a page. */
typedef struct pb_svg_figure {
    const char *id, *name; /* "fig2", "categories"; static */
    char *title;           /* a few words */
    char *caption;         /* sentences */
    char *svg;             /* one <svg> element, without an XML header; its ids begin with the figure's */
} pb_svg_figure;

/* Every figure that the results allow, as SVG in memory. Free with pb_svg_figures_free().
 * @param progress NULL, or whether to stop: see pb_gnuplot_run() */
pb_status pb_figures_to_svg(const pb_figures_request *request, const pb_progress *progress, pb_svg_figure **out,
                            int64_t *out_n);
void pb_svg_figures_free(pb_svg_figure *figures, int64_t n);

#endif
