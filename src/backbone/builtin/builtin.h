/* The built-in backbone as a row of the table of kinds. */
#ifndef PB_BACKBONE_BUILTIN_H
#define PB_BACKBONE_BUILTIN_H

#include "backbone/kind.h"

extern const pb_backbone_kind pb_backbone_builtin;

#endif
