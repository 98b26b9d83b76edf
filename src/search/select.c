/* Which columns of a row of products pass the filter. Written in vectors, as compilers make no masks of comparisons. */
#include <math.h>

#include "base/clones.h"
#include "search/kernels.h"

static int64_t select_scalar(const float *score, float threshold, int64_t first, int64_t n, int64_t count, int32_t *out)
{
    for (int64_t j = first; j < n; j++)
        if (score[j] >= threshold)
            out[count++] = (int32_t)j;
    return count;
}

static int64_t by_loss_scalar(const float *score, const float *lost, float slope, float threshold, int64_t first,
                              int64_t n, int64_t count, int32_t *out)
{
    for (int64_t j = first; j < n; j++)
        if (score[j] + slope * lost[j] >= threshold)
            out[count++] = (int32_t)j;
    return count;
}

/* What the columns of a product are compared with, where rows and columns ask both. */
typedef struct mutual {
    const float *product, *half_square, *columns;
    float threshold, row_half_square;
} mutual;

static int64_t mutual_scalar(const mutual *q, int64_t first, int64_t n, int64_t count, int32_t *out)
{
    for (int64_t j = first; j < n; j++)
        if (q->product[j] - q->half_square[j] >= q->threshold || q->product[j] - q->row_half_square >= q->columns[j])
            out[count++] = (int32_t)j;
    return count;
}

/* The first of a stretch of columns, from `first` on, one of which is above `threshold`; or n, or what is left for scalars. */
static int64_t skip_scalar(const float *score, float threshold, int64_t first, int64_t n)
{
    while (first < n && !(score[first] > threshold))
        first++;
    return first;
}

#ifdef PB_HAVE_KERNELS
#include <immintrin.h>

__attribute__((target("arch=x86-64-v4"))) static int64_t select_v4(const float *score, float threshold, int64_t n,
                                                                   int32_t *out)
{
    const __m512 least = _mm512_set1_ps(threshold);
    __m512i index = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    int64_t count = 0, j = 0;
    for (; j + 16 <= n; j += 16) {
        const __mmask16 mask = _mm512_cmp_ps_mask(_mm512_loadu_ps(score + j), least, _CMP_GE_OQ);
        if (mask) { /* count <= j: there is room for 16 */
            _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi32(mask, index));
            count += __builtin_popcount(mask);
        }
        index = _mm512_add_epi32(index, _mm512_set1_epi32(16));
    }
    return select_scalar(score, threshold, j, n, count, out);
}

/* Lists which of 32 columns from j on passed. Few do: one branch for all of them. */
__attribute__((target("arch=x86-64-v3"))) static inline int64_t list_v3(const __m256 passed[4], int64_t j,
                                                                        int64_t count, int32_t *out)
{
    const __m256 any = _mm256_or_ps(_mm256_or_ps(passed[0], passed[1]), _mm256_or_ps(passed[2], passed[3]));
    if (_mm256_testz_ps(any, any))
        return count;
    unsigned mask = 0;
    for (int v = 0; v < 4; v++)
        mask |= (unsigned)_mm256_movemask_ps(passed[v]) << 8 * v;
    for (; mask; mask &= mask - 1)
        out[count++] = (int32_t)j + __builtin_ctz(mask);
    return count;
}

__attribute__((target("arch=x86-64-v3"))) static int64_t select_v3(const float *score, float threshold, int64_t n,
                                                                   int32_t *out)
{
    const __m256 least = _mm256_set1_ps(threshold);
    int64_t count = 0, j = 0;
    for (; j + 32 <= n; j += 32) {
        __m256 passed[4];
        for (int v = 0; v < 4; v++)
            passed[v] = _mm256_cmp_ps(_mm256_loadu_ps(score + j + 8 * v), least, _CMP_GE_OQ);
        count = list_v3(passed, j, count, out);
    }
    return select_scalar(score, threshold, j, n, count, out);
}

__attribute__((target("arch=x86-64-v4"))) static int64_t by_loss_v4(const float *score, const float *lost, float slope,
                                                                    float threshold, int64_t n, int32_t *out)
{
    const __m512 least = _mm512_set1_ps(threshold), slopes = _mm512_set1_ps(slope);
    __m512i index = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    int64_t count = 0, j = 0;
    for (; j + 16 <= n; j += 16) {
        const __m512 all = _mm512_fmadd_ps(slopes, _mm512_loadu_ps(lost + j), _mm512_loadu_ps(score + j));
        const __mmask16 mask = _mm512_cmp_ps_mask(all, least, _CMP_GE_OQ);
        if (mask) {
            _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi32(mask, index));
            count += __builtin_popcount(mask);
        }
        index = _mm512_add_epi32(index, _mm512_set1_epi32(16));
    }
    return by_loss_scalar(score, lost, slope, threshold, j, n, count, out);
}

