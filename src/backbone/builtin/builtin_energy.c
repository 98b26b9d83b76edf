/* The second half of the built-in descriptor: Gabor energies of the pyramid's levels, and what becomes of them. */
#include <string.h>

#include "backbone/builtin/builtin_frame.h"
#include "base/threads.h"

enum { CHANNELS = BUILTIN_LEVELS * GABOR_ORIENTATIONS, HALVED_ROWS = 32 /* a work item's */ };

/* ---- The pyramid ---- */

static pb_status halve_rows(void *context, int64_t index, int worker)
{
    const builtin_scratch *s = context;
    const builtin_plane *plane = &s->plane, *next = &s->next;
    const int64_t end = (index + 1) * HALVED_ROWS < next->height ? (index + 1) * HALVED_ROWS : next->height;
    float *row = s->sums + index * plane->stride;
    const float *first = plane->pixels - 3 * plane->stride - GABOR_RADIUS; /* 3 above, and the border to the left */
    (void)worker;
    for (int64_t y = index * HALVED_ROWS; y < end; y++) {
        pb_builtin_halve_rows(first + 2 * y * plane->stride, plane->stride, s->tables->halving, row,
                              plane->width + 2 * GABOR_RADIUS);
        pb_builtin_halve_columns(row + GABOR_RADIUS - 3, s->tables->halving, next->pixels + y * next->stride,
                                 next->width);
    }
    return PB_STATUS_OK;
}

pb_status pb_builtin_halve(builtin_scratch *scratch)
{
    const builtin_plane *next = &scratch->next;
    PB_TRY(pb_parallel_for((next->height + HALVED_ROWS - 1) / HALVED_ROWS, halve_rows, scratch, NULL));
    pb_builtin_reflect_border(next);
    return PB_STATUS_OK;
}

/* ---- Energies ---- */

/* In a strip of GABOR_BLOCK columns: sums over the cells of a level. */
static pb_status strip_energies(void *context, int64_t index, int worker)
{
    const builtin_scratch *s = context;
    const builtin_plane *plane = &s->plane;
    const int32_t left = (int32_t)index * GABOR_BLOCK, cell = BUILTIN_CELL >> s->level;
    const int32_t width = plane->width - left < GABOR_BLOCK ? plane->width - left : GABOR_BLOCK;
    const float *top = plane->pixels - GABOR_RADIUS * plane->stride - GABOR_RADIUS + left;
    gabor_scratch strip;
    (void)worker;
    for (int y = 0; y < 2 * GABOR_RADIUS; y++)
        pb_builtin_fold_row(top + y * plane->stride, &strip.row[y]);
    for (int32_t y = 0; y < plane->height; y++) {
        const int32_t bottom = y + 2 * GABOR_RADIUS, centre = y + GABOR_RADIUS;
        pb_builtin_fold_row(top + bottom * plane->stride, &strip.row[bottom % GABOR_ROWS]);
        pb_builtin_gabor_centre(&s->tables->gabor, &strip.row[centre % GABOR_ROWS], &strip.sums);
        for (int offset = 1; offset <= GABOR_RADIUS; offset++)
            pb_builtin_gabor_pair(&s->tables->gabor, offset, &strip.row[(centre + offset) % GABOR_ROWS],
                                  &strip.row[(centre - offset) % GABOR_ROWS], &strip.sums);
        if (y % cell == 0)
            memset(strip.energy, 0, sizeof strip.energy);
        pb_builtin_gabor_energy(&strip.sums, strip.energy);
        if (y % cell == cell - 1) {
            const int64_t patch = (int64_t)(y / cell) * s->columns + left / cell;
            for (int l = 0; l < GABOR_ORIENTATIONS; l++)
                pb_builtin_add_cells(strip.energy[l], width / cell, cell,
                                     s->energy + patch * CHANNELS + s->level * GABOR_ORIENTATIONS + l, CHANNELS);
        }
    }
    return PB_STATUS_OK;
}

pb_status pb_builtin_energies(builtin_scratch *scratch)
{
    return pb_parallel_for((scratch->plane.width + GABOR_BLOCK - 1) / GABOR_BLOCK, strip_energies, scratch, NULL);
}

/* ---- Features ---- */

static void log_energies(float *energy, int32_t n_patches)
{
    for (int64_t patch = 0; patch < n_patches; patch++)
        for (int level = 0; level < BUILTIN_LEVELS; level++)
            for (int l = 0; l < GABOR_ORIENTATIONS; l++) {
                const int cell = BUILTIN_CELL >> level;
                energy[patch * CHANNELS + level * GABOR_ORIENTATIONS + l] *= 1.0f / (float)(cell * cell);
            }
    pb_builtin_log1p_scaled(energy, 1.0f / 0.03f, (int64_t)n_patches * CHANNELS);
}

/* Centring (method.md#builtin-centring), brightness (method.md#builtin-brightness) and colour of a row of cells. */
static pb_status write_row(void *context, int64_t row, int worker)
{
    const builtin_scratch *s = context;
    const int64_t first = row * s->columns;
    (void)worker;
    log_energies(s->energy + first * CHANNELS, s->columns);
    for (int64_t column = 0; column < s->columns; column++) {
        const float *const energy = s->energy + (first + column) * CHANNELS;
        float *const feature = s->out + (first + column) * BUILTIN_DIM;
        float sum = 0;
        for (int i = 0; i < CHANNELS; i++)
            sum += energy[i];
        /* Partial centring: half of the overall contrast of the patch is taken out. */
        for (int i = 0; i < CHANNELS; i++)
            feature[i] = energy[i] - 0.5f * sum / (float)CHANNELS;
        feature[CHANNELS] = 1.7f * s->plane.pixels[row * s->plane.stride + column];
        feature[CHANNELS + 1] = s->colour[0][first + column] * (2.0f / (BUILTIN_CELL * BUILTIN_CELL));
        feature[CHANNELS + 2] = s->colour[1][first + column] * (2.0f / (BUILTIN_CELL * BUILTIN_CELL));
    }
    return PB_STATUS_OK;
}

pb_status pb_builtin_features(builtin_scratch *scratch, const builtin_plane *coarse, float *out)
{
    scratch->plane = *coarse;
    scratch->out = out;
    return pb_parallel_for(scratch->rows, write_row, scratch, NULL);
}
