/* From config.json and the tensors to a model. */
#ifndef PB_BACKBONE_VIT_MODEL_READ_H
#define PB_BACKBONE_VIT_MODEL_READ_H

#include "backbone/vit/vit_model.h"

/* Reads and checks config.json; the checkpoint's tensors decide between alternative names. */
pb_status pb_vit_model_read(const pb_checkpoint *checkpoint, pb_vit_model *out);

#endif