__attribute__((target("arch=x86-64-v3"))) static int64_t by_loss_v3(const float *score, const float *lost, float slope,
                                                                    float threshold, int64_t n, int32_t *out)
{
    const __m256 least = _mm256_set1_ps(threshold), slopes = _mm256_set1_ps(slope);
    int64_t count = 0, j = 0;
    for (; j + 32 <= n; j += 32) {
        __m256 passed[4];
        for (int v = 0; v < 4; v++) {
            const float *scores = score + j + 8 * v;
            const __m256 all = _mm256_fmadd_ps(slopes, _mm256_loadu_ps(lost + j + 8 * v), _mm256_loadu_ps(scores));
            passed[v] = _mm256_cmp_ps(all, least, _CMP_GE_OQ);
        }
        count = list_v3(passed, j, count, out);
    }
    return by_loss_scalar(score, lost, slope, threshold, j, n, count, out);
}

__attribute__((target("arch=x86-64-v4"))) static int64_t mutual_v4(const mutual *q, int64_t n, int32_t *out)
{
    const __m512 threshold = _mm512_set1_ps(q->threshold), row = _mm512_set1_ps(q->row_half_square);
    __m512i index = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    int64_t count = 0, j = 0;
    for (; j + 16 <= n; j += 16) {
        const __m512 product = _mm512_loadu_ps(q->product + j);
        const __m512 score = _mm512_sub_ps(product, _mm512_loadu_ps(q->half_square + j));
        __mmask16 mask = _mm512_cmp_ps_mask(score, threshold, _CMP_GE_OQ);
        mask |= _mm512_cmp_ps_mask(_mm512_sub_ps(product, row), _mm512_loadu_ps(q->columns + j), _CMP_GE_OQ);
        if (mask) {
            _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi32(mask, index));
            count += __builtin_popcount(mask);
        }
        index = _mm512_add_epi32(index, _mm512_set1_epi32(16));
    }
    return mutual_scalar(q, j, n, count, out);
}

__attribute__((target("arch=x86-64-v3"))) static int64_t mutual_v3(const mutual *q, int64_t n, int32_t *out)
{
    const __m256 threshold = _mm256_set1_ps(q->threshold), row = _mm256_set1_ps(q->row_half_square);
    int64_t count = 0, j = 0;
    for (; j + 8 <= n; j += 8) {
        const __m256 product = _mm256_loadu_ps(q->product + j);
        const __m256 score = _mm256_sub_ps(product, _mm256_loadu_ps(q->half_square + j));
        const __m256 of_row = _mm256_cmp_ps(score, threshold, _CMP_GE_OQ);
        const __m256 of_column =
            _mm256_cmp_ps(_mm256_sub_ps(product, row), _mm256_loadu_ps(q->columns + j), _CMP_GE_OQ);
        const __m256 passed = _mm256_or_ps(of_row, of_column);
        for (unsigned mask = (unsigned)_mm256_movemask_ps(passed); mask; mask &= mask - 1)
            out[count++] = (int32_t)j + __builtin_ctz(mask);
    }
    return mutual_scalar(q, j, n, count, out);
}

__attribute__((target("arch=x86-64-v4"))) static int64_t skip_v4(const float *score, float threshold, int64_t first,
                                                                 int64_t n)
{
    const __m512 least = _mm512_set1_ps(threshold);
    for (; first + 32 <= n; first += 32) {
        const __mmask16 low = _mm512_cmp_ps_mask(_mm512_loadu_ps(score + first), least, _CMP_GT_OQ);
        const __mmask16 high = _mm512_cmp_ps_mask(_mm512_loadu_ps(score + first + 16), least, _CMP_GT_OQ);
        if (low | high)
            return first + __builtin_ctz((unsigned)low | (unsigned)high << 16);
    }
    return skip_scalar(score, threshold, first, n);
}

__attribute__((target("arch=x86-64-v3"))) static int64_t skip_v3(const float *score, float threshold, int64_t first,
                                                                 int64_t n)
{
    const __m256 least = _mm256_set1_ps(threshold);
    for (; first + 16 <= n; first += 16) {
        const __m256 low = _mm256_cmp_ps(_mm256_loadu_ps(score + first), least, _CMP_GT_OQ);
        const __m256 high = _mm256_cmp_ps(_mm256_loadu_ps(score + first + 8), least, _CMP_GT_OQ);
        const unsigned mask = (unsigned)_mm256_movemask_ps(low) | (unsigned)_mm256_movemask_ps(high) << 8;
        if (mask)
            return first + __builtin_ctz(mask);
    }
    return skip_scalar(score, threshold, first, n);
}
#endif

int64_t pb_select(const float *score, float threshold, int64_t n, int32_t *out)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return select_v4(score, threshold, n, out);
    if (level == PB_CPU_V3)
        return select_v3(score, threshold, n, out);
#endif
    return select_scalar(score, threshold, 0, n, 0, out);
}

int64_t pb_select_by_loss(const float *score, const float *lost, float slope, float threshold, int64_t n, int32_t *out)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return by_loss_v4(score, lost, slope, threshold, n, out);
    if (level == PB_CPU_V3)
        return by_loss_v3(score, lost, slope, threshold, n, out);
