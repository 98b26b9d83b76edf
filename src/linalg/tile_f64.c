#include "linalg/tile_f64.h"

#include "base/clones.h"

static void multiply(int64_t n, const double *restrict a, const double *restrict b, double *restrict c, int64_t stride)
{
    double sum0[PB_TILE_COLUMNS], sum1[PB_TILE_COLUMNS], sum2[PB_TILE_COLUMNS], sum3[PB_TILE_COLUMNS];
    for (int j = 0; j < PB_TILE_COLUMNS; j++) {
        sum0[j] = c[j];
        sum1[j] = c[stride + j];
        sum2[j] = c[2 * stride + j];
        sum3[j] = c[3 * stride + j];
    }
    for (int64_t k = 0; k < n; k++, a += PB_TILE_ROWS, b += PB_TILE_COLUMNS)
        for (int j = 0; j < PB_TILE_COLUMNS; j++) {
            sum0[j] += a[0] * b[j];
            sum1[j] += a[1] * b[j];
            sum2[j] += a[2] * b[j];
            sum3[j] += a[3] * b[j];
        }
    for (int j = 0; j < PB_TILE_COLUMNS; j++) {
        c[j] = sum0[j];
        c[stride + j] = sum1[j];
        c[2 * stride + j] = sum2[j];
        c[3 * stride + j] = sum3[j];
    }
}

#ifdef PB_HAVE_CLONES
/* Half a row of the tile. The loops above become shuffles of the four a[i], which cost as much again as the arithmetic; said in
 * vectors, each a[i] is broadcast from memory, and the tile fills eight registers. 512-bit ones would gain nothing where they
 * are halves in turn (Zen 4), and 128-bit ones could not hold the tile, so that older machines keep the loops. */
typedef double half_row __attribute__((vector_size(PB_TILE_COLUMNS / 2 * sizeof(double)), aligned(8), may_alias));

__attribute__((target("avx2"))) static void multiply_avx2(int64_t n, const double *restrict a, const double *restrict b,
                                                          double *restrict c, int64_t stride)
{
    half_row sum[PB_TILE_ROWS][2];
    for (int i = 0; i < PB_TILE_ROWS; i++)
        for (int half = 0; half < 2; half++)
            sum[i][half] = ((half_row *)(c + i * stride))[half];
    for (int64_t k = 0; k < n; k++, a += PB_TILE_ROWS, b += PB_TILE_COLUMNS) {
        const half_row left = ((const half_row *)b)[0], right = ((const half_row *)b)[1];
        for (int i = 0; i < PB_TILE_ROWS; i++) {
            sum[i][0] += a[i] * left;
            sum[i][1] += a[i] * right;
        }
    }
    for (int i = 0; i < PB_TILE_ROWS; i++)
        for (int half = 0; half < 2; half++)
            ((half_row *)(c + i * stride))[half] = sum[i][half];
}
#endif

void pb_tile_f64(int64_t n, const double *restrict a, const double *restrict b, double *restrict c, int64_t stride)
{
#ifdef PB_HAVE_CLONES
    if (__builtin_cpu_supports("avx2")) {
        multiply_avx2(n, a, b, c, stride);
        return;
    }
#endif
    multiply(n, a, b, c, stride);
}
