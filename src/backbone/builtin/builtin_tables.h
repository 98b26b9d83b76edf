/* Sizes of the built-in descriptor, and what of it does not depend on the image. */
#ifndef PB_BACKBONE_BUILTIN_TABLES_H
#define PB_BACKBONE_BUILTIN_TABLES_H

#include "backbone/builtin/builtin_kernels.h"

enum {
    BUILTIN_SIDE = 448,     /* of the image that the descriptor was chosen with: the default */
    BUILTIN_CELL = 16,      /* pixels of the image a grid cell is wide */
    BUILTIN_MIN_SIDE = 128, /* smaller images have hardly a neighbourhood */
    BUILTIN_LEVELS = 4,     /* with Gabor filters; the pyramid has one more */
    BUILTIN_DIM = BUILTIN_LEVELS * GABOR_ORIENTATIONS + 3,
    BUILTIN_LOW_CELL = 8, /* local mean and variance live on 8x8 means */
    BUILTIN_LOW_RADIUS = 6
};

/* One version string per definition: its SHA-256 stands for the weights. */
#define BUILTIN_DEFINITION "purebank builtin gabor v1"

/* Everything that does not depend on the image. */
typedef struct builtin_tables {
    float log_of_byte[256];                     /* ln(v / 255 + 0.05) */
    float low_blur[2 * BUILTIN_LOW_RADIUS + 1]; /* Gaussian, sigma 2 */
    float halving[8];                           /* Gaussian, sigma 0.8, and the mean of two, in one */
    gabor_weights gabor;
} builtin_tables;

/* What is written to while an image is described: about 7 bytes a pixel. */
typedef struct builtin_scratch builtin_scratch;

#endif
