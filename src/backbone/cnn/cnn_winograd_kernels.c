#include "backbone/cnn/cnn_winograd_kernels.h"

#include <stddef.h>

#include "base/cpu.h"

#ifdef PB_HAVE_KERNELS
#include <immintrin.h>

enum { VECTORS = PB_CNN_WINOGRAD_VECTORS, MOST_SIDE = 6, FLOATS_A_LINE = 16 };
#define P PB_CNN_WINOGRAD_P
#define Q PB_CNN_WINOGRAD_Q

/* ---- AVX-512: 28 sums, two vectors of columns and one value in 32 registers ---- */

#define TARGET __attribute__((target("arch=x86-64-v4")))
#define NAME(name) name##_v4
#define LANES 16
#define ROWS 14
#define VEC __m512
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define SPREAD _mm512_set1_ps
#define LARGER _mm512_max_ps
#define FUSED _mm512_fmadd_ps
#include "backbone/cnn/cnn_winograd_lanes.h"

/* ---- AVX2: 12 sums, two vectors of columns and one value in 16 registers ---- */

#define TARGET __attribute__((target("arch=x86-64-v3")))
#define NAME(name) name##_v3
#define LANES 8
#define ROWS 6
#define VEC __m256
#define LOAD _mm256_loadu_ps
#define STORE _mm256_storeu_ps
#define SPREAD _mm256_set1_ps
#define LARGER _mm256_max_ps
#define FUSED _mm256_fmadd_ps
#include "backbone/cnn/cnn_winograd_lanes.h"
#endif

const pb_cnn_winograd_kernels *pb_cnn_winograd_kernels_get(void)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return &kernels_v4;
    if (level == PB_CPU_V3)
        return &kernels_v3;
#endif
    return NULL;
}
