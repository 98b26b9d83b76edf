/* 3 x 3 convolutions of stride 1 with fewer multiplications: Lavin and Gray, "Fast algorithms for convolutional neural networks"
 * (2016), after Winograd's minimal filtering. A tile of 2 x 2 outputs takes 16 products a pair of channels in place of 36, one of
 * 4 x 4 takes 36 in place of 144. */
#ifndef PB_BACKBONE_CNN_WINOGRAD_H
#define PB_BACKBONE_CNN_WINOGRAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A square map goes in, one of the same side comes out; a border of one pixel of zeros is around the first. */
typedef struct pb_cnn_winograd_shape {
    int64_t side, in_channels, out_channels;
    bool adds, relu; /* the result is added to what is there, and its negative values become 0 */
} pb_cnn_winograd_shape;

typedef struct pb_cnn_winograd pb_cnn_winograd;

/* How many pixels of each side a tile should compute: 4, 2, or 0 where a direct convolution is as fast or where this CPU has no kernels
 * for it. Follows from the shape alone, so that a machine always computes the same bits. */
int pb_cnn_winograd_outputs(const pb_cnn_winograd_shape *shape);

/* Channels that make a group on this CPU: as many as a vector has. 0 where there are no kernels. */
int64_t pb_cnn_winograd_lanes(void);

/* @param outputs 2 or 4; channels are a multiple of 32, which pb_cnn_winograd_outputs() sees to
 * @param kernel out_channels x in_channels x 3 x 3 */
pb_status pb_cnn_winograd_new(const pb_cnn_winograd_shape *shape, int outputs, const float *kernel,
                              pb_cnn_winograd **out);

/* Memory that a run needs besides its maps. */
size_t pb_cnn_winograd_scratch_bytes(const pb_cnn_winograd *winograd);

/* On the calling thread. Both maps lie alike.
 * @param grouped groups of pb_cnn_winograd_lanes() channels one after another (oneDNN's nChw16c or nChw8c); else all channels of a
 *        pixel side by side (nhwc)
 * @param shift of each channel that comes out
 * @param scratch aligned to PB_ALIGNMENT */
void pb_cnn_winograd_run(const pb_cnn_winograd *winograd, const float *in, bool grouped, const float *shift, float *out,
                         float *scratch);

/* Accepts NULL. */
void pb_cnn_winograd_free(pb_cnn_winograd *winograd);

#endif
