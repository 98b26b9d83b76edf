#include "backbone/builtin/builtin_kernels.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

PB_CLONES void pb_builtin_fold_row(const float *restrict pixels, gabor_row *restrict row)
{
    memcpy(row->even[0], pixels + GABOR_RADIUS, sizeof row->even[0]);
    for (int offset = 1; offset <= GABOR_RADIUS; offset++) {
        const float *restrict right = pixels + GABOR_RADIUS + offset;
        const float *restrict left = pixels + GABOR_RADIUS - offset;
        for (int x = 0; x < GABOR_BLOCK; x++) {
            row->even[offset][x] = right[x] + left[x];
            row->odd[offset][x] = right[x] - left[x];
        }
    }
}

#define DOT4(w, v) ((w)[1] * v##1 + (w)[2] * v##2 + (w)[3] * v##3 + (w)[4] * v##4)
#define DOT5(w, v) ((w)[0] * v##0 + (w)[1] * v##1 + (w)[2] * v##2 + (w)[3] * v##3 + (w)[4] * v##4)

PB_CLONES void pb_builtin_gabor_centre(const gabor_weights *weights, const gabor_row *restrict centre,
                                       gabor_sums *restrict sums)
{
    float(*const ee)[GABOR_BLOCK] = sums->ee;
    float(*const eo)[GABOR_BLOCK] = sums->eo;
    float(*const oe)[GABOR_BLOCK] = sums->oe;
    float(*const oo)[GABOR_BLOCK] = sums->oo;
    const float(*const wee)[GABOR_OFFSETS] = weights->ee[0];
    const float(*const woe)[GABOR_OFFSETS] = weights->oe[0];
    for (int x = 0; x < GABOR_BLOCK; x++) {
        const float e0 = centre->even[0][x], e1 = centre->even[1][x], e2 = centre->even[2][x], e3 = centre->even[3][x],
                    e4 = centre->even[4][x];
        ee[0][x] = DOT5(wee[0], e);
        ee[1][x] = DOT5(wee[1], e);
        ee[2][x] = DOT5(wee[2], e);
        ee[3][x] = DOT5(wee[3], e);
        ee[4][x] = DOT5(wee[4], e);
        eo[0][x] = eo[1][x] = eo[2][x] = eo[3][x] = 0;
    }
    for (int x = 0; x < GABOR_BLOCK; x++) {
        const float o1 = centre->odd[1][x], o2 = centre->odd[2][x], o3 = centre->odd[3][x], o4 = centre->odd[4][x];
        oe[0][x] = DOT4(woe[0], o);
        oe[1][x] = DOT4(woe[1], o);
        oe[2][x] = DOT4(woe[2], o);
        oe[3][x] = DOT4(woe[3], o);
        oo[0][x] = oo[1][x] = oo[2][x] = 0;
    }
}

PB_CLONES void pb_builtin_gabor_pair(const gabor_weights *weights, int y, const gabor_row *restrict below,
                                     const gabor_row *restrict above, gabor_sums *restrict sums)
{
    float(*const ee)[GABOR_BLOCK] = sums->ee;
    float(*const eo)[GABOR_BLOCK] = sums->eo;
    float(*const oe)[GABOR_BLOCK] = sums->oe;
    float(*const oo)[GABOR_BLOCK] = sums->oo;
    const float(*const wee)[GABOR_OFFSETS] = weights->ee[y];
    const float(*const weo)[GABOR_OFFSETS] = weights->eo[y];
    const float(*const woe)[GABOR_OFFSETS] = weights->oe[y];
    const float(*const woo)[GABOR_OFFSETS] = weights->oo[y];
    for (int x = 0; x < GABOR_BLOCK; x++) {
        const float s0 = below->even[0][x] + above->even[0][x], s1 = below->even[1][x] + above->even[1][x],
                    s2 = below->even[2][x] + above->even[2][x], s3 = below->even[3][x] + above->even[3][x],
                    s4 = below->even[4][x] + above->even[4][x];
        ee[0][x] += DOT5(wee[0], s);
        ee[1][x] += DOT5(wee[1], s);
        ee[2][x] += DOT5(wee[2], s);
        ee[3][x] += DOT5(wee[3], s);
        ee[4][x] += DOT5(wee[4], s);
    }
    for (int x = 0; x < GABOR_BLOCK; x++) {
        const float d0 = below->even[0][x] - above->even[0][x], d1 = below->even[1][x] - above->even[1][x],
                    d2 = below->even[2][x] - above->even[2][x], d3 = below->even[3][x] - above->even[3][x],
                    d4 = below->even[4][x] - above->even[4][x];
        eo[0][x] += DOT5(weo[0], d);
        eo[1][x] += DOT5(weo[1], d);
        eo[2][x] += DOT5(weo[2], d);
        eo[3][x] += DOT5(weo[3], d);
    }
    for (int x = 0; x < GABOR_BLOCK; x++) {
        const float s1 = below->odd[1][x] + above->odd[1][x], s2 = below->odd[2][x] + above->odd[2][x],
                    s3 = below->odd[3][x] + above->odd[3][x], s4 = below->odd[4][x] + above->odd[4][x];
        const float d1 = below->odd[1][x] - above->odd[1][x], d2 = below->odd[2][x] - above->odd[2][x],
                    d3 = below->odd[3][x] - above->odd[3][x], d4 = below->odd[4][x] - above->odd[4][x];
        oe[0][x] += DOT4(woe[0], s);
        oe[1][x] += DOT4(woe[1], s);
        oe[2][x] += DOT4(woe[2], s);
        oe[3][x] += DOT4(woe[3], s);
        oo[0][x] += DOT4(woo[0], d);
        oo[1][x] += DOT4(woo[1], d);
        oo[2][x] += DOT4(woo[2], d);
    }
}

