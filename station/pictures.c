#include "station/pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <spng.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/jpeg.h"

static const double OPACITY = 0.6;
enum { THUMBNAIL_QUALITY = 82, PHOTO_QUALITY = 92 };

/* Where the centre of pixel i of n falls between the cells of a grid, as in pb_image_overlay(). */
typedef struct grid_place {
    int32_t cell, next;
    double weight;
} grid_place;

static grid_place locate(int64_t i, int64_t n, int32_t n_cells)
{
    const double at = fmin(fmax(((double)i + 0.5) * n_cells / (double)n - 0.5, 0), n_cells - 1);
    const int32_t cell = (int32_t)at;
    return (grid_place){cell, cell + 1 < n_cells ? cell + 1 : cell, at - cell};
}

/* The first colours of a heatmap with a region: what lies outside, and its edge. Levels inside begin behind them. */
enum { OUTSIDE, EDGE, N_RESERVED };

static bool is_inside(const station_map *map, int64_t x, int64_t y)
{
    const pb_rect *view = &map->view;
    x = x < 0 ? 0 : x >= view->width ? view->width - 1 : x;
    y = y < 0 ? 0 : y >= view->height ? view->height - 1 : y;
    const int64_t row = y * map->rows / view->height, column = x * map->columns / view->width;
    return map->level[((int64_t)map->rows + row) * map->columns + column] != 0;
}

static void mark_region(const station_map *map, int64_t y, int32_t line, uint8_t *out)
{
    for (int64_t x = 0; x < map->view.width; x++) {
        if (is_inside(map, x, y)) {
            out[x] = out[x] < N_RESERVED ? N_RESERVED : out[x];
            continue;
        }
        out[x] = OUTSIDE;
        for (int across = -1; across <= 1; across++)
            for (int down = -1; down <= 1; down++)
                if (is_inside(map, x + across * line, y + down * line))
                    out[x] = EDGE;
    }
}

static void draw_row(const station_map *map, const grid_place *columns, grid_place row, uint8_t *out)
{
    const uint8_t *above = map->level + (int64_t)row.cell * map->columns;
    const uint8_t *below = map->level + (int64_t)row.next * map->columns;
    for (int64_t x = 0; x < map->view.width; x++) {
        const grid_place at = columns[x];
        const double upper = above[at.cell] + (above[at.next] - above[at.cell]) * at.weight;
        const double lower = below[at.cell] + (below[at.next] - below[at.cell]) * at.weight;
        out[x] = (uint8_t)lround(upper + (lower - upper) * row.weight);
    }
}

/* One byte a pixel: its place on the scale of colours; 0 where the map does not reach. */
static pb_status draw(const station_map *map, int32_t width, int32_t height, uint8_t **out)
{
    grid_place *columns;
    uint8_t *pixels;
    const pb_rect *view = &map->view;
    if (view->left < 0 || view->top < 0 || view->width < 1 || view->height < 1 || view->width > width - view->left ||
        view->height > height - view->top)
        return pb_fail(PB_STATUS_BAD_FORMAT, "a heatmap does not lie within its photo");
    PB_TRY(PB_NEW_PRODUCT(pixels, width, height));
    if (!(columns = pb_calloc((size_t)view->width, sizeof *columns))) {
        pb_free(pixels);
        return PB_STATUS_NO_MEMORY;
    }
    for (int64_t x = 0; x < view->width; x++)
        columns[x] = locate(x, view->width, map->columns);
    const int32_t line = (width < height ? width : height) / 250 > 1 ? (width < height ? width : height) / 250 : 1;
    for (int64_t y = 0; y < view->height; y++) {
        uint8_t *row = pixels + (view->top + y) * width + view->left;
        draw_row(map, columns, locate(y, view->height, map->rows), row);
        if (map->has_region)
            mark_region(map, y, line, row);
    }
    pb_free(columns);
    *out = pixels;
    return PB_STATUS_OK;
}

static void set_colours(spng_ctx *png, bool has_region)
{
    struct spng_plte colours = {.n_entries = 256};
    struct spng_trns alpha = {.n_type3_entries = 256};
    for (int i = 0; i < 256; i++) {
        uint8_t rgb[3];
        pb_colormap_rgb(PB_COLORMAP_INFERNO, i / 255.0, rgb);
        colours.entries[i] = (struct spng_plte_entry){.red = rgb[0], .green = rgb[1], .blue = rgb[2]};
        alpha.type3_alpha[i] = (uint8_t)lround(OPACITY * i);
    }
    if (has_region) {
        colours.entries[OUTSIDE] = (struct spng_plte_entry){.red = 24, .green = 24, .blue = 24};
        colours.entries[EDGE] = (struct spng_plte_entry){.red = 0x3c, .green = 0xb4, .blue = 0xff};
        alpha.type3_alpha[OUTSIDE] = 170;
        alpha.type3_alpha[EDGE] = 255;
    }
    spng_set_plte(png, &colours);
    spng_set_trns(png, &alpha);
}

pb_status station_heatmap_png(const station_map *map, int32_t width, int32_t height, uint8_t **out, size_t *out_size)
{
    uint8_t *pixels = NULL;
    int error;
    PB_TRY(draw(map, width, height, &pixels));
    struct spng_ihdr head = {
        .width = (uint32_t)width, .height = (uint32_t)height, .bit_depth = 8, .color_type = SPNG_COLOR_TYPE_INDEXED};
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    void *encoded = NULL;
    spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);
    spng_set_option(png, SPNG_IMG_COMPRESSION_LEVEL, 3);
    spng_set_ihdr(png, &head);
    set_colours(png, map->has_region);
    error = spng_encode_image(png, pixels, (size_t)width * (size_t)height, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    if (error == 0)
        encoded = spng_get_png_buffer(png, out_size, &error);
    spng_ctx_free(png);
    pb_free(pixels);
    if (error != 0 || !encoded)
        return pb_fail(PB_STATUS_NO_MEMORY, "cannot encode a heatmap: %s", spng_strerror(error));
    const pb_status status = PB_NEW_UNINITIALISED(*out, *out_size);
    if (status == PB_STATUS_OK)
        memcpy(*out, encoded, *out_size);
    free(encoded);
    return status;
}

pb_status station_thumbnail(const char *path, int32_t side, uint8_t **out, size_t *out_size)
{
    pb_image image, small = {0};
    PB_TRY(pb_image_read(path, &image));
    const int32_t longer = image.width > image.height ? image.width : image.height;
    pb_status status = PB_STATUS_OK;
    if (longer > side) {
        const int32_t width = (int32_t)lround((double)image.width * side / longer);
        const int32_t height = (int32_t)lround((double)image.height * side / longer);
        status = pb_image_resize(&image, width > 0 ? width : 1, height > 0 ? height : 1, PB_RESAMPLE_BILINEAR, &small);
    }
    if (status == PB_STATUS_OK)
        status = pb_jpeg_encode(small.rgb ? &small : &image, THUMBNAIL_QUALITY, out, out_size);
    pb_image_free(&small);
    pb_image_free(&image);
    return status;
}

pb_status station_photo_jpeg(const char *path, uint8_t **out, size_t *out_size)
{
    pb_image image;
    PB_TRY(pb_image_read(path, &image));
    const pb_status status = pb_jpeg_encode(&image, PHOTO_QUALITY, out, out_size);
    pb_image_free(&image);
    return status;
}
