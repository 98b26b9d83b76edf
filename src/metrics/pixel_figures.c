#include "metrics/pixel_figures.h"

double pb_pixel_figure_auroc(const pb_pixel_curves *curves)
{
    return pb_curve_auroc(&curves->curve);
}

double pb_pixel_figure_ap(const pb_pixel_curves *curves)
{
    return pb_curve_average_precision(&curves->curve);
}

double pb_pixel_figure_f1max(const pb_pixel_curves *curves)
{
    return curves->curve.f1max;
}

double pb_pixel_figure_aupro_30(const pb_pixel_curves *curves)
{
    return pb_overlap_area(&curves->overlap, 0);
}

double pb_pixel_figure_aupro_5(const pb_pixel_curves *curves)
{
    return pb_overlap_area(&curves->overlap, 1);
}

double pb_pixel_figure_auspro_30(const pb_pixel_curves *curves)
{
    return pb_overlap_area(&curves->saturated, 0);
}

double pb_pixel_figure_auspro_5(const pb_pixel_curves *curves)
{
    return pb_overlap_area(&curves->saturated, 1);
}
