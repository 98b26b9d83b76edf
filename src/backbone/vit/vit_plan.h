/* What a run computes: geometry, layers, precision, and the products that this takes. */
#ifndef PB_BACKBONE_VIT_PLAN_H
#define PB_BACKBONE_VIT_PLAN_H

#include "backbone/preprocess.h"
#include "backbone/vit/vit_product.h"

enum { PB_VIT_MAX_LAYERS = 8 };

typedef struct pb_vit_products {
    pb_vit_product *embed, *qkv, *out, *up, *down; /* rows: a tile of tokens */
    pb_vit_product *scores, *mix;                  /* of one head: queries with keys, weights with values */
} pb_vit_products;

typedef struct pb_vit_plan {
    pb_vit_model model;
    pb_vit_type type;                   /* of the products with the blocks' weights; the embedding's is F32 always */
    pb_vit_type attention;              /* of the products inside attention, and of what goes in and comes out */
    pb_preprocess image;                /* from a photo to pixels */
    float table[3][256];                /* from pixels to values */
    int64_t grid, n_patches;            /* patches a side, and of an image */
    int64_t n_prefix;                   /* CLS and registers */
    int64_t n_tokens;                   /* n_prefix + n_patches */
    int64_t tile_rows, n_tiles, n_rows; /* n_rows = tile_rows * n_tiles >= n_tokens */
    int64_t n_patch_tiles;              /* tiles of patches for the embedding */
    int64_t patch_values;               /* 3 * patch_size^2 */
    int64_t up_columns;                 /* of the MLP's first product: gate and up side by side in a gated one */
    int64_t n_layers, layers[PB_VIT_MAX_LAYERS]; /* hidden states wanted, 0 = the embedding */
    int64_t n_blocks;                            /* blocks to run: the last one wanted */
} pb_vit_plan;

/* Sizes, layers and preprocessing from the model and the options; fills the origin but for its hash. */
pb_status pb_vit_plan_make(const pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_vit_plan *plan,
                           pb_origin *origin);

/* Billions of floating-point operations in the products of an image. */
double pb_vit_plan_gflop(const pb_vit_plan *plan);

/* Free with pb_vit_products_free() whatever the status. */
pb_status pb_vit_products_make(const pb_vit_plan *plan, pb_vit_products *out);
void pb_vit_products_free(pb_vit_products *products);

#endif
