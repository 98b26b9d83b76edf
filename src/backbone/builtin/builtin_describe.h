/* The built-in backbone: log-energies of a Gabor pyramid after local contrast normalisation, 35 channels on a
 * 28x28 grid of a 448x448 image. Nothing is learned. Scattering / Gabor texture energies after Mallat ("Group
 * invariant scattering", 2012); contrast normalisation after Heeger (1992) and Carandini and Heeger (2012). */
#ifndef PB_BACKBONE_BUILTIN_DESCRIBE_H
#define PB_BACKBONE_BUILTIN_DESCRIBE_H

#include <stdint.h>

#include "backbone/builtin/builtin_kernels.h"

enum {
    BUILTIN_SIDE = 448,
    BUILTIN_CELL = 16,                          /* pixels of the image a grid cell is wide */
    BUILTIN_GRID = BUILTIN_SIDE / BUILTIN_CELL, /* 28 */
    BUILTIN_PATCHES = BUILTIN_GRID * BUILTIN_GRID,
    BUILTIN_LEVELS = 4, /* with Gabor filters; the pyramid has one more */
    BUILTIN_DIM = BUILTIN_LEVELS * GABOR_ORIENTATIONS + 3,
    BUILTIN_LOW_CELL = 8, /* local mean and variance live on 8x8 means */
    BUILTIN_LOW_SIDE = BUILTIN_SIDE / BUILTIN_LOW_CELL,
    BUILTIN_LOW_RADIUS = 6
};

/* One version string per definition: its SHA-256 stands for the weights. */
#define BUILTIN_DEFINITION "purebank builtin gabor v1"

/* Side of pyramid level 0..4, and the row length of its plane with reflected borders (see builtin_plane()). */
#define BUILTIN_LEVEL_SIDE(level) (BUILTIN_SIDE >> (level))
#define BUILTIN_STRIDE(side) (((side) + GABOR_BLOCK - 1) / GABOR_BLOCK * GABOR_BLOCK + 2 * GABOR_RADIUS)
#define BUILTIN_PLANE_FLOATS(side) (((side) + 2 * GABOR_RADIUS) * BUILTIN_STRIDE(side))

/* Everything that does not depend on the image. */
typedef struct builtin_tables {
    float log_of_byte[256];                     /* ln(v / 255 + 0.05) */
    float low_blur[2 * BUILTIN_LOW_RADIUS + 1]; /* Gaussian, sigma 2 */
    float halving[8];                           /* Gaussian, sigma 0.8, and the mean of two, in one */
    gabor_weights gabor;
} builtin_tables;

/* What one worker writes to while it describes an image. */
typedef struct builtin_scratch {
    float contrast[BUILTIN_SIDE * BUILTIN_SIDE];    /* ln g, then ln g - local mean */
    float low[BUILTIN_LOW_SIDE * BUILTIN_LOW_SIDE]; /* 8x8 means */
    float blurred[BUILTIN_LOW_SIDE * BUILTIN_LOW_SIDE];
    float wide[BUILTIN_LOW_SIDE * BUILTIN_SIDE];        /* `low`, smooth and enlarged in x alone */
    float plane[2][BUILTIN_PLANE_FLOATS(BUILTIN_SIDE)]; /* the pyramid's current and next level */
    float halved_rows[BUILTIN_STRIDE(BUILTIN_SIDE)];
    float colour[2][BUILTIN_PATCHES];
    gabor_scratch gabor;
    float energy[BUILTIN_PATCHES * BUILTIN_LEVELS * GABOR_ORIENTATIONS];
} builtin_scratch;

void pb_builtin_tables_init(builtin_tables *tables);

/* Describes a 448x448 RGB image. @param out BUILTIN_PATCHES x BUILTIN_DIM */
void pb_builtin_describe(const builtin_tables *tables, const uint8_t *rgb, builtin_scratch *scratch, float *out);

#endif
