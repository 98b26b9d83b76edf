/* The inner loops of cnn_winograd.c: transforms of tiles, and products of a few rows with a panel of columns. Written once for
 * vectors of any width; the same bits from all of them. */
#ifndef PB_BACKBONE_CNN_WINOGRAD_KERNELS_H
#define PB_BACKBONE_CNN_WINOGRAD_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/* A panel has so many vectors of columns. */
enum { PB_CNN_WINOGRAD_VECTORS = 2 };

/* F(4, 3) interpolates at 0, P, -P, Q, -Q and infinity. With 1 and 2, as published, the errors of float32 are 2.6 times as large. */
#define PB_CNN_WINOGRAD_P 0.625f
#define PB_CNN_WINOGRAD_Q 1.5f

/* A square map; floats from one pixel to the next, and from one group of channels, as many as a vector has lanes, to the next. */
typedef struct pb_cnn_winograd_map {
    const float *values;
    int64_t side, pixel, group;
} pb_cnn_winograd_map;

/* Where results go, and what is done to them. */
typedef struct pb_cnn_winograd_finish {
    pb_cnn_winograd_map map;
    float *values;      /* of the map */
    const float *shift; /* of each channel */
    bool adds, relu;    /* to what is there; the negative ones become 0 */
} pb_cnn_winograd_finish;

typedef struct pb_cnn_winograd_kernels {
    int64_t lanes;
    /* B^T d B of n_tiles tiles from `first` on: (outputs + 2)^2 matrices `stride` floats apart, each n_groups x n_tiles x lanes. */
    void (*gather)(const pb_cnn_winograd_map *map, int outputs, int64_t first, int64_t n_tiles, int64_t n_groups,
                   float *out, int64_t stride);
    /* A matrix of `gather` times (n_groups * lanes) x (VECTORS * lanes) floats: n_tiles rows of that many columns. `next` will be b of the
     * next call, and is fetched into the cache meanwhile. */
    void (*multiply)(const float *a, int64_t n_tiles, const float *b, const float *next, int64_t n_groups, float *c);
    /* A^T m A of such rows, matrices `stride` floats apart, to the channels of a panel. */
    void (*scatter)(const pb_cnn_winograd_finish *finish, int outputs, int64_t first, int64_t n_tiles, int64_t panel,
                    const float *products, int64_t stride);
} pb_cnn_winograd_kernels;

/* Those of this CPU (pb_cpu_get_level()); NULL: it has no fused multiply-adds, or none that we know. */
const pb_cnn_winograd_kernels *pb_cnn_winograd_kernels_get(void);

#endif
