/* A photo that is looked at in overlapping tiles, each as large as a network's input, and the one grid that their patches make. */
#ifndef PB_BACKBONE_TILES_H
#define PB_BACKBONE_TILES_H

#include <purebank/features.h>
#include <purebank/image.h>

#include "base/error.h"

/* One side of it. Tiles lie on whole cells; the last one ends where the grid does, so that it may overlap by more. */
typedef struct pb_tile_axis {
    int32_t pixels;   /* of the photo as it is resized */
    int32_t cells;    /* of the grid: the last one may reach beyond the photo, and sees it reflected there */
    int32_t per_tile; /* cells of a tile */
    int32_t step;     /* cells from one tile to the next */
    int32_t n;        /* tiles */
} pb_tile_axis;

typedef struct pb_tiling {
    int32_t tile, cell; /* pixels of the side; tile is 0 where photos are looked at as a whole */
    pb_resample filter; /* that photos are resized with */
    pb_tile_axis x, y;
} pb_tiling;

/* Divides width x height pixels into tiles of `tile` pixels and a grid of `tile_grid` cells a side.
 * @param overlap pixels, rounded up so that tiles lie whole cells apart, and whole 32 pixels where these are whole cells; 0: the default;
 *                negative: none
 * @return PB_STATUS_BAD_ARGUMENT where the photo is smaller than a tile, or tiles cannot overlap so */
pb_status pb_tiling_make(int32_t width, int32_t height, int32_t tile, int32_t tile_grid, int32_t overlap,
                         pb_tiling *out);

/* Pixels by which neighbouring tiles overlap. */
int32_t pb_tiling_overlap(const pb_tiling *tiling);

/* The first cell of tile i, and of those that are its own: cells go to the tile in which they are further from the border. */
int32_t pb_tile_first(const pb_tile_axis *axis, int32_t i);
int32_t pb_tile_own(const pb_tile_axis *axis, int32_t i);

/* Tile (column, row) of a photo of any size. Free with pb_image_free(). */
pb_status pb_tile_cut(const pb_tiling *tiling, const pb_image *photo, int32_t column, int32_t row, pb_image *out);

/* Copies what is the tile's own.
 * @param features per_tile x per_tile x dim, of tile (column, row)
 * @param out      y.cells x x.cells x dim */
void pb_tile_place(const pb_tiling *tiling, int32_t column, int32_t row, const float *features, int64_t dim,
                   float *out);

#endif
