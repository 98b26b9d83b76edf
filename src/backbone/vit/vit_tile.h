/* Stages that handle tiles of rows. Work items; `index` counts image by image. */
#ifndef PB_BACKBONE_VIT_TILE_H
#define PB_BACKBONE_VIT_TILE_H

#include "backbone/vit/vit_batch.h"

pb_status pb_vit_embed_patches(pb_vit_batch *batch, int64_t index, int worker); /* n * n_patch_tiles items */
pb_status pb_vit_first_tile(pb_vit_batch *batch, int64_t index, int worker);    /* n * n_tiles items */
pb_status pb_vit_block_tile(pb_vit_batch *batch, int64_t index, int worker);    /* n * n_tiles items */

#endif
