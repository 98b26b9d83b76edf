/* The built-in backbone: log-energies of a Gabor pyramid after local contrast normalisation, 35 channels for each cell of
 * 16 x 16 pixels. Nothing is learned. Scattering / Gabor texture energies after Mallat ("Group
 * invariant scattering", 2012); contrast normalisation after Heeger (1992) and Carandini and Heeger (2012). */
#ifndef PB_BACKBONE_BUILTIN_DESCRIBE_H
#define PB_BACKBONE_BUILTIN_DESCRIBE_H

#include <stdint.h>

#include <purebank/image.h>

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

void pb_builtin_tables_init(builtin_tables *tables);

/* Cells of a side of `pixels`: the last one may reach beyond the image, and sees it reflected there. */
int32_t pb_builtin_cells(int32_t pixels);

/* For images of width x height pixels, at least BUILTIN_MIN_SIDE each. Free with pb_builtin_scratch_free(). */
pb_status pb_builtin_scratch_new(int32_t width, int32_t height, builtin_scratch **out);
/* Accepts NULL. */
void pb_builtin_scratch_free(builtin_scratch *scratch);

/* Describes an image of the scratch's size, by pb_parallel_for(): inside a work item all of it runs on that thread.
 * @param out cells x BUILTIN_DIM, row by row */
pb_status pb_builtin_describe(const builtin_tables *tables, const pb_image *image, builtin_scratch *scratch,
                              float *out);

#endif
