#include "backbone/layer_norm.h"

#include <math.h>

#include "backbone/lanes.h"
#include "base/clones.h"

static inline float sum_of_squares_about(const float *x, float mean, int64_t n)
{
    float lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (x[c + l] - mean) * (x[c + l] - mean);
    for (int l = 0; c + l < n; l++)
        lane[l] += (x[c + l] - mean) * (x[c + l] - mean);
    return add_lanes(lane);
}

PB_CLONES void pb_layer_norm(const float *restrict x, const float *restrict gain, const float *restrict shift,
                             float eps, int64_t n, float *restrict out)
{
    const float mean = sum_of(x, n) / (float)n;
    const float variance = sum_of_squares_about(x, mean, n) / (float)n;
    const float factor = 1.0f / sqrtf(variance + eps);
    for (int64_t c = 0; c < n; c++)
        out[c] = (x[c] - mean) * factor * gain[c] + shift[c];
}
