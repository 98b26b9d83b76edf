/* What the border of a tile does to a network's patches, by their distance from it.
 *
 *     study_seams BACKBONE PHOTO [TILE]
 *
 * One place of the photo is looked at from many tiles that differ only in where they begin, so that it lies at each distance from
 * a border once. Its patch is compared with the same patch in the middle of a tile: the difference is given as a share of the
 * median distance between patches of different places, what a search is about. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <purebank/purebank.h>

#include "base/error.h"
#include "base/memory.h"
#include "metrics/select.h"

enum { PLACES = 24, MAX_GRID = 128 };

typedef struct study {
    pb_backbone *backbone;
    pb_image photo;
    int32_t tile, grid, cell;
    int64_t dim;
    float *features; /* of a tile */
} study;

static double distance(const float *a, const float *b, int64_t dim)
{
    double sum = 0;
    for (int64_t i = 0; i < dim; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sqrt(sum);
}

/* The patch at pixel (x, y) of the photo, `column` cells from the left border of its tile and in its middle row. */
static pb_status look(study *s, int32_t x, int32_t y, int32_t column, float *out)
{
    pb_image tile;
    const int32_t row = s->grid / 2;
    PB_TRY(pb_image_crop(&s->photo, x - column * s->cell, y - row * s->cell, s->tile, s->tile, &tile));
    const pb_status status = pb_backbone_extract(s->backbone, &tile, 1, s->features);
    pb_image_free(&tile);
    for (int64_t i = 0; i < s->dim; i++)
        out[i] = s->features[((int64_t)row * s->grid + column) * s->dim + i];
    return status;
}

static pb_status measure(study *s)
{
    static double off[MAX_GRID][PLACES], apart[PLACES * PLACES];
    float *middle, *moved;
    int64_t n = 0;
    PB_TRY(PB_NEW(s->features, (int64_t)s->grid * s->grid * s->dim));
    PB_TRY(PB_NEW(middle, PLACES * s->dim));
    PB_TRY(PB_NEW(moved, s->dim));
    for (int32_t p = 0; p < PLACES; p++) {
        const int32_t free_x = s->photo.width - 2 * s->tile, free_y = s->photo.height - 2 * s->tile;
        const int32_t x = s->tile + free_x * (p % 6) / 6, y = s->tile + free_y * (p / 6) / 4;
        PB_TRY(look(s, x, y, s->grid / 2, middle + p * s->dim));
        for (int32_t column = 0; column < s->grid / 2; column++) {
            PB_TRY(look(s, x, y, column, moved));
            off[column][p] = distance(moved, middle + p * s->dim, s->dim);
        }
        for (int32_t q = 0; q < p; q++)
            apart[n++] = distance(middle + p * s->dim, middle + q * s->dim, s->dim);
    }
    const double scale = pb_median(apart, n);
    printf("cells from the border (of %d pixels), difference: median and largest of %d places\n", (int)s->cell, PLACES);
    for (int32_t column = 0; column < s->grid / 2; column++) {
        const double largest = pb_order_statistic(off[column], PLACES, PLACES - 1) / scale;
        printf("%3d  %.3f  %.3f\n", (int)column, pb_median(off[column], PLACES) / scale, largest);
    }
    return PB_STATUS_OK;
}

int main(int argc, char **argv)
{
    study s = {0};
    if (argc < 3)
        return 2;
    const int32_t asked = argc > 3 ? atoi(argv[3]) : 0;
    pb_backbone_options options = PB_BACKBONE_OPTIONS_INIT;
    options.input_size = asked;
    pb_status status = pb_backbone_open(argv[1], &options, &s.backbone);
    if (status == PB_STATUS_OK && pb_backbone_origin(s.backbone)->backbone[0]) {
        /* Tiles go in as they are, which only a resolution asks for. */
        options.width = options.height = pb_backbone_origin(s.backbone)->input_width;
        pb_backbone_close(s.backbone);
        status = pb_backbone_open(argv[1], &options, &s.backbone);
    }
    if (status == PB_STATUS_OK)
        status = pb_image_read(argv[2], &s.photo);
    if (status == PB_STATUS_OK) {
        const pb_origin *origin = pb_backbone_origin(s.backbone);
        s.tile = origin->input_width;
        s.grid = origin->grid_width;
        s.cell = s.tile / s.grid;
        s.dim = origin->dim;
        status = measure(&s);
    }
    if (status != PB_STATUS_OK)
        fprintf(stderr, "%s\n", pb_error_message());
    return status != PB_STATUS_OK;
}
