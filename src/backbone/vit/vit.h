/* Vision transformers of checkpoint folders: their row of the table of kinds. */
#ifndef PB_BACKBONE_VIT_H
#define PB_BACKBONE_VIT_H

#include "backbone/kind.h"

extern const pb_backbone_kind pb_backbone_vit;

#endif
