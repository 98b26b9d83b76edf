/* The table of vision transformers: a row for each family. */
#ifndef PB_BACKBONE_VIT_KINDS_H
#define PB_BACKBONE_VIT_KINDS_H

#include "backbone/vit/vit_model.h"

/* The row that computes models of this name; NULL: none. */
const pb_vit_kind *pb_vit_find_kind(const char *name);

/* Rows by index, NULL behind the last. */
const pb_vit_kind *pb_vit_kind_at(int index);

#endif
