#include "backbone/cnn/cnn_embed.h"

#include <stdbool.h>
#include <string.h>

#include "base/clones.h"

static inline void add_row(const float *restrict x, int64_t n, float *restrict sum)
{
    for (int64_t c = 0; c < n; c++)
        sum[c] += x[c];
}

PB_CLONES void pb_cnn_means(const float *restrict map, int64_t side, int64_t channels, int64_t width,
                            float *restrict out)
{
    const int64_t reach = width / 2;
    const float factor = 1.0f / (float)(width * width);
    for (int64_t y = 0; y < side; y++)
        for (int64_t x = 0; x < side; x++) {
            float *cell = out + (y * side + x) * channels;
            memset(cell, 0, (size_t)channels * sizeof *cell);
            for (int64_t v = y - reach; v <= y + reach; v++)
                for (int64_t u = x - reach; u <= x + reach; u++)
                    if (v >= 0 && v < side && u >= 0 && u < side)
                        add_row(map + (v * side + u) * channels, channels, cell);
            for (int64_t c = 0; c < channels; c++)
                cell[c] *= factor;
        }
}

typedef struct position {
    int64_t first, second; /* neighbours along an axis */
    float share;           /* of the second */
} position;

static position locate(int64_t i, int64_t grid, int64_t side)
{
    const float at = ((float)i + 0.5f) * ((float)side / (float)grid) - 0.5f, inside = at < 0 ? 0 : at;
    const int64_t first = (int64_t)inside;
    return (position){first, first < side - 1 ? first + 1 : first, inside - (float)first};
}

PB_CLONES void pb_cnn_place(const float *restrict map, int64_t side, int64_t channels, int64_t grid, int64_t stride,
                            float *restrict out)
{
    for (int64_t i = 0; i < grid * grid; i++) {
        if (side == grid) {
            memcpy(out + i * stride, map + i * channels, (size_t)channels * sizeof *out);
            continue;
        }
        const position y = locate(i / grid, grid, side), x = locate(i % grid, grid, side);
        const float *a = map + (y.first * side + x.first) * channels, *b = map + (y.first * side + x.second) * channels,
                    *c = map + (y.second * side + x.first) * channels,
                    *d = map + (y.second * side + x.second) * channels;
        float *cell = out + i * stride;
        for (int64_t k = 0; k < channels; k++)
            cell[k] = (1 - y.share) * ((1 - x.share) * a[k] + x.share * b[k]) +
                      y.share * ((1 - x.share) * c[k] + x.share * d[k]);
    }
}

static float mean_between(const float *values, int64_t first, int64_t end)
{
    float sum = 0;
    for (int64_t i = first; i < end; i++)
        sum += values[i];
    return sum / (float)(end - first);
}

/* The neighbourhood of a cell: channels x width x width. */
static void gather(const float *map, int64_t side, int64_t channels, int64_t width, int64_t cell, float *out)
{
    const int64_t reach = width / 2, cells = width * width;
    for (int64_t i = 0; i < cells; i++) {
        const int64_t v = cell / side + i / width - reach, u = cell % side + i % width - reach;
        const bool inside = v >= 0 && v < side && u >= 0 && u < side;
        const float *from = map + (inside ? (v * side + u) * channels : 0);
        for (int64_t c = 0; c < channels; c++)
            out[c * cells + i] = inside ? from[c] : 0;
    }
}

void pb_cnn_pool(const float *map, int64_t side, int64_t channels, int64_t width, int64_t wanted, float *values,
                 float *out)
{
    const int64_t n = channels * width * width;
    for (int64_t cell = 0; cell < side * side; cell++) {
        gather(map, side, channels, width, cell, values);
        for (int64_t i = 0; i < wanted; i++)
            out[cell * wanted + i] = mean_between(values, i * n / wanted, ((i + 1) * n + wanted - 1) / wanted);
    }
}

void pb_cnn_merge(const float *map, int64_t n_cells, int64_t channels, int64_t index, int64_t n, float *out)
{
    for (int64_t cell = 0; cell < n_cells; cell++)
        for (int64_t c = 0; c < channels; c++)
            out[cell * channels + (index * channels + c) / n] += map[cell * channels + c] / (float)n;
}
