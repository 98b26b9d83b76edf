/* One function a figure: fills title, caption and script (or drawing), or `missing`. */
#ifndef PB_CLI_FIGURES_KINDS_H
#define PB_CLI_FIGURES_KINDS_H

#include "figures/view.h"

pb_status cli_draw_contamination(const cli_view *view, cli_figure *figure);
pb_status cli_draw_range(const cli_view *view, cli_figure *figure);
pb_status cli_draw_references(const cli_view *view, cli_figure *figure);
pb_status cli_draw_percentile(const cli_view *view, cli_figure *figure);
pb_status cli_draw_categories(const cli_view *view, cli_figure *figure);
pb_status cli_draw_risk(const cli_view *view, cli_figure *figure);
pb_status cli_draw_benchmarks(const cli_view *view, cli_figure *figure);
pb_status cli_draw_ranks(const cli_view *view, cli_figure *figure);
/* Of several backbones: the n views of the request, or the detectors of the first. */
pb_status cli_draw_backbones(const cli_view *views, const cli_backbone *backbones, int64_t n, cli_figure *figure);

/* What a diagram of critical differences shows, best (lowest) mean rank first. */
typedef struct cli_ranks {
    const char *const *names; /* n labels */
    const double *ranks;      /* n, ascending */
    int64_t n;
    double cd;
} cli_ranks;

/* Demsar (2006), figure 1: names at both sides of the axis, bars under those that the test cannot tell apart. Sets the size. */
pb_status cli_rank_diagram(const cli_ranks *ranks, cli_figure *figure);

#endif
