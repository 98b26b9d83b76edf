#include "search/distance.h"

#include <math.h>

#include "base/clones.h"

/* Channel c goes to lane c % LANES and the lanes are added as a binary tree: written out, so that every
 * instruction set computes the same bits. Enough lanes to hide the latency of an addition. */
enum { LANES = 32 };

static double add_lanes(double *lane)
{
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++)
            lane[l] += lane[l + width];
    return lane[0];
}

/* The channels from `c` on, which fill no more than one lane each. */
static double finish_squares(const float *a, const float *b, int64_t c, int64_t dim, double *lane)
{
    for (int l = 0; c + l < dim; l++) {
        const double difference = (double)a[c + l] - (double)b[c + l];
        lane[l] += difference * difference;
    }
    return add_lanes(lane);
}

static double squared_distance(const float *a, const float *b, int64_t dim)
{
    double lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++) {
            const double difference = (double)a[c + l] - (double)b[c + l];
            lane[l] += difference * difference;
        }
    return finish_squares(a, b, c, dim, lane);
}

#ifdef PB_HAVE_KERNELS
/* In vectors, since compilers load more floats at a time than become one vector of doubles, and split them again. */
#include <immintrin.h>

__attribute__((target("arch=x86-64-v4"))) static double squared_distance_v4(const float *a, const float *b, int64_t dim)
{
    __m512d sum[LANES / 8] = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd()};
    double lane[LANES];
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int v = 0; v < LANES / 8; v++) {
            const __m512d x = _mm512_cvtps_pd(_mm256_loadu_ps(a + c + 8 * v));
            const __m512d difference = _mm512_sub_pd(x, _mm512_cvtps_pd(_mm256_loadu_ps(b + c + 8 * v)));
            sum[v] = _mm512_add_pd(sum[v], _mm512_mul_pd(difference, difference));
        }
    for (int v = 0; v < LANES / 8; v++)
        _mm512_storeu_pd(lane + 8 * v, sum[v]);
    return finish_squares(a, b, c, dim, lane);
}

__attribute__((target("arch=x86-64-v3"))) static double squared_distance_v3(const float *a, const float *b, int64_t dim)
{
    __m256d sum[LANES / 4] = {_mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(),
                              _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd(), _mm256_setzero_pd()};
    double lane[LANES];
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int v = 0; v < LANES / 4; v++) {
            const __m256d x = _mm256_cvtps_pd(_mm_loadu_ps(a + c + 4 * v));
            const __m256d difference = _mm256_sub_pd(x, _mm256_cvtps_pd(_mm_loadu_ps(b + c + 4 * v)));
            sum[v] = _mm256_add_pd(sum[v], _mm256_mul_pd(difference, difference));
        }
    for (int v = 0; v < LANES / 4; v++)
        _mm256_storeu_pd(lane + 4 * v, sum[v]);
    return finish_squares(a, b, c, dim, lane);
}
#endif

double pb_squared_distance(const float *a, const float *b, int64_t dim)
{
#ifdef PB_HAVE_KERNELS
    const pb_cpu_level level = pb_cpu_get_level();
    if (level == PB_CPU_V4)
        return squared_distance_v4(a, b, dim);
    if (level == PB_CPU_V3)
        return squared_distance_v3(a, b, dim);
#endif
    return squared_distance(a, b, dim);
}

PB_KERNEL(double, pb_dot, (const float *a, const float *b, int64_t dim), (a, b, dim))
{
    double lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += (double)a[c + l] * (double)b[c + l];
    for (int l = 0; c + l < dim; l++)
        lane[l] += (double)a[c + l] * (double)b[c + l];
    return add_lanes(lane);
}

/* 1 - a.b / sqrt(|a|^2 |b|^2). The root of the product, not the product of the roots: sqrt(s * s) is s in
 * binary floating point, so equal vectors are at distance exactly 0. No float32 input over- or underflows
 * here: squared norms lie between 1e-90 and 1e77 * dim. */
double pb_cosine_distance(const float *a, const float *b, double square_a, double square_b, int64_t dim)
{
    const double squares = square_a * square_b;
    if (squares > 0)
        return fmax(0, 1 - pb_dot(a, b, dim) / sqrt(squares));
    return pb_squared_distance(a, b, dim) > 0 ? 1 : 0; /* zero vectors are equal to each other only */
}

const char *pb_metric_name(pb_metric metric)
{
    switch (metric) {
    case PB_METRIC_EUCLIDEAN:
        return "euclidean";
    case PB_METRIC_COSINE:
        return "cosine";
    }
    return "unknown";
}

double pb_index_distance(const float *a, const float *b, int64_t dim, pb_metric metric)
{
    if (metric == PB_METRIC_COSINE)
        return pb_cosine_distance(a, b, pb_dot(a, a, dim), pb_dot(b, b, dim), dim);
    return sqrt(pb_squared_distance(a, b, dim));
}

double pb_distance_rounding(int64_t dim, pb_metric metric)
{
    const double gamma = (double)(dim + 8) * 0x1p-53;
    return metric == PB_METRIC_COSINE ? 4 * gamma : gamma;
}
