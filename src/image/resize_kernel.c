#include "image/resize_kernel.h"

#include "base/clones.h"

enum { ROUNDING = 1 << (PB_RESIZE_WEIGHT_BITS - 1), CHUNK = 64 };

static inline uint8_t clip8(int32_t sum)
{
    const int32_t value = sum >> PB_RESIZE_WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

PB_CLONES void pb_resize_columns(const uint8_t *columns, const pb_resize_axis *axis, uint8_t *out)
{
    for (int64_t x = 0; x < axis->out_size; x++) {
        const uint8_t *in = columns + (int64_t)(axis->first[x] - axis->start) * PB_RESIZE_LANES;
        const int32_t *weights = axis->weights + x * axis->taps;
        int32_t sums[PB_RESIZE_LANES];
        for (int lane = 0; lane < PB_RESIZE_LANES; lane++)
            sums[lane] = ROUNDING;
        for (int64_t t = 0; t < axis->count[x]; t++)
            for (int lane = 0; lane < PB_RESIZE_LANES; lane++)
                sums[lane] += in[t * PB_RESIZE_LANES + lane] * weights[t];
        for (int lane = 0; lane < PB_RESIZE_LANES; lane++)
            out[x * PB_RESIZE_LANES + lane] = clip8(sums[lane]);
    }
}

PB_CLONES void pb_resize_row(const uint8_t *rows, int64_t stride, int32_t count, const int32_t *weights, int64_t n,
                             uint8_t *out)
{
    int64_t i = 0;
    for (; i + CHUNK <= n; i += CHUNK) {
        int32_t sums[CHUNK];
        for (int lane = 0; lane < CHUNK; lane++)
            sums[lane] = ROUNDING;
        for (int64_t t = 0; t < count; t++)
            for (int lane = 0; lane < CHUNK; lane++)
                sums[lane] += rows[t * stride + i + lane] * weights[t];
        for (int lane = 0; lane < CHUNK; lane++)
            out[i + lane] = clip8(sums[lane]);
    }
    for (; i < n; i++) {
        int32_t sum = ROUNDING;
        for (int64_t t = 0; t < count; t++)
            sum += rows[t * stride + i] * weights[t];
        out[i] = clip8(sum);
    }
}
