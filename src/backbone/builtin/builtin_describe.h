/* The built-in backbone: log-energies of a Gabor pyramid after local contrast normalisation, 35 channels for each cell of
 * 16 x 16 pixels. Nothing is learned. Scattering / Gabor texture energies after Mallat ("Group
 * invariant scattering", 2012); contrast normalisation after Heeger (1992) and Carandini and Heeger (2012). */
#ifndef PB_BACKBONE_BUILTIN_DESCRIBE_H
#define PB_BACKBONE_BUILTIN_DESCRIBE_H

#include <stdint.h>

#include <purebank/image.h>

#include "backbone/builtin/builtin_tables.h"

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
