#include "backbone/cnn/cnn_embed.h"

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
