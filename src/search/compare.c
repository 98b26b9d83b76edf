/* Squared distances in float32, which only prove that rows are too far away: any order of summation will do. In vectors, since
 * the whole build is without fused multiply-adds. */
#include "base/clones.h"
#include "io/half.h"
#include "search/kernels.h"

static float finish(const float *a, const float *b, int64_t c, int64_t n, float sum)
{
    for (; c < n; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

static float baseline(const float *a, const float *b, int64_t n)
{
    enum { LANES = 32 };
    float lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (a[c + l] - b[c + l]) * (a[c + l] - b[c + l]);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++)
            lane[l] += lane[l + width];
    return finish(a, b, c, n, lane[0]);
}

static float halves_baseline(const uint16_t *a, const uint16_t *b, int64_t n)
{
    float sum = 0;
    for (int64_t c = 0; c < n; c++) {
        const float x = pb_float_of_half(a[c]) - pb_float_of_half(b[c]);
        sum += x * x;
    }
    return sum;
}

static float rounding_baseline(const float *values, const uint16_t *halves, int64_t first, int64_t n, float sum)
{
    for (int64_t c = first; c < n; c++) {
        const float x = values[c] - pb_float_of_half(halves[c]);
        sum += x * x;
    }
    return sum;
}

#ifdef PB_HAVE_KERNELS
#include <immintrin.h>

enum { SUMS = 4 }; /* at a time, to hide the latency of an addition */

__attribute__((target("arch=x86-64-v4"))) static float compare_v4(const float *a, const float *b, int64_t n)
{
    __m512 sum[SUMS] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    int64_t c = 0;
    for (; c + 16 * SUMS <= n; c += 16 * SUMS)
        for (int v = 0; v < SUMS; v++) {
            const __m512 x = _mm512_sub_ps(_mm512_loadu_ps(a + c + 16 * v), _mm512_loadu_ps(b + c + 16 * v));
            sum[v] = _mm512_fmadd_ps(x, x, sum[v]);
        }
    for (; c + 16 <= n; c += 16) {
        const __m512 x = _mm512_sub_ps(_mm512_loadu_ps(a + c), _mm512_loadu_ps(b + c));
        sum[0] = _mm512_fmadd_ps(x, x, sum[0]);
    }
    const __m512 all = _mm512_add_ps(_mm512_add_ps(sum[0], sum[1]), _mm512_add_ps(sum[2], sum[3]));
    return finish(a, b, c, n, _mm512_reduce_add_ps(all));
}

__attribute__((target("arch=x86-64-v3"))) static inline float add_v3(__m256 all)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

__attribute__((target("arch=x86-64-v3"))) static float compare_v3(const float *a, const float *b, int64_t n)
{
    __m256 sum[SUMS] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    int64_t c = 0;
    for (; c + 8 * SUMS <= n; c += 8 * SUMS)
        for (int v = 0; v < SUMS; v++) {
            const __m256 x = _mm256_sub_ps(_mm256_loadu_ps(a + c + 8 * v), _mm256_loadu_ps(b + c + 8 * v));
            sum[v] = _mm256_fmadd_ps(x, x, sum[v]);
        }
    for (; c + 8 <= n; c += 8) {
        const __m256 x = _mm256_sub_ps(_mm256_loadu_ps(a + c), _mm256_loadu_ps(b + c));
        sum[0] = _mm256_fmadd_ps(x, x, sum[0]);
    }
    const __m256 all = _mm256_add_ps(_mm256_add_ps(sum[0], sum[1]), _mm256_add_ps(sum[2], sum[3]));
    return finish(a, b, c, n, add_v3(all));
}

__attribute__((target("arch=x86-64-v4"))) static inline __m512 halves_v4(const uint16_t *values)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)values));
}

__attribute__((target("arch=x86-64-v4"))) static float compare_halves_v4(const uint16_t *a, const uint16_t *b,
                                                                         int64_t n)
{
    __m512 sum[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    int64_t c = 0;
    for (; c + 32 <= n; c += 32)
        for (int v = 0; v < 2; v++) {
            const __m512 x = _mm512_sub_ps(halves_v4(a + c + 16 * v), halves_v4(b + c + 16 * v));
            sum[v] = _mm512_fmadd_ps(x, x, sum[v]);
        }
    if (c < n) {
        const __m512 x = _mm512_sub_ps(halves_v4(a + c), halves_v4(b + c));
        sum[0] = _mm512_fmadd_ps(x, x, sum[0]);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(sum[0], sum[1]));
}

__attribute__((target("arch=x86-64-v4"))) static float rounding_v4(const float *values, const uint16_t *halves,
                                                                   int64_t n)
{
    __m512 sum = _mm512_setzero_ps();
    int64_t c = 0;
    for (; c + 16 <= n; c += 16) {
        const __m512 x = _mm512_sub_ps(_mm512_loadu_ps(values + c), halves_v4(halves + c));
        sum = _mm512_fmadd_ps(x, x, sum);
    }
    return rounding_baseline(values, halves, c, n, _mm512_reduce_add_ps(sum));
}

__attribute__((target("arch=x86-64-v3"))) static inline __m256 halves_v3(const uint16_t *values)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)values));
}

__attribute__((target("arch=x86-64-v3"))) static float compare_halves_v3(const uint16_t *a, const uint16_t *b,
                                                                         int64_t n)
{
    __m256 sum[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (int64_t c = 0; c < n; c += 16)
        for (int v = 0; v < 2; v++) {
            const __m256 x = _mm256_sub_ps(halves_v3(a + c + 8 * v), halves_v3(b + c + 8 * v));
            sum[v] = _mm256_fmadd_ps(x, x, sum[v]);
        }
    return add_v3(_mm256_add_ps(sum[0], sum[1]));
}

__attribute__((target("arch=x86-64-v3"))) static float rounding_v3(const float *values, const uint16_t *halves,
                                                                   int64_t n)
{
    __m256 sum = _mm256_setzero_ps();
    int64_t c = 0;
    for (; c + 8 <= n; c += 8) {
        const __m256 x = _mm256_sub_ps(_mm256_loadu_ps(values + c), halves_v3(halves + c));
        sum = _mm256_fmadd_ps(x, x, sum);
    }
    return rounding_baseline(values, halves, c, n, add_v3(sum));
}
#endif

float pb_float_squared_distance(const float *a, const float *b, int64_t n)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return compare_v4(a, b, n);
    if (level == PB_CPU_V3)
        return compare_v3(a, b, n);
#endif
    return baseline(a, b, n);
}

float pb_half_squared_distance(const uint16_t *a, const uint16_t *b, int64_t n)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return compare_halves_v4(a, b, n);
    if (level == PB_CPU_V3)
        return compare_halves_v3(a, b, n);
#endif
    return halves_baseline(a, b, n);
}

float pb_half_rounding(const float *values, const uint16_t *halves, int64_t n)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return rounding_v4(values, halves, n);
    if (level == PB_CPU_V3)
        return rounding_v3(values, halves, n);
#endif
    return rounding_baseline(values, halves, 0, n, 0);
}

int64_t pb_halves_within(const uint16_t *rows, const uint16_t *x, int64_t stride, int64_t n, const float *limits,
                         int32_t *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (!(pb_half_squared_distance(rows + i * stride, x, stride) > limits[i]))
            out[count++] = (int32_t)i;
    return count;
}
