/* Sums over channels in a fixed order, so that every instruction set gives the same bits. */
#ifndef PB_BACKBONE_LANES_H
#define PB_BACKBONE_LANES_H

#include <stdint.h>

/* Channel c goes to lane c % LANES, the lanes are added as a binary tree. */
enum { LANES = 32 };

static inline float add_lanes(float *lane)
{
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++)
            lane[l] += lane[l + width];
    return lane[0];
}

static inline float sum_of(const float *x, int64_t n)
{
    float lane[LANES] = {0};
    int64_t c = 0;
    for (; c + LANES <= n; c += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[c + l];
    for (int l = 0; c + l < n; l++)
        lane[l] += x[c + l];
    return add_lanes(lane);
}

#endif
