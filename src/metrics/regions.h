/* Connected regions of a defect mask. */
#ifndef PB_METRICS_REGIONS_H
#define PB_METRICS_REGIONS_H

#include <stdint.h>

#include <purebank/status.h>

/* Numbers the regions of non-zero pixels that touch by an edge or a corner, in the order of their first pixels.
 * @param mask  height x width, height * width < 2^31
 * @param out   height x width: the region's number from 0 on; -1 outside
 * @param out_n regions */
pb_status pb_label_regions(const uint8_t *mask, int32_t width, int32_t height, int32_t *out, int32_t *out_n);

#endif
