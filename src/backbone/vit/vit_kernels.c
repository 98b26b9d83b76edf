#include "backbone/vit/vit_kernels.h"

#include <math.h>
#include <string.h>

#include "backbone/lanes.h"
#include "base/clones.h"

/* e^x = 2^k e^r with k the whole number nearest to x / ln 2 and |r| <= ln(2) / 2, where the series to r^7 / 7! is below
 * float rounding. ln 2 is split so that k * the first part is exact (Cody and Waite, 1980). x is clamped to where the
 * result is a normal number. */
static inline float exp_of(float x)
{
    const float to_integer = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shifted = x * 1.44269504f + to_integer;
    const float k = shifted - to_integer;
    const float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
    const float series = 1 + r * (1 + r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r / 720)))));
    uint32_t bits; /* the lowest ones of `shifted` are k, whatever x was */
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return series * power;
}

static inline float maximum_of(const float *x, int64_t n)
{
    float lane[LANES];
    for (int l = 0; l < LANES; l++)
        lane[l] = x[0];
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] = x[c + l] > lane[l] ? x[c + l] : lane[l];
    for (int l = 0; c + l < n; l++)
        lane[l] = x[c + l] > lane[l] ? x[c + l] : lane[l];
    for (int l = 1; l < LANES; l++)
        lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
    return lane[0];
}

PB_CLONES float pb_vit_exponentials(float *x, int64_t n)
{
    const float maximum = maximum_of(x, n);
    for (int64_t c = 0; c < n; c++)
        x[c] = exp_of(x[c] - maximum);
    return sum_of(x, n);
}

PB_CLONES void pb_vit_scale(const float *restrict x, float factor, int64_t n, float *restrict out)
{
    for (int64_t c = 0; c < n; c++)
        out[c] = factor * x[c];
}

PB_CLONES void pb_vit_rotate(const float *restrict x, const float *restrict cosines, const float *restrict sines,
                             float factor, int64_t n, float *restrict out)
{
    const int64_t half = n / 2;
    for (int64_t j = 0; j < half; j++) {
        const float a = x[j], b = x[j + half];
        out[j] = (a * cosines[j] - b * sines[j]) * factor;
        out[j + half] = (b * cosines[j] + a * sines[j]) * factor;
    }
}

/* erf to 1.5e-7: Abramowitz and Stegun, 7.1.26. */
static inline float erf_of(float x)
{
    const float z = fabsf(x), t = 1 / (1 + 0.3275911f * z);
    const float series =
        t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    const float y = 1 - series * exp_of(-z * z);
    return x < 0 ? -y : y;
}

static inline float gelu_of(float x)
{
    return 0.5f * x * (1 + erf_of(x * 0.707106781f));
}

static inline float swish_of(float x, float slope)
{
    return x / (1 + exp_of(-slope * x));
}

static const float quick_slope = 1.702f; /* of the sigmoid that stands for the normal distribution in quick GELU */

PB_CLONES static void activate_gelu(int64_t n, float *x)
{
    for (int64_t c = 0; c < n; c++)
        x[c] = gelu_of(x[c]);
}

PB_CLONES static void activate_swish(float slope, int64_t n, float *x)
{
    for (int64_t c = 0; c < n; c++)
        x[c] = swish_of(x[c], slope);
}

void pb_vit_activate(pb_vit_activation activation, int64_t n, float *x)
{
    if (activation == PB_VIT_GELU)
        activate_gelu(n, x);
    else
        activate_swish(activation == PB_VIT_SILU ? 1 : quick_slope, n, x);
}

PB_CLONES static void multiply(const float *a, const float *b, int64_t n, float *out)
{
    for (int64_t c = 0; c < n; c++)
        out[c] = a[c] * b[c];
}

void pb_vit_gate(pb_vit_activation activation, const float *gate, const float *up, int64_t n, float *out)
{
    if (out != gate)
        memcpy(out, gate, (size_t)n * sizeof *out);
    pb_vit_activate(activation, n, out);
    multiply(out, up, n, out);
}

PB_CLONES void pb_vit_to_bf16(const float *restrict x, int64_t n, pb_bf16 *restrict out)
{
    for (int64_t c = 0; c < n; c++) {
        uint32_t bits;
        memcpy(&bits, &x[c], sizeof bits);
        out[c] = (pb_bf16)((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
    }
}

/* ---- Bytes ---- */

static inline float nearest_integer(float x)
{
    const float to_integer = 12582912.0f; /* 1.5 * 2^23 */
    return (x + to_integer) - to_integer;
}

static inline void range_of(const float *x, int64_t n, float *least, float *largest)
{
    float low[LANES] = {0}, high[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++) {
            low[l] = x[c + l] < low[l] ? x[c + l] : low[l];
            high[l] = x[c + l] > high[l] ? x[c + l] : high[l];
        }
    for (int l = 0; c + l < n; l++) {
        low[l] = x[c + l] < low[l] ? x[c + l] : low[l];
        high[l] = x[c + l] > high[l] ? x[c + l] : high[l];
    }
    for (int l = 1; l < LANES; l++) {
        low[0] = low[l] < low[0] ? low[l] : low[0];
        high[0] = high[l] > high[0] ? high[l] : high[0];
    }
    *least = low[0];
    *largest = high[0];
}

PB_CLONES void pb_vit_quantize(const float *restrict x, int64_t n, uint8_t *restrict out, float *step, int32_t *zero)
{
    float least, largest;
    range_of(x, n, &least, &largest);
    const float range = largest - least, per_step = range > 0 ? 255 / range : 0;
    float offset = nearest_integer(-least * per_step);
    int32_t has_nan = 0;
    offset = offset > 0 ? offset : 0; /* comparisons that NaN fails: a row that overflowed becomes some bytes */
    offset = offset < 255 ? offset : 255;
    for (int64_t c = 0; c < n; c++) {
        has_nan |= x[c] != x[c];
        float value = nearest_integer(x[c] * per_step) + offset;
        value = value > 0 ? value : 0;
        value = value < 255 ? value : 255;
        out[c] = (uint8_t)(int32_t)value;
    }
    *step = has_nan ? NAN : range / 255;
    *zero = (int32_t)offset;
}

PB_CLONES int32_t pb_vit_quantize_signed(const float *restrict x, int64_t n, int8_t *restrict out, float *step)
{
    float least, largest;
    int32_t sum = 0;
    range_of(x, n, &least, &largest);
    const float most = -least > largest ? -least : largest, per_step = most > 0 ? 127 / most : 0;
    for (int64_t c = 0; c < n; c++) {
        const int32_t value = (int32_t)nearest_integer(x[c] * per_step);
        out[c] = (int8_t)value;
        sum += value;
    }
    *step = most / 127;
    return sum;
}

PB_CLONES void pb_vit_dequantize(const int32_t *restrict counts, float step, int32_t zero, const float *restrict steps,
                                 const int32_t *restrict sums, const float *restrict bias, int64_t n,
                                 float *restrict out)
{
    for (int64_t c = 0; c < n; c++)
        out[c] = step * steps[c] * (float)(counts[c] - zero * sums[c]) + bias[c];
}

PB_CLONES void pb_vit_add(const float *restrict x, int64_t n, float *restrict out)
{
    for (int64_t c = 0; c < n; c++)
        out[c] += x[c];
}
