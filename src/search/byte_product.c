#include "search/byte_product.h"

#include <string.h>

#include "base/cpu.h"

/* A tile of products stays in registers: ROWS rows by COLUMNS columns, STEP channels at a time, as two halves of 4 bytes each, which
 * are what pmaddubsw and pmaddwd add up into one int32. */
enum { ROWS = 4, COLUMNS = 16, STEP = 8, HALF = 4 };

bool pb_byte_product_pays(void)
{
    return pb_cpu_get_level() >= PB_CPU_V3;
}

static int64_t steps(int64_t dim)
{
    return (dim + STEP - 1) / STEP;
}

static int64_t panels(int64_t columns)
{
    return (columns + COLUMNS - 1) / COLUMNS;
}

/* ---- Layout ----------------------------------------------------------------------------------------------------- */

int64_t pb_byte_product_packed_bytes(int64_t columns, int64_t dim)
{
    return panels(columns) * steps(dim) * COLUMNS * STEP;
}

/* Where channel d of column j is: panels of COLUMNS columns, in them steps, in them halves. */
static int64_t place(int64_t j, int64_t d, int64_t dim)
{
    const int64_t step = j / COLUMNS * steps(dim) + d / STEP, half = step * 2 + d % STEP / HALF;
    return (half * COLUMNS + j % COLUMNS) * HALF + d % HALF;
}

void pb_byte_product_pack(const int8_t *b, int64_t columns, int64_t dim, int8_t *packed)
{
    memset(packed, 0, (size_t)pb_byte_product_packed_bytes(columns, dim));
    for (int64_t j = 0; j < columns; j++)
        for (int64_t d = 0; d < dim; d += HALF)
            memcpy(packed + place(j, d, dim), b + j * dim + d, (size_t)(dim - d < HALF ? dim - d : HALF));
}

void pb_byte_product_unpack(const int8_t *packed, int64_t columns, int64_t dim, int8_t *b)
{
    for (int64_t j = 0; j < columns; j++)
        for (int64_t d = 0; d < dim; d += HALF)
            memcpy(b + j * dim + d, packed + place(j, d, dim), (size_t)(dim - d < HALF ? dim - d : HALF));
}

int64_t pb_byte_product_scratch_bytes(int64_t rows, int64_t dim)
{
    return (rows + ROWS - 1) / ROWS * ROWS * steps(dim) * STEP;
}

/* Groups of ROWS rows, step by step, as the kernel reads them; zeros where there is nothing. */
static void arrange_rows(const uint8_t *a, int64_t rows, int64_t dim, uint8_t *out)
{
    if (rows % ROWS != 0 || dim % STEP != 0)
        memset(out, 0, (size_t)pb_byte_product_scratch_bytes(rows, dim));
    for (int64_t i = 0; i < rows; i++) {
        uint8_t *group = out + i / ROWS * ROWS * steps(dim) * STEP + i % ROWS * STEP;
        for (int64_t d = 0; d < dim; d += STEP)
            memcpy(group + d * ROWS, a + i * dim + d, (size_t)(dim - d < STEP ? dim - d : STEP));
    }
}

/* ---- A tile ----------------------------------------------------------------------------------------------------- */

/* @param a n_steps x ROWS x STEP @param b n_steps x 2 x COLUMNS x HALF @param c ROWS x COLUMNS, `stride` from row to row */
typedef void tile_kernel(const uint8_t *a, const int8_t *b, int64_t n_steps, int32_t *c, int64_t stride);

static void tile_baseline(const uint8_t *a, const int8_t *b, int64_t n_steps, int32_t *c, int64_t stride)
{
    for (int r = 0; r < ROWS; r++)
        memset(c + r * stride, 0, COLUMNS * sizeof *c);
    for (int64_t s = 0; s < n_steps; s++, a += ROWS * STEP, b += COLUMNS * STEP)
        for (int r = 0; r < ROWS; r++)
            for (int j = 0; j < COLUMNS; j++)
                for (int d = 0; d < STEP; d++)
                    c[r * stride + j] += a[r * STEP + d] * b[(d / HALF * COLUMNS + j) * HALF + d % HALF];
}

#ifdef PB_HAVE_KERNELS
#include <immintrin.h>

/* Half a step of a row, which every column is multiplied with. */
static inline int32_t half_of(const uint8_t *bytes)
{
    int32_t half;
    memcpy(&half, bytes, sizeof half);
    return half;
}

