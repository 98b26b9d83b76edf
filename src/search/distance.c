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

PB_KERNEL(double, pb_squared_distance, (const float *a, const float *b, int64_t dim), (a, b, dim))
{
    double lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= dim; c += LANES)
        for (int l = 0; l < LANES; l++) {
            const double difference = (double)a[c + l] - (double)b[c + l];
            lane[l] += difference * difference;
        }
    for (int l = 0; c + l < dim; l++) {
        const double difference = (double)a[c + l] - (double)b[c + l];
        lane[l] += difference * difference;
    }
    return add_lanes(lane);
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
