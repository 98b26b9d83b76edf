/* Which columns of a row of products pass the filter. Written in vectors, as compilers make no masks of comparisons. */
#include "base/clones.h"
#include "search/kernels.h"

/* What a column is compared with: mutual only where `columns` is not NULL. */
typedef struct question {
    const float *product, *half_square, *columns;
    float threshold, row_half_square;
} question;

static int64_t scalar(const question *q, int64_t first, int64_t n, int64_t count, int32_t *out)
{
    for (int64_t j = first; j < n; j++)
        if (q->product[j] - q->half_square[j] >= q->threshold ||
            (q->columns && q->product[j] - q->row_half_square >= q->columns[j]))
            out[count++] = (int32_t)j;
    return count;
}

#ifdef PB_HAVE_KERNELS
#include <immintrin.h>

__attribute__((target("arch=x86-64-v4"))) static int64_t select_v4(const question *q, int64_t n, int32_t *out)
{
    const __m512 threshold = _mm512_set1_ps(q->threshold), row = _mm512_set1_ps(q->row_half_square);
    __m512i index = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    int64_t count = 0, j = 0;
    for (; j + 16 <= n; j += 16) {
        const __m512 product = _mm512_loadu_ps(q->product + j);
        const __m512 score = _mm512_sub_ps(product, _mm512_loadu_ps(q->half_square + j));
        __mmask16 mask = _mm512_cmp_ps_mask(score, threshold, _CMP_GE_OQ);
        if (q->columns)
            mask |= _mm512_cmp_ps_mask(_mm512_sub_ps(product, row), _mm512_loadu_ps(q->columns + j), _CMP_GE_OQ);
        if (mask) { /* count <= j: there is room for 16 */
            _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi32(mask, index));
            count += __builtin_popcount(mask);
        }
        index = _mm512_add_epi32(index, _mm512_set1_epi32(16));
    }
    return scalar(q, j, n, count, out);
}

__attribute__((target("arch=x86-64-v3"))) static int64_t select_v3(const question *q, int64_t n, int32_t *out)
{
    const __m256 threshold = _mm256_set1_ps(q->threshold), row = _mm256_set1_ps(q->row_half_square);
    int64_t count = 0, j = 0;
    for (; j + 8 <= n; j += 8) {
        const __m256 product = _mm256_loadu_ps(q->product + j);
        const __m256 score = _mm256_sub_ps(product, _mm256_loadu_ps(q->half_square + j));
        __m256 passed = _mm256_cmp_ps(score, threshold, _CMP_GE_OQ);
        if (q->columns)
            passed = _mm256_or_ps(
                passed, _mm256_cmp_ps(_mm256_sub_ps(product, row), _mm256_loadu_ps(q->columns + j), _CMP_GE_OQ));
        for (unsigned mask = (unsigned)_mm256_movemask_ps(passed); mask; mask &= mask - 1)
            out[count++] = (int32_t)j + __builtin_ctz(mask);
    }
    return scalar(q, j, n, count, out);
}
#endif

static int64_t select_columns(const question *q, int64_t n, int32_t *out)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return select_v4(q, n, out);
    if (level == PB_CPU_V3)
        return select_v3(q, n, out);
#endif
    return scalar(q, 0, n, 0, out);
}

int64_t pb_select(const float *product, const float *half_square, float threshold, int64_t n, int32_t *out)
{
    return select_columns(&(question){.product = product, .half_square = half_square, .threshold = threshold}, n, out);
}

int64_t pb_select_mutual(const float *product, const float *half_square, float threshold, float row_half_square,
                         const float *column_threshold, int64_t n, int32_t *out)
{
    const question q = {.product = product,
                        .half_square = half_square,
                        .columns = column_threshold,
                        .threshold = threshold,
                        .row_half_square = row_half_square};
    return select_columns(&q, n, out);
}
