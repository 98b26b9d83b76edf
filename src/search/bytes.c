#include "search/bytes.h"

#include <float.h>
#include <math.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/product.h"
#include "search/kernels.h"

enum { VECTOR = 64 };

pb_status pb_byte_rows_init(pb_byte_rows *bytes, int64_t capacity, int64_t dim)
{
    bytes->stride = (dim + VECTOR - 1) / VECTOR * VECTOR;
    PB_TRY(PB_NEW_PRODUCT(bytes->values, capacity, bytes->stride));
    return PB_NEW(bytes->rows, capacity);
}

void pb_byte_rows_clear(pb_byte_rows *bytes)
{
    pb_free(bytes->values);
    pb_free(bytes->rows);
    *bytes = (pb_byte_rows){0};
}

/* The residuals are off by 2 roundings each, their sum of squares as in (13) of index.c. */
void pb_byte_rows_round(const pb_byte_rows *bytes, int64_t i, const float *row, int64_t dim, double square, double lost)
{
    const float largest = pb_largest_float(row, dim), scale = largest > 0x1p-60F ? largest / 127 : 0;
    const pb_byte_rounding rounded = pb_round_to_signed(row, scale, bytes->values + i * bytes->stride, dim);
    const double residual =
        sqrt((double)rounded.lost_square * (1 + (double)(dim + 8) * 0x1p-23) + (double)dim * 0x1p-120);
    const double all = lost + residual + sqrt(square) * 0x1p-22;
    bytes->rows[i] = (pb_byte_row){
        scale, all < (double)FLT_MAX / 2 ? (float)(all * (1 + 0x1p-22)) + FLT_MIN : (float)INFINITY, rounded.square};
}

static int32_t dot_baseline(const int8_t *a, const int8_t *b, int64_t n)
{
    int32_t sum = 0;
    for (int64_t c = 0; c < n; c++)
        sum += a[c] * b[c];
    return sum;
}

#ifdef PB_HAVE_KERNELS
#include <immintrin.h>

__attribute__((target("arch=x86-64-v4"))) static int32_t dot_v4(const int8_t *a, const int8_t *b, int64_t n)
{
    __m512i sum[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int64_t c = 0; c < n; c += VECTOR)
        for (int v = 0; v < 2; v++) {
            const __m512i x = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(a + c + 32 * v)));
            const __m512i y = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(b + c + 32 * v)));
            sum[v] = _mm512_add_epi32(sum[v], _mm512_madd_epi16(x, y));
        }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(sum[0], sum[1]));
}

__attribute__((target("arch=x86-64-v3"))) static int32_t dot_v3(const int8_t *a, const int8_t *b, int64_t n)
{
    __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int64_t c = 0; c < n; c += VECTOR)
        for (int v = 0; v < 2;
             v++) { /* |x| times y with the sign of x: pairs are at most 2 * 127^2, which 16 bits hold */
            const __m256i x = _mm256_loadu_si256((const __m256i *)(a + c + 32 * v));
            const __m256i y = _mm256_loadu_si256((const __m256i *)(b + c + 32 * v));
            const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
            sum[v] = _mm256_add_epi32(sum[v], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        }
    const __m256i all = _mm256_add_epi32(sum[0], sum[1]);
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1)));
}
#endif

/* Exact, for -127..127. @param n a multiple of VECTOR */
static int32_t dot(const int8_t *a, const int8_t *b, int64_t n)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return dot_v4(a, b, n);
    if (level == PB_CPU_V3)
        return dot_v3(a, b, n);
#endif
    return dot_baseline(a, b, n);
}

float pb_byte_rows_square(const pb_byte_rows *x, int64_t i, const pb_byte_rows *y, int64_t j)
{
    const pb_byte_row a = x->rows[i], b = y->rows[j];
    const int32_t product = dot(x->values + i * x->stride, y->values + j * y->stride, x->stride);
    return (float)(pb_byte_row_square(a) + pb_byte_row_square(b) -
                   2 * (double)a.scale * (double)b.scale * (double)product);
}
