/* From maps to patch features: means of neighbours, maps of coarser stages brought to the grid of the first, channels side by
 * side. */
#ifndef PB_BACKBONE_CNN_EMBED_H
#define PB_BACKBONE_CNN_EMBED_H

#include <stdint.h>

/* out = means over `width` x `width` neighbours (odd), those beyond the edges being 0, as torch.nn.AvgPool2d(width, 1, width / 2).
 *  @param map side x side x channels, as `out` */
void pb_cnn_means(const float *map, int64_t side, int64_t channels, int64_t width, float *out);

/* Writes a map at the first channels of rows of `stride` values, one for each of grid x grid cells; resampled as
 * torch.nn.functional.interpolate(mode="bilinear") where the sides differ.
 *  @param map side x side x channels */
void pb_cnn_place(const float *map, int64_t side, int64_t channels, int64_t grid, int64_t stride, float *out);

#endif