PB_CLONES void pb_builtin_gabor_energy(const gabor_sums *restrict sums,
                                       float energy[restrict GABOR_ORIENTATIONS][GABOR_BLOCK])
{
    for (int x = 0; x < GABOR_BLOCK; x++) {
        const float r0 = sums->ee[0][x], i0 = sums->oe[0][x];
        const float r4 = sums->ee[4][x], i4 = sums->eo[3][x];
        energy[0][x] += sqrtf(r0 * r0 + i0 * i0);
        energy[4][x] += sqrtf(r4 * r4 + i4 * i4);
    }
    for (int l = 1; l <= 3; l++)
        for (int x = 0; x < GABOR_BLOCK; x++) {
            const float ee = sums->ee[l][x], oo = sums->oo[l - 1][x];
            const float eo = sums->eo[l - 1][x], oe = sums->oe[l][x];
            const float r = ee + oo, i = eo + oe;
            const float mirror_r = ee - oo, mirror_i = eo - oe;
            energy[l][x] += sqrtf(r * r + i * i);
            energy[8 - l][x] += sqrtf(mirror_r * mirror_r + mirror_i * mirror_i);
        }
}

PB_CLONES void pb_builtin_subtract_mean(float *restrict row, const float *restrict above, const float *restrict below,
                                        float a, float b, float *restrict squares, int64_t n)
{
    for (int64_t x = 0; x < n; x++) {
        const float difference = row[x] - (a * above[x] + b * below[x]);
        row[x] = difference;
        squares[x] += difference * difference;
    }
}

PB_CLONES void pb_builtin_divide_deviation(const float *restrict above, const float *restrict below, float a, float b,
                                           float half_mean_variance, float *restrict row, int64_t n)
{
    for (int64_t x = 0; x < n; x++)
        row[x] = row[x] / (sqrtf(0.5f * (a * above[x] + b * below[x]) + half_mean_variance) + 0.005f);
}

PB_CLONES void pb_builtin_halve_rows(const float *restrict rows, int64_t stride, const float taps[restrict 8],
                                     float *restrict out, int64_t n)
{
    for (int64_t x = 0; x < n; x++) {
        float sum = taps[0] * rows[x];
        for (int i = 1; i < 8; i++)
            sum += taps[i] * rows[i * stride + x];
        out[x] = sum;
    }
}

PB_CLONES void pb_builtin_halve_columns(const float *restrict row, const float taps[restrict 8], float *restrict out,
                                        int64_t n)
{
    for (int64_t x = 0; x < n; x++) {
        float sum = taps[0] * row[2 * x];
        for (int i = 1; i < 8; i++)
            sum += taps[i] * row[2 * x + i];
        out[x] = sum;
    }
}

/* v = 2^e m with m in [sqrt(1/2), sqrt 2): ln v = e ln 2 + 2 atanh(s), s = (m - 1) / (m + 1), |s| <= 0.172:
 * the series 2 (s + s^3/3 + ...) is below float rounding after s^9. */
static inline float log_of(float v)
{
    const float ln2 = 0.693147181f, sqrt2 = 1.41421356f;
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    int32_t exponent = (int32_t)(bits >> 23) - 127;
    bits = (bits & 0x7fffffu) | 0x3f800000u;
    float m;
    memcpy(&m, &bits, sizeof m);
    const int32_t halve = m >= sqrt2;
    exponent += halve;
    m = halve ? 0.5f * m : m;
    const float s = (m - 1.0f) / (m + 1.0f), z = s * s;
    const float series = 2.0f + z * (2.0f / 3 + z * (2.0f / 5 + z * (2.0f / 7 + z * (2.0f / 9))));
    return (float)exponent * ln2 + s * series;
}

PB_CLONES void pb_builtin_log1p_scaled(float *values, float scale, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        values[i] = log_of(1.0f + scale * values[i]);
}
