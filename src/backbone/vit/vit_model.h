/* What a vision transformer is made of, as data: one row of a table per model_type says how the tensors are called and
 * what the blocks do, config.json gives the sizes. The engine (vit_*.c) knows no model by name. */
#ifndef PB_BACKBONE_VIT_MODEL_H
#define PB_BACKBONE_VIT_MODEL_H

#include <purebank/backbone.h>

#include "backbone/checkpoint.h"

typedef enum pb_vit_activation { PB_VIT_GELU, PB_VIT_QUICK_GELU, PB_VIT_SILU } pb_vit_activation;

/* How position embeddings fit another grid than that of training. */
typedef enum pb_vit_positions {
    PB_VIT_POSITIONS_ROTARY,    /* none are added: queries and keys are rotated by the patch centres */
    PB_VIT_POSITIONS_FIXED,     /* only the grid of training */
    PB_VIT_POSITIONS_BICUBIC,   /* resampled with Keys' a = -0.75 */
    PB_VIT_POSITIONS_ANTIALIAS, /* resampled with a = -0.5, widened where the grid shrinks */
} pb_vit_positions;

/* Tensor names. Alternatives are separated by '|', published ones first; NULL: the model has no such tensor. */
typedef struct pb_vit_names {
    const char *prefix; /* before every name; an alternative may be empty */
    const char *blocks; /* "layer" for "layer.0.norm1.weight" */
    const char *cls, *registers, *patches, *positions, *pre_norm;
    /* of a block; ".weight" and ".bias" follow, but for the scales */
    const char *norm1;
    const char *qkv;                     /* queries, keys and values in one tensor, instead of the next three */
    bool qkv_underscored;                /* "in_proj_weight", not "in_proj.weight" */
    const char *query_bias, *value_bias; /* of such a tensor, where they stand by themselves */
    const char *query, *key, *value, *out, *scale1, *norm2, *up, *gate, *gate_up, *down, *gated_down, *scale2;
} pb_vit_names;

/* A row of the table: what config.json does not say, and what it means where it is silent. */
typedef struct pb_vit_kind {
    pb_backbone_entry about; /* its name is "model_type" of transformers' config.json, or "architecture" of timm's */
    const char *container;   /* another model_type, of files that hold this model among others, or NULL */
    const char *section;     /* the member of a container's config.json that describes this model */
    pb_vit_names names;
    pb_vit_positions positions;
    pb_fit fit; /* of the photo into the input */
    pb_resample filter;
    bool has_scales; /* layer scale */
    bool patch_bias; /* of the patch embedding */
    bool bare_class; /* the class token has no position */
    /* Sizes come from the tensors, but for these. 0: from config.json. `all_heads`: as many in every model; else channels a head */
    int64_t channels_a_head, all_heads;
    const char *gated; /* the switch of config.json for a gated MLP; NULL: never */
    int64_t size;      /* default input size; 0: that of the config */
    /* defaults of the reference's configuration class */
    int64_t hidden_size, n_blocks, n_heads, mlp_size, patch_size, image_size, n_registers;
    double norm_eps;
    const char *activation;
    float mean[3], std[3];
} pb_vit_kind;

typedef struct pb_vit_model {
    const pb_vit_kind *kind;
    char model_type[64];
    int64_t dim, n_blocks, n_heads, head_dim, mlp_dim, patch_size, n_registers;
    int64_t trained_grid; /* patches a side of the position embedding; 0: there is none */
    int64_t image_size;
    float norm_eps;
    double rope_theta;
    pb_vit_activation activation;
    bool gated;
    bool split_bias; /* those of queries and values are tensors of their own beside fused weights, and keys have none */
    bool query_bias, key_bias, value_bias, out_bias, mlp_bias;
    char prefix[32], blocks[48]; /* the alternatives that this checkpoint uses */
} pb_vit_model;

#endif
