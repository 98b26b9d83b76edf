#include "purify/tile_f64.h"

#include "base/clones.h"

PB_CLONES void pb_tile_f64(int64_t n, const double *restrict a, const double *restrict b, double *restrict c,
                           int64_t stride)
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
