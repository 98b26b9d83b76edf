#include "backbone/builtin/builtin_frame.h"

#include <string.h>

#include "base/memory.h"

int32_t pb_builtin_cells(int32_t pixels)
{
    return (pixels + BUILTIN_CELL - 1) / BUILTIN_CELL;
}

builtin_plane pb_builtin_plane(const builtin_scratch *scratch, int level)
{
    builtin_plane plane = {.width = scratch->width >> level, .height = scratch->height >> level};
    plane.stride = pb_builtin_stride(plane.width);
    plane.pixels = scratch->memory[level % 2] + GABOR_RADIUS * plane.stride + GABOR_RADIUS;
    return plane;
}

static pb_status new_plane(const builtin_scratch *scratch, int level, float **out)
{
    int64_t n;
    PB_TRY(pb_size_multiply((scratch->height >> level) + 2 * GABOR_RADIUS, pb_builtin_stride(scratch->width >> level),
                            "pixels of a plane", &n));
    return PB_NEW(*out, n);
}

static pb_status allocate(builtin_scratch *s)
{
    int64_t n_cells, n_energies, n_low, n_wide;
    PB_TRY(pb_size_multiply(s->rows, s->columns, "cells", &n_cells));
    PB_TRY(pb_size_multiply(n_cells, BUILTIN_LEVELS * GABOR_ORIENTATIONS, "energies", &n_energies));
    PB_TRY(pb_size_multiply(s->low_height, s->low_width, "low cells", &n_low));
    PB_TRY(pb_size_multiply(s->low_height, s->width, "low pixels", &n_wide));
    PB_TRY(PB_NEW_UNINITIALISED(s->offset, s->width));
    PB_TRY(PB_NEW_UNINITIALISED(s->x, s->width));
    PB_TRY(PB_NEW_UNINITIALISED(s->low, n_low));
    PB_TRY(PB_NEW_UNINITIALISED(s->blurred, n_low));
    PB_TRY(PB_NEW_UNINITIALISED(s->wide, n_wide));
    PB_TRY(PB_NEW_UNINITIALISED(s->sums, n_wide));
    PB_TRY(PB_NEW_UNINITIALISED(s->colour[0], n_cells));
    PB_TRY(PB_NEW_UNINITIALISED(s->colour[1], n_cells));
    PB_TRY(PB_NEW_UNINITIALISED(s->energy, n_energies));
    PB_TRY(new_plane(s, 0, &s->memory[0]));
    return new_plane(s, 1, &s->memory[1]);
}

pb_status pb_builtin_scratch_new(int32_t width, int32_t height, builtin_scratch **out)
{
    builtin_scratch *s;
    const int32_t columns = pb_builtin_cells(width), rows = pb_builtin_cells(height);
    PB_ASSERT(width >= BUILTIN_MIN_SIDE && height >= BUILTIN_MIN_SIDE);
    PB_TRY(PB_NEW(s, 1));
    *s = (builtin_scratch){.image_width = width,
                           .image_height = height,
                           .columns = columns,
                           .rows = rows,
                           .width = columns * BUILTIN_CELL,
                           .height = rows * BUILTIN_CELL,
                           .low_width = columns * BUILTIN_CELL / BUILTIN_LOW_CELL,
                           .low_height = rows * BUILTIN_CELL / BUILTIN_LOW_CELL};
    const pb_status status = allocate(s);
    if (status != PB_STATUS_OK) {
        pb_builtin_scratch_free(s);
        return status;
    }
    for (int32_t x = 0; x < s->width; x++) {
        s->offset[x] = 3 * pb_builtin_reflect(x, width);
        s->x[x] = pb_builtin_low_position(x, s->low_width);
    }
    *out = s;
    return PB_STATUS_OK;
}

void pb_builtin_scratch_free(builtin_scratch *s)
{
    if (!s)
        return;
    pb_free(s->offset);
    pb_free(s->x);
    pb_free(s->low);
    pb_free(s->blurred);
    pb_free(s->wide);
    pb_free(s->sums);
    for (int i = 0; i < 2; i++) {
        pb_free(s->memory[i]);
        pb_free(s->colour[i]);
    }
    pb_free(s->energy);
    pb_free(s);
}

void pb_builtin_reflect_border(const builtin_plane *plane)
{
    const int32_t width = plane->width, height = plane->height;
    const int64_t stride = plane->stride;
    float *const pixels = plane->pixels;
    for (int64_t y = 0; y < height; y++)
        for (int i = 1; i <= GABOR_RADIUS; i++) {
            pixels[y * stride - i] = pixels[y * stride + i];
            pixels[y * stride + width - 1 + i] = pixels[y * stride + width - 1 - i];
        }
    for (int64_t i = 1; i <= GABOR_RADIUS; i++) {
        const size_t bytes = sizeof(float) * (size_t)(width + 2 * GABOR_RADIUS);
        float *const row = pixels - GABOR_RADIUS;
        memcpy(row - i * stride, row + i * stride, bytes);
        memcpy(row + (height - 1 + i) * stride, row + (height - 1 - i) * stride, bytes);
    }
}

void pb_builtin_add_cells(const float *columns, int32_t n_cells, int32_t cell, float *out, int64_t out_step)
{
    for (int32_t i = 0; i < n_cells; i++) {
        float sum = 0;
        for (int32_t x = 0; x < cell; x++)
            sum += columns[i * cell + x];
        out[i * out_step] += sum;
    }
}
