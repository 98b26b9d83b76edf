/** @file metrics.h
 *  @brief How well scores separate good from bad (method.md#metrics): equal to scikit-learn's functions.
 *  No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_METRICS_H
#define PUREBANK_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/status.h>

PB_BEGIN_DECLS

/** One number for each row of detection_metrics.def, such as .auroc; each row says what it is. */
typedef struct pb_detection_metrics {
#define PB_METRIC(member, ...) double member;
#include <purebank/detection_metrics.def>
#undef PB_METRIC
} pb_detection_metrics;

/** Image-level metrics.
 *  @param scores n, finite, higher = more anomalous
 *  @param labels n, 1 = anomaly, 0 = good
 *  @return PB_STATUS_BAD_SHAPE unless both classes are present */
PB_API pb_status pb_metrics_detection(const double *scores, const uint8_t *labels, int64_t n,
                                      pb_detection_metrics *out);

/** AUROC alone. */
PB_API pb_status pb_metrics_auroc(const double *scores, const uint8_t *labels, int64_t n, double *out);

/** numpy.percentile(values, q), linear interpolation. @param q 0..100 */
PB_API pb_status pb_percentile(const double *values, int64_t n, double q, double *out);

/** A point of the ROC curve: the rates of samples scoring >= threshold (+infinity at the first point). */
typedef struct pb_roc_point {
    double fpr, tpr, threshold;
} pb_roc_point;

/** The ROC curve from (0,0) to (1,1), one point per distinct score. Free *out with pb_buffer_free() (runtime.h). */
PB_API pb_status pb_metrics_roc(const double *scores, const uint8_t *labels, int64_t n, pb_roc_point **out,
                                int64_t *out_n);

/** How well patch maps mark the pixels of defects, all images together: a number for each row of pixel_figures.def, which says what it is.
 *  A figure is 0 where there are none of the regions that it is about. */
typedef struct pb_pixel_figures {
#define PB_PIXEL_FIGURE(member, ...) double member;
#define PB_PIXEL_COUNT(member) int64_t member;
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
} pb_pixel_figures;

/** Pixel metrics, fed one image at a time: the patch map is zoomed linearly to 448 x 448 pixels
 *  (scipy.ndimage.zoom order 1: corner to corner), the mask with order 0. Every image takes 4 bytes a pixel until the end (0.8 MB at 448 x 448):
 *  the ranks of its pixels among all pixels are not known before. */
typedef struct pb_pixel_metrics pb_pixel_metrics;

enum { PB_PIXEL_METRICS_SIDE = 448 };

PB_API pb_status pb_pixel_metrics_new(pb_pixel_metrics **out);
/** The same for large grids, on which 448 pixels would lose small defects: a side of more than 112 patches gets 4 pixels a patch,
 *  and no defect pixel is passed over: each marks the pixel that is nearest to it.
 *  @return PB_STATUS_LIMIT where these are 2^31 pixels or more */
PB_API pb_status pb_pixel_metrics_new_for_grid(int32_t grid_height, int32_t grid_width, pb_pixel_metrics **out);
/** From here on pixels whose patch is outside count neither as defect nor as good (docs/resolution.md#roi). Before the first image.
 *  @param inside grid_height x grid_width, non-zero inside */
PB_API pb_status pb_pixel_metrics_within(pb_pixel_metrics *metrics, const uint8_t *inside, int32_t grid_height,
                                         int32_t grid_width);
/** @param map grid_height x grid_width patch scores
 *  @param mask NULL (no defect), or height x width bytes, non-zero = defect
 *  @return PB_STATUS_LIMIT for more than 2^31 pixels of all images, PB_STATUS_BAD_SHAPE, PB_STATUS_BAD_VALUE */
PB_API pb_status pb_pixel_metrics_add(pb_pixel_metrics *metrics, const double *map, int32_t grid_height,
                                      int32_t grid_width, const uint8_t *mask, int32_t width, int32_t height);
/** One region of the image that was added last, for the saturated overlap (method.md#spro). Regions may overlap, and
 *  need not be connected.
 *  @param mask   of that image's mask's size, non-zero = in the region; nothing that is no defect there
 *  @param enough how much of it is found where all of it is: the share 0 < enough <= 1 where `is_share`, else that many of the mask's pixels,
 *                of which more than the region has stand for all
 *  @return PB_STATUS_BAD_ARGUMENT where there is no such image or more is marked than its defects */
PB_API pb_status pb_pixel_metrics_add_region(pb_pixel_metrics *metrics, const uint8_t *mask, int32_t width,
                                             int32_t height, double enough, bool is_share);
/** @return PB_STATUS_BAD_SHAPE unless both classes occurred */
PB_API pb_status pb_pixel_metrics_result(const pb_pixel_metrics *metrics, pb_pixel_figures *out);
/** Accepts NULL. */
PB_API void pb_pixel_metrics_free(pb_pixel_metrics *metrics);

PB_END_DECLS

#endif
