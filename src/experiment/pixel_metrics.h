/* How well patch scores mark the pixels of defects. */
#ifndef PB_EXPERIMENT_PIXEL_METRICS_H
#define PB_EXPERIMENT_PIXEL_METRICS_H

#include <purebank/metrics.h>

#include "experiment/banks.h"

/* Pixel metrics (method.md#pixel) of each bank, whose patch_scores are there. Defects without a mask are left out.
 * @param out     banks->n
 * @param n_masks how many defects have one
 * @return PB_STATUS_IO where none has */
pb_status pb_pixels_measure(const pb_block *block, const pb_study_banks *banks, pb_pixel_figures *out,
                            int64_t *n_masks);

#endif
