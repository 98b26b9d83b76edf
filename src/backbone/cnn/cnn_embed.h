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

/* out = `wanted` means over the neighbourhoods of width x width, channel by channel and each row by row, as
 * torch.nn.functional.adaptive_avg_pool1d() takes them: neighbouring ones may share a value. What lies beyond the edges is 0.
 *  @param map side x side x channels
 *  @param values memory of channels x width x width
 *  @param out    side x side x wanted */
void pb_cnn_pool(const float *map, int64_t side, int64_t channels, int64_t width, int64_t wanted, float *values,
                 float *out);

/* Adds map `index` of n to `out`, whose channels are means of n channels of all the maps, side by side.
 *  @param map n_cells x channels, as `out` */
void pb_cnn_merge(const float *map, int64_t n_cells, int64_t channels, int64_t index, int64_t n, float *out);

#endif
