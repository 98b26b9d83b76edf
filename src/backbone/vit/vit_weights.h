/* Weights as the products want them. */
#ifndef PB_BACKBONE_VIT_WEIGHTS_H
#define PB_BACKBONE_VIT_WEIGHTS_H

#include "backbone/vit/vit_plan.h"

typedef struct pb_vit_norm {
    float *gain, *shift;
} pb_vit_norm;

typedef struct pb_vit_linear {
    void *packed; /* as its product wants it */
    float *bias;
    /* INT8 only, of each output channel: what a step of the weights is worth, and the sum of its integer weights */
    float *steps;
    int32_t *sums;
} pb_vit_linear;

typedef struct pb_vit_block {
    pb_vit_norm norm1, norm2;
    pb_vit_linear qkv, out, up, down;
} pb_vit_block;

typedef struct pb_vit_weights {
    float *prefix;          /* n_prefix x dim: the tokens before the patches */
    float *positions;       /* n_patches x dim; NULL where positions are rotary */
    float *cosines, *sines; /* n_patches x head_dim / 2; NULL where they are not */
    pb_vit_linear embed;
    pb_vit_norm pre_norm; /* NULL where there is none */
    int64_t n_blocks;
    pb_vit_block *blocks;
} pb_vit_weights;

/* Are all tensors there, with the right shapes and types? */
pb_status pb_vit_weights_check(const pb_checkpoint *checkpoint, const pb_vit_plan *plan);

/* Loads what the plan needs. Free with pb_vit_weights_free() whatever the status. */
pb_status pb_vit_weights_load(const pb_checkpoint *checkpoint, const pb_vit_plan *plan, const pb_vit_products *products,
                              pb_vit_weights *out);
void pb_vit_weights_free(pb_vit_weights *weights);

#endif
