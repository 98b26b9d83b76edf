/* One function a figure, with the first of the request's views: most show that one alone. */
#ifndef PB_FIGURES_FIGURE_KINDS_H
#define PB_FIGURES_FIGURE_KINDS_H

#include "figures/shown_rows.h"

#define FIGURE(id, name, compares_clean, summary)                                                                      \
    pb_status pb_figure_of_##name(const pb_shown_rows *view, pb_figure *figure);
#include "figures/all_figures.def"
#undef FIGURE

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
