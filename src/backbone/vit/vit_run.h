/* Batches of images through all stages. */
#ifndef PB_BACKBONE_VIT_RUN_H
#define PB_BACKBONE_VIT_RUN_H

#include "backbone/vit/vit_batch.h"

/* Features of all images of the source: n x n_patches x (n_layers * dim). */
pb_status pb_vit_run(const pb_vit_engine *engine, const pb_image_source *source, const pb_progress *progress,
                     float *out);

#endif
