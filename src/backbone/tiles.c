#include "backbone/tiles.h"

#include <string.h>

#include "image/resize.h"

/* docs/resolution.md#seams. Convolutional networks answer a little differently where their coarser maps begin elsewhere: tiles lie whole
 * strides apart. */
enum { DEFAULT_OVERLAP_PARTS = 4, STRIDE = 32, MAX_SIDE = 1 << 16 };

/* Cells from one tile to the next: at most `most`, and at least one. */
static int32_t choose_step(int32_t most, int32_t cell)
{
    const int32_t aligned = STRIDE % cell == 0 ? most / (STRIDE / cell) * (STRIDE / cell) : most;
    return aligned > 0 ? aligned : most;
}

static int32_t cells_of(int32_t pixels, int32_t cell)
{
    return (pixels + cell - 1) / cell;
}

/* What an overlap becomes where tiles lie whole cells and, if they can, whole strides apart: as much, or more. */
static int32_t rounded_overlap(const pb_tiling *tiling, int32_t overlap)
{
    const int32_t per_tile = tiling->tile / tiling->cell;
    return (per_tile - choose_step(per_tile - cells_of(overlap, tiling->cell), tiling->cell)) * tiling->cell;
}

static pb_status make_axis(int32_t pixels, const pb_tiling *tiling, int32_t overlap_cells, const char *side,
                           pb_tile_axis *out)
{
    const int32_t per_tile = tiling->tile / tiling->cell;
    *out = (pb_tile_axis){
        .pixels = pixels, .per_tile = per_tile, .step = choose_step(per_tile - overlap_cells, tiling->cell)};
    PB_CHECK_ARG(pixels >= tiling->tile && pixels <= MAX_SIDE,
                 "a resolution with a %s of %d pixels cannot be cut into tiles of %d: it must be %d to %d", side,
                 (int)pixels, (int)tiling->tile, (int)tiling->tile, MAX_SIDE);
    out->cells = cells_of(pixels, tiling->cell);
    out->n = 1 + (out->cells - per_tile + out->step - 1) / out->step;
    return PB_STATUS_OK;
}

pb_status pb_tiling_make(int32_t width, int32_t height, int32_t tile, int32_t tile_grid, int32_t overlap,
                         pb_tiling *out)
{
    if (tile % tile_grid != 0)
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "tiles of %d pixels have %d patches a side: not a whole number of pixels each", (int)tile,
                       (int)tile_grid);
    pb_tiling tiling = {.tile = tile, .cell = tile / tile_grid};
    const int32_t wanted = overlap == 0 ? tile / DEFAULT_OVERLAP_PARTS : overlap < 0 ? 0 : overlap;
    /* Origins keep what half a tile was rounded up to: that is asked for where their backbone is opened again. */
    PB_CHECK_ARG(wanted <= tile / 2 || wanted <= rounded_overlap(&tiling, tile / 2),
                 "tiles of %d pixels cannot overlap by %d: at most by half", (int)tile, (int)wanted);
    const int32_t overlap_cells = cells_of(wanted, tiling.cell);
    PB_CHECK_ARG(overlap_cells < tile_grid, "tiles of %d patches a side cannot overlap by %d", (int)tile_grid,
                 (int)overlap_cells);
    PB_TRY(make_axis(width, &tiling, overlap_cells, "width", &tiling.x));
    PB_TRY(make_axis(height, &tiling, overlap_cells, "height", &tiling.y));
    *out = tiling;
    return PB_STATUS_OK;
}

int32_t pb_tiling_overlap(const pb_tiling *tiling)
{
    return (tiling->x.per_tile - tiling->x.step) * tiling->cell;
}

int32_t pb_tile_first(const pb_tile_axis *axis, int32_t i)
{
    const int32_t first = i * axis->step, last = axis->cells - axis->per_tile;
    return first < last ? first : last;
}

int32_t pb_tile_own(const pb_tile_axis *axis, int32_t i)
{
    if (i == 0)
        return 0;
    if (i == axis->n)
        return axis->cells;
    return (pb_tile_first(axis, i) + pb_tile_first(axis, i - 1) + axis->per_tile) / 2;
}

/* Fills a square of which only a corner is there, by reflection. */
static pb_status reflect_part(const pb_image *part, int32_t side, pb_image *out)
{
    PB_TRY(pb_image_new(side, side, out));
    for (int32_t y = 0; y < side; y++) {
        const int32_t row = y < part->height ? y : 2 * (part->height - 1) - y;
        for (int32_t x = 0; x < side; x++) {
            const int32_t column = x < part->width ? x : 2 * (part->width - 1) - x;
            memcpy(out->rgb + ((int64_t)y * side + x) * 3, part->rgb + ((int64_t)row * part->width + column) * 3, 3);
        }
    }
    return PB_STATUS_OK;
}

static int32_t length_inside(const pb_tile_axis *axis, const pb_tiling *tiling, int32_t first)
{
    return axis->pixels - first < tiling->tile ? axis->pixels - first : tiling->tile;
}

pb_status pb_tile_cut(const pb_tiling *tiling, const pb_image *photo, int32_t column, int32_t row, pb_image *out)
{
    pb_rect rect = {pb_tile_first(&tiling->x, column) * tiling->cell, pb_tile_first(&tiling->y, row) * tiling->cell, 0,
                    0};
    pb_image part;
    rect.width = length_inside(&tiling->x, tiling, rect.left);
    rect.height = length_inside(&tiling->y, tiling, rect.top);
    PB_TRY(pb_image_resize_part(photo, tiling->x.pixels, tiling->y.pixels, tiling->filter, &rect, &part));
    if (part.width == tiling->tile && part.height == tiling->tile) {
        *out = part;
        return PB_STATUS_OK;
    }
    const pb_status status = reflect_part(&part, tiling->tile, out);
    pb_image_free(&part);
    return status;
}

void pb_tile_place(const pb_tiling *tiling, int32_t column, int32_t row, const float *features, int64_t dim, float *out)
{
    const pb_tile_axis *x = &tiling->x, *y = &tiling->y;
    const int64_t left = pb_tile_own(x, column), end = pb_tile_own(x, column + 1);
    const int64_t from_x = left - pb_tile_first(x, column), from_y = pb_tile_first(y, row);
    for (int64_t cell = pb_tile_own(y, row); cell < pb_tile_own(y, row + 1); cell++)
        memcpy(out + (cell * x->cells + left) * dim, features + ((cell - from_y) * x->per_tile + from_x) * dim,
               (size_t)((end - left) * dim) * sizeof *out);
}
