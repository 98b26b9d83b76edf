/* The built-in backbone: log-energies of a Gabor pyramid after local contrast normalisation, 35 channels for each cell of
 * 16 x 16 pixels. Nothing is learned. Scattering / Gabor texture energies after Mallat ("Group
 * invariant scattering", 2012); contrast normalisation after Heeger (1992) and Carandini and Heeger (2012). */
#ifndef PB_BACKBONE_BUILTIN_DESCRIBE_H
#define PB_BACKBONE_BUILTIN_DESCRIBE_H

#include <stdint.h>

#include <purebank/image.h>

#include "backbone/builtin/builtin_tables.h"

void pb_builtin_tables_init(builtin_tables *tables);

/* Describes an image of the scratch's size, by pb_parallel_for(): inside a work item all of it runs on that thread.
 * @param out cells x BUILTIN_DIM, row by row */
pb_status pb_builtin_describe(const builtin_tables *tables, const pb_image *image, builtin_scratch *scratch,
                              float *out);

#endif
