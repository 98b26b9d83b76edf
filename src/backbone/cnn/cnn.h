/* Convolutional networks of checkpoint folders as a row of the table of kinds. */
#ifndef PB_BACKBONE_CNN_H
#define PB_BACKBONE_CNN_H

#include "backbone/kind.h"

extern const pb_backbone_kind pb_backbone_cnn;

#endif
