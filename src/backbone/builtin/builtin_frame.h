/* The memory that an image of the built-in descriptor goes through, and the planes of its pyramid. */
#ifndef PB_BACKBONE_BUILTIN_FRAME_H
#define PB_BACKBONE_BUILTIN_FRAME_H

#include <stdint.h>

#include <purebank/image.h>

#include "backbone/builtin/builtin_tables.h"
#include "base/error.h"

/* A level of the pyramid, inside a border of GABOR_RADIUS reflected pixels. Rows are whole blocks of the filters. */
typedef struct builtin_plane {
    int32_t width, height;
    int64_t stride;
    float *pixels; /* (0, 0), inside the border */
} builtin_plane;

/* Where pixel i of a line enlarged 8 times lies between two low cells, centres on centres, edges clamped. */
typedef struct builtin_low_position {
    int32_t first, second;
    float first_weight, second_weight;
} builtin_low_position;

struct builtin_scratch {
    int32_t image_width, image_height; /* pixels that are there */
    int32_t width, height;             /* whole cells */
    int32_t columns, rows;             /* cells */
    int32_t low_width, low_height;
    int32_t *offset;         /* width: bytes from a row's start to its pixel, reflected beyond the image */
    builtin_low_position *x; /* width */
    float *low, *blurred;    /* low_height x low_width: 8x8 means */
    float *wide;             /* low_height x width: `low`, smooth and enlarged in x alone */
    float *sums;             /* low_height x width: of 8 rows; later rows of the level that is halved */
    float *memory[2];        /* of the pyramid's current and next level */
    float *colour[2];        /* rows x columns */
    float *energy;           /* rows x columns x 32 */
    /* while a stage runs */
    const builtin_tables *tables;
    const pb_image *image;
    builtin_plane plane, next;
    int level;
    float mean_variance;
    float *out;
};

/* Cells of a side of `pixels`: the last one may reach beyond the image, and sees it reflected there. */
int32_t pb_builtin_cells(int32_t pixels);

/* For images of width x height pixels, at least BUILTIN_MIN_SIDE each. Free with pb_builtin_scratch_free(). */
pb_status pb_builtin_scratch_new(int32_t width, int32_t height, builtin_scratch **out);
/* Accepts NULL. */
void pb_builtin_scratch_free(builtin_scratch *scratch);

/* Index i of a line of n, reflected at its ends without repeating them. */
static inline int32_t pb_builtin_reflect(int32_t i, int32_t n)
{
    return i < 0 ? -i : (i >= n ? 2 * (n - 1) - i : i);
}

/* Row y of the low cells for row y of pixels. @param n low cells of the side */
static inline builtin_low_position pb_builtin_low_position(int32_t i, int32_t n)
{
    const int32_t first = (i + BUILTIN_LOW_CELL / 2) / BUILTIN_LOW_CELL - 1;
    const float second_weight = ((float)((i + BUILTIN_LOW_CELL / 2) % BUILTIN_LOW_CELL) + 0.5f) / BUILTIN_LOW_CELL;
    return (builtin_low_position){.first = first < 0 ? 0 : first,
                                  .second = first + 1 < n ? first + 1 : n - 1,
                                  .first_weight = 1.0f - second_weight,
                                  .second_weight = second_weight};
}

/* Pixels of a row that are computed at once: whole blocks of the filters, and the border. */
static inline int64_t pb_builtin_stride(int32_t width)
{
    return (int64_t)(width + GABOR_BLOCK - 1) / GABOR_BLOCK * GABOR_BLOCK + 2 * GABOR_RADIUS;
}

/* The level's plane in the memory that it takes turns in. */
builtin_plane pb_builtin_plane(const builtin_scratch *scratch, int level);

/* Fills the border of a plane. */
void pb_builtin_reflect_border(const builtin_plane *plane);

/* out[cell] += sums of `cell` neighbours. */
void pb_builtin_add_cells(const float *columns, int32_t n_cells, int32_t cell, float *out, int64_t out_step);

/* The level below of scratch->plane into scratch->next, and its border (method.md#builtin-pyramid). */
pb_status pb_builtin_halve(builtin_scratch *scratch);

/* Sums of energies of scratch->plane at its level's channels (method.md#builtin-energy). */
pb_status pb_builtin_energies(builtin_scratch *scratch);

/* Sums become features (method.md#builtin-energy, -centring, -brightness, -colour). @param coarse the level of one pixel a cell */
pb_status pb_builtin_features(builtin_scratch *scratch, const builtin_plane *coarse, float *out);

#endif
