/* Sizes of a model whose config.json does not tell them: its tensors do. */
#ifndef PB_BACKBONE_VIT_MEASURE_H
#define PB_BACKBONE_VIT_MEASURE_H

#include "backbone/vit/vit_model.h"

/* Kind, prefix and blocks are there; fills the rest. Shapes that do not fit together are found when the weights are checked. */
pb_status pb_vit_measure(const pb_checkpoint *checkpoint, pb_vit_model *model);

#endif
