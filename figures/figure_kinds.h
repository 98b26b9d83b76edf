/* One function a figure: fills title, caption and script (or drawing), or `missing`. */
#ifndef PB_FIGURES_FIGURE_KINDS_H
#define PB_FIGURES_FIGURE_KINDS_H

#include "figures/shown_rows.h"

pb_status pb_figure_of_contamination(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_range(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_references(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_percentile(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_categories(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_risk(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_benchmarks(const pb_shown_rows *view, pb_figure *figure);
pb_status pb_figure_of_ranks(const pb_shown_rows *view, pb_figure *figure);
/* Of several backbones: the n views of the request, or the detectors of the first. */
pb_status pb_figure_of_backbones(const pb_shown_rows *views, const pb_figures_backbone *backbones, int64_t n,
                                 pb_figure *figure);

/* What a diagram of critical differences shows, best (lowest) mean rank first. */
typedef struct pb_rank_list {
    const char *const *names; /* n labels */
    const double *ranks;      /* n, ascending */
    int64_t n;
    double cd;
} pb_rank_list;

/* Demsar (2006), figure 1: names at both sides of the axis, bars under those that the test cannot tell apart. Sets the size. */
pb_status pb_rank_diagram(const pb_rank_list *ranks, pb_figure *figure);

#endif
