/* The Gabor filters of the built-in backbone. */
#ifndef PB_BACKBONE_BUILTIN_GABOR_H
#define PB_BACKBONE_BUILTIN_GABOR_H

#include "backbone/builtin/builtin_kernels.h"

/* Their folded weights (see gabor_weights). */
void pb_builtin_gabor_weights(gabor_weights *weights);

#endif
