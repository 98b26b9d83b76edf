/* What figures of pixels are computed from, and one function for each row of pixel_figures.def. */
#ifndef PB_METRICS_PIXEL_FIGURES_H
#define PB_METRICS_PIXEL_FIGURES_H

#include <purebank/metrics.h>

#include "metrics/curve.h"
#include "metrics/overlap.h"

/* The curves of all pixels, past the lowest score. */
typedef struct pb_pixel_curves {
    pb_curve curve;
    pb_overlap_curve overlap, saturated;
} pb_pixel_curves;

#define PB_PIXEL_COUNT(member)
#define PB_PIXEL_FIGURE(member, ...) double pb_pixel_figure_##member(const pb_pixel_curves *curves);
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT

#endif
