/* Made-up features for the benchmarks, the same on every machine, and files of them. */
#ifndef PB_BENCH_DATA_H
#define PB_BENCH_DATA_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/status.h>

#include "bench.h"

enum {
    BENCH_PATCHES = 784,
    BENCH_DIM = 1024,
    BENCH_MANIFOLD = 24, /* dimensions a patch position varies in */
    BENCH_OUTLIER_EVERY = 250
};

static inline void bench_require(pb_status status)
{
    if (status == PB_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", pb_status_name(status), pb_error_message());
    exit(1);
}

static inline void *bench_allocate(size_t bytes)
{
    void *block = malloc(bytes);
    if (!block) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return block;
}

/* Box and Muller 1958. */
static inline double bench_normal(uint64_t *state)
{
    const double a = ((double)(bench_random(state) >> 11) + 0.5) * 0x1p-53;
    const double b = (double)(bench_random(state) >> 11) * 0x1p-53;
    return sqrt(-2 * log(a)) * cos(6.283185307179586 * b);
}

/* "gaussian": independent values. "structured": as patch features are: a common offset, a mean for each
 * position, a few directions shared by all in which images differ, and noise. */
static inline float *bench_make_images(const char *kind, int n_images, uint64_t seed)
{
    float *data = bench_allocate(sizeof *data * (size_t)n_images * BENCH_PATCHES * BENCH_DIM);
    uint64_t state = seed, model = 1;
    if (strcmp(kind, "gaussian") == 0) {
        for (size_t i = 0; i < (size_t)n_images * BENCH_PATCHES * BENCH_DIM; i++)
            data[i] = (float)bench_normal(&state);
        return data;
    }
    float *offset = bench_allocate(sizeof *offset * BENCH_DIM),
          *position = bench_allocate(sizeof *position * BENCH_PATCHES * BENCH_DIM);
    float *direction = bench_allocate(sizeof *direction * BENCH_MANIFOLD * BENCH_DIM);
    for (int c = 0; c < BENCH_DIM; c++)
        offset[c] = (float)(3 * bench_normal(&model));
    for (int i = 0; i < BENCH_MANIFOLD * BENCH_DIM; i++)
        direction[i] = (float)bench_normal(&model);
    for (int p = 0; p < BENCH_PATCHES; p++) {
        double weight[BENCH_MANIFOLD];
        for (int m = 0; m < BENCH_MANIFOLD; m++)
            weight[m] = bench_normal(&model) / 4;
        for (int c = 0; c < BENCH_DIM; c++) {
            double sum = (double)offset[c];
            for (int m = 0; m < BENCH_MANIFOLD; m++)
                sum += weight[m] * (double)direction[m * BENCH_DIM + c];
            position[p * BENCH_DIM + c] = (float)sum;
        }
    }
    for (int i = 0; i < n_images * BENCH_PATCHES; i++) {
        double weight[BENCH_MANIFOLD];
        for (int m = 0; m < BENCH_MANIFOLD; m++)
            weight[m] = bench_normal(&state) / 8;
        for (int c = 0; c < BENCH_DIM; c++) {
            const double noise = c % BENCH_OUTLIER_EVERY == 7 && strcmp(kind, "outliers") == 0 ? 18 : 0.3;
            double sum = (double)position[i % BENCH_PATCHES * BENCH_DIM + c] + noise * bench_normal(&state);
            for (int m = 0; m < BENCH_MANIFOLD; m++)
                sum += weight[m] * (double)direction[m * BENCH_DIM + c];
            data[(size_t)i * BENCH_DIM + (size_t)c] = (float)sum;
        }
    }
    free(offset);
    free(position);
    free(direction);
    return data;
}

static inline void bench_write_npy(const char *folder, const char *name, const float *data, int n, int dim)
{
    char path[4096], dictionary[128];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    const int text = snprintf(dictionary, sizeof dictionary,
                              "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n, dim);
    const unsigned char head[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    fwrite(head, 1, sizeof head, file);
    fprintf(file, "%s%*s\n", dictionary, 117 - text, "");
    fwrite(data, sizeof *data, (size_t)n * (size_t)dim, file);
    if (fclose(file) != 0)
        exit(1);
}

#endif
