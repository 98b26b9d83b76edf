/* Where a patch lies: rotations, or embeddings resampled to another grid. */
#ifndef PB_BACKBONE_VIT_POSITIONS_H
#define PB_BACKBONE_VIT_POSITIONS_H

#include "backbone/vit/vit_plan.h"

/* Cosines and sines of rotary positions: n_patches x head_dim / 2 each. */
void pb_vit_rotary_tables(const pb_vit_plan *plan, float *cosines, float *sines);

/* Resamples embeddings of trained x trained positions to grid x grid.
 * @param trained_values trained^2 x dim
 * @param out            grid^2 x dim */
pb_status pb_vit_positions_resample(pb_vit_positions how, const float *trained_values, int64_t trained, int64_t dim,
                                    int64_t grid, float *out);

#endif
