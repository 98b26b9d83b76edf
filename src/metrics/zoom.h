/* scipy.ndimage.zoom (mode "constant", prefilter irrelevant below order 2), to the bit. */
#ifndef PB_METRICS_ZOOM_H
#define PB_METRICS_ZOOM_H

#include <stdint.h>

#include <purebank/status.h>

/* Order 1, float32 to float32. @param in in_height x in_width @param out out_height x out_width */
pb_status pb_zoom_linear(const float *in, int32_t in_height, int32_t in_width, float *out, int32_t out_height,
                         int32_t out_width);

/* Order 0. */
pb_status pb_zoom_nearest(const uint8_t *in, int32_t in_height, int32_t in_width, uint8_t *out, int32_t out_height,
                          int32_t out_width);

#endif