#endif
    return by_loss_scalar(score, lost, slope, threshold, 0, n, 0, out);
}

int64_t pb_select_mutual(const float *product, const float *half_square, float threshold, float row_half_square,
                         const float *column_threshold, int64_t n, int32_t *out)
{
    const mutual q = {product, half_square, column_threshold, threshold, row_half_square};
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return mutual_v4(&q, n, out);
    if (level == PB_CPU_V3)
        return mutual_v3(&q, n, out);
#endif
    return mutual_scalar(&q, 0, n, 0, out);
}

/* The next column with a score above `threshold`, or n. */
static int64_t next_above(const float *score, float threshold, int64_t first, int64_t n)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return skip_v4(score, threshold, first, n);
    if (level == PB_CPU_V3)
        return skip_v3(score, threshold, first, n);
#endif
    return skip_scalar(score, threshold, first, n);
}

/* By going through all columns: pb_best_scores() of `passed`, or of all where that is NULL. */
static int64_t best_of(const float *score, const int32_t *passed, int64_t n, int64_t k, pb_neighbor *items)
{
    pb_topk best = {items, 0, k};
    float least = -INFINITY;
    for (int64_t i = passed ? 0 : next_above(score, least, 0, n); i < n;
         i = passed ? i + 1 : next_above(score, least, i + 1, n)) {
        const int64_t j = passed ? passed[i] : i;
        if (!(score[j] < INFINITY) || !(score[j] > least))
            continue;
        pb_topk_push(&best, (pb_neighbor){-(double)score[j], j});
        if (best.count == k)
            least = (float)-items[0].distance;
    }
    return best.count;
}

enum { LANES = 16, SETS = 8 * LANES, FEW = 16 };

/* The highest scores of SETS sets of columns: of each chunk of n / SETS * LANES columns those that are LANES apart. The columns that
 * are left over are of no set. */
static void highest_scalar(const float *score, int64_t n, float *out)
{
    const int64_t chunk = n / SETS * LANES;
    for (int64_t s = 0; s < SETS; s++) {
        const float *first = score + s / LANES * chunk + s % LANES;
        out[s] = -INFINITY;
        for (int64_t j = 0; j < chunk; j += LANES)
            out[s] = first[j] > out[s] ? first[j] : out[s];
    }
}

#ifdef PB_HAVE_KERNELS
/* The operation gives its second operand where one is NAN. */
__attribute__((target("arch=x86-64-v4"))) static void highest_v4(const float *score, int64_t n, float *out)
{
    const int64_t chunk = n / SETS * LANES;
    for (int64_t s = 0; s < SETS; s += LANES, score += chunk) {
        __m512 most = _mm512_set1_ps(-INFINITY);
        for (int64_t j = 0; j < chunk; j += LANES)
            most = _mm512_max_ps(_mm512_loadu_ps(score + j), most);
        _mm512_storeu_ps(out + s, most);
    }
}

__attribute__((target("arch=x86-64-v3"))) static void highest_v3(const float *score, int64_t n, float *out)
{
    const int64_t chunk = n / SETS * LANES;
    for (int64_t s = 0; s < SETS; s += LANES, score += chunk) {
        __m256 low = _mm256_set1_ps(-INFINITY), high = low;
        for (int64_t j = 0; j < chunk; j += LANES) {
            low = _mm256_max_ps(_mm256_loadu_ps(score + j), low);
            high = _mm256_max_ps(_mm256_loadu_ps(score + j + 8), high);
        }
        _mm256_storeu_ps(out + s, low);
        _mm256_storeu_ps(out + s + 8, high);
    }
}
#endif

static void highest(const float *score, int64_t n, float *out)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4) {
        highest_v4(score, n, out);
        return;
    }
    if (level == PB_CPU_V3) {
        highest_v3(score, n, out);
        return;
    }
#endif
    highest_scalar(score, n, out);
}

/* A score that 1 <= k <= FEW columns reach at least, and hardly more; infinite where there is none. */
static float reached_by_few(const float *score, int64_t n, int64_t k)
{
    float most[SETS], best[FEW];
    highest(score, n, most);
    for (int64_t i = 0; i < k; i++)
        best[i] = -INFINITY;
    for (int64_t i = next_above(most, best[k - 1], 0, SETS); i < SETS; i = next_above(most, best[k - 1], i + 1, SETS)) {
        int64_t at = k - 1;
        for (; at > 0 && best[at - 1] < most[i]; at--)
            best[at] = best[at - 1];
        best[at] = most[i];
    }
    return best[0] < INFINITY ? best[k - 1] : INFINITY;
}

int64_t pb_best_scores(const float *score, int64_t n, int64_t k, int32_t *passed, pb_neighbor *items)
{
    const float least = k >= 1 && k <= FEW ? reached_by_few(score, n, k) : INFINITY;
    if (isinf(least))
        return best_of(score, NULL, n, k, items);
    return best_of(score, passed, pb_select(score, least, n, passed), k, items);
}