__attribute__((target("arch=x86-64-v3"))) static void tile_v3(const uint8_t *a, const int8_t *b, int64_t n_steps,
                                                              int32_t *c, int64_t stride)
{
    enum { VECTORS = 2, VECTOR = 8 };
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum[ROWS][VECTORS];
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS; v++)
            sum[r][v] = _mm256_setzero_si256();
    for (int64_t s = 0; s < n_steps; s++, a += ROWS * STEP, b += COLUMNS * STEP) {
        __m256i first[VECTORS], second[VECTORS];
        for (int v = 0; v < VECTORS; v++) {
            first[v] = _mm256_loadu_si256((const __m256i *)(b + v * VECTOR * HALF));
            second[v] = _mm256_loadu_si256((const __m256i *)(b + (COLUMNS + v * VECTOR) * HALF));
        }
        for (int r = 0; r < ROWS; r++) {
            const __m256i low = _mm256_set1_epi32(half_of(a + r * STEP));
            const __m256i high = _mm256_set1_epi32(half_of(a + r * STEP + HALF));
            for (int v = 0; v < VECTORS; v++) {
                const __m256i pairs =
                    _mm256_add_epi16(_mm256_maddubs_epi16(low, first[v]), _mm256_maddubs_epi16(high, second[v]));
                sum[r][v] = _mm256_add_epi32(sum[r][v], _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VECTORS; v++)
            _mm256_storeu_si256((__m256i *)(c + r * stride + v * VECTOR), sum[r][v]);
}

/* Of CPUs with AVX-512 that have no VNNI. */
__attribute__((target("arch=x86-64-v4"))) static void tile_v4(const uint8_t *a, const int8_t *b, int64_t n_steps,
                                                              int32_t *c, int64_t stride)
{
    const __m512i ones = _mm512_set1_epi16(1);
    __m512i sum[ROWS];
    for (int r = 0; r < ROWS; r++)
        sum[r] = _mm512_setzero_si512();
    for (int64_t s = 0; s < n_steps; s++, a += ROWS * STEP, b += COLUMNS * STEP) {
        const __m512i first = _mm512_loadu_si512(b), second = _mm512_loadu_si512(b + COLUMNS * HALF);
        for (int r = 0; r < ROWS; r++) {
            const __m512i low = _mm512_set1_epi32(half_of(a + r * STEP));
            const __m512i high = _mm512_set1_epi32(half_of(a + r * STEP + HALF));
            const __m512i pairs =
                _mm512_add_epi16(_mm512_maddubs_epi16(low, first), _mm512_maddubs_epi16(high, second));
            sum[r] = _mm512_add_epi32(sum[r], _mm512_madd_epi16(pairs, ones));
        }
    }
    for (int r = 0; r < ROWS; r++)
        _mm512_storeu_si512(c + r * stride, sum[r]);
}
#endif

static tile_kernel *kernel(void)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return tile_v4;
    if (level == PB_CPU_V3)
        return tile_v3;
#endif
    return tile_baseline;
}

/* ---- All -------------------------------------------------------------------------------------------------------- */

void pb_byte_product_run(const uint8_t *a, int64_t rows, const int8_t *packed, int64_t columns, int64_t dim,
                         uint8_t *scratch, int32_t *c)
{
    tile_kernel *const tile = kernel();
    const int64_t n_steps = steps(dim);
    int32_t edge[ROWS * COLUMNS];
    arrange_rows(a, rows, dim, scratch);
    for (int64_t j = 0; j < columns; j += COLUMNS) {
        const int8_t *panel = packed + j / COLUMNS * n_steps * COLUMNS * STEP;
        const int64_t wide = columns - j < COLUMNS ? columns - j : COLUMNS;
        for (int64_t i = 0; i < rows; i += ROWS) {
            const uint8_t *group = scratch + i * n_steps * STEP;
            const int64_t high = rows - i < ROWS ? rows - i : ROWS;
            int32_t *to = c + i * columns + j;
            if (wide == COLUMNS && high == ROWS) {
                tile(group, panel, n_steps, to, columns);
                continue;
            }
            tile(group, panel, n_steps, edge, COLUMNS);
            for (int64_t r = 0; r < high; r++)
                memcpy(to + r * columns, edge + r * COLUMNS, (size_t)wide * sizeof *to);
        }
    }
}
