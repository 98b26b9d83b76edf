/* The stage of attention. */
#ifndef PB_BACKBONE_VIT_ATTENTION_H
#define PB_BACKBONE_VIT_ATTENTION_H

#include "backbone/vit/vit_batch.h"

/* A work item: one head of one image; `index` counts image by image. */
pb_status pb_vit_attend(pb_vit_batch *batch, int64_t index, int worker); /* n * n_heads items */

#endif
