/* Features of photos in tiles, by a backbone that knows tiles only. */
#ifndef PB_BACKBONE_EXTRACT_TILES_H
#define PB_BACKBONE_EXTRACT_TILES_H

#include "backbone/kind.h"
#include "backbone/tiles.h"

/* A photo at a time, and of it a row of tiles: what is in memory is a photo, these tiles and their features.
 * @param dim channels
 * @param out n x (y.cells * x.cells) x dim */
pb_status pb_extract_tiles(const pb_backbone_kind *kind, void *state, const pb_tiling *tiling, int64_t dim,
                           const pb_image_source *source, const pb_progress *progress, float *out);

#endif
