/* The reports' charts as inline SVG. Colours come from the style sheet by class, so that charts follow light,
 * dark and print; lengths are units of the view box. */
#ifndef PB_PAGES_SVG_CHARTS_H
#define PB_PAGES_SVG_CHARTS_H

#include <purebank/metrics.h>

#include "pages/html.h"

/* A linear axis from round number to round number: value `low` at `left`, `high` at `right`. */
typedef struct pb_axis {
    double low, high, step;
    int decimals; /* of the labels at its ticks */
    double left, right;
} pb_axis;

/* The shortest axis of round ends (steps of 1, 2 or 5 times a power of ten) over low <= high, finite, with at
 * most max_steps steps and one more at either end. */
pb_axis pb_axis_over(double low, double high, int max_steps, double left, double right);
double pb_axis_place(const pb_axis *axis, double value);

/* One dot of the overview. */
typedef struct pb_svg_dot {
    double score;
    bool flagged;
    const char *name;
    const char *target; /* id of the element that the dot links to */
} pb_svg_dot;

/* Dots along a score axis, stacked where they would overlap, with the limit as a line (none where it is infinite).
 * @param dots n, ascending by score */
void pb_svg_dot_plot(pb_page *page, const pb_svg_dot *dots, int64_t n, double limit, int decimals);

/* Defines the ticks that all strips share; strips follow in the same page. @param scores n, finite */
void pb_svg_strip_define(pb_page *page, const double *scores, int64_t n, double limit, pb_axis *out_axis);

/* One reference's score among all of them: ticks, limit, and a marker. */
void pb_svg_strip(pb_page *page, const pb_axis *axis, double limit, double score, bool flagged);

/* Good parts above, defects below, one axis; the threshold crosses both. @param labels n, 1 = defect */
void pb_svg_histograms(pb_page *page, const double *scores, const uint8_t *labels, int64_t n, double threshold,
                       int decimals);

/* The ROC curve, its diagonal of chance, and the point at which the threshold works. */
void pb_svg_roc(pb_page *page, const pb_roc_point *points, int64_t n, double fpr, double tpr);

#endif
