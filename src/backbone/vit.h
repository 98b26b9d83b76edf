/* The engine of vision transformers.
 *
 * Tokens of an image are cut into tiles of a fixed number of rows, padded to whole tiles. Apart from attention a block
 * works on each row alone, so that a tile goes through everything between two attentions at once, on one thread:
 *     attention of block b: one item for each image and head
 *     tile stage of block b: output projection, MLP, and the queries, keys and values of block b + 1
 * The partition follows from the model and the input size and from nothing else. With it every product has one shape,
 * and the features of an image depend neither on the batch nor on the number of threads. */
#ifndef PB_BACKBONE_VIT_H
#define PB_BACKBONE_VIT_H

#include "backbone/kind.h"
#include "backbone/vit_preprocess.h"
#include "backbone/vit_product.h"

enum { PB_VIT_MAX_LAYERS = 8 };

/* ---- What is to be computed: vit_plan.c ---- */

typedef struct pb_vit_products {
    pb_vit_product *embed, *qkv, *out, *up, *down; /* rows: a tile of tokens */
    pb_vit_product *scores, *mix;                  /* of one head: queries with keys, weights with values */
} pb_vit_products;

typedef struct pb_vit_plan {
    pb_vit_model model;
    pb_vit_type type;                   /* of the products with the blocks' weights; the embedding's is F32 always */
    pb_vit_type attention;              /* of the products inside attention, and of what goes in and comes out */
    pb_vit_preprocess image;            /* from a photo to pixels */
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

/* Free with pb_vit_products_free() whatever the status. */
pb_status pb_vit_products_make(const pb_vit_plan *plan, pb_vit_products *out);
void pb_vit_products_free(pb_vit_products *products);

/* ---- Weights: vit_weights.c ---- */

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

/* ---- Positions: vit_positions.c ---- */

/* Cosines and sines of rotary positions: n_patches x head_dim / 2 each. */
void pb_vit_rotary_tables(const pb_vit_plan *plan, float *cosines, float *sines);

/* Resamples embeddings of trained x trained positions to grid x grid.
 * @param trained_values trained^2 x dim
 * @param out            grid^2 x dim */
pb_status pb_vit_positions_resample(pb_vit_positions how, const float *trained_values, int64_t trained, int64_t dim,
                                    int64_t grid, float *out);

/* ---- Running: vit_run.c, vit_tile.c, vit_linear.c, vit_attention.c ---- */

typedef struct pb_vit_engine {
    pb_vit_plan plan;
    pb_vit_products products;
    pb_vit_weights weights;
} pb_vit_engine;

/* Left operand of a product with weights: tile_rows rows of a depth that the product knows. */
typedef struct pb_vit_operand {
    void *values;
    /* INT8 only, of each row: value = step * (byte - zero) */
    float *steps;
    int32_t *zeros;
} pb_vit_operand;

/* Memory of one thread. */
typedef struct pb_vit_scratch {
    float *row;             /* one row of any operand */
    pb_vit_operand operand; /* for the deepest product */
    float *wide;            /* tile_rows x the widest product */
    int32_t *counts;        /* the same, for INT8 */
    float *scores;          /* tile_rows x n_tokens */
    void *weights;          /* the same in the type of attention's products; `scores` itself for F32 */
    float *sums;            /* tile_rows */
    float *mixed;           /* tile_rows x head_dim */
    void *keys, *values;    /* packed, of one head */
    void *onednn;
} pb_vit_scratch;

/* One batch on its way. Queries, keys and values are in the type of attention's products, one head after another. */
typedef struct pb_vit_batch {
    const pb_vit_engine *engine;
    pb_vit_scratch *scratch; /* one a thread */
    int64_t n;
    int64_t block;                 /* at work */
    const uint8_t *pixels;         /* n x size x size x 3 */
    float *residual;               /* n x n_rows x dim */
    void *attended;                /* n x n_rows x dim, in the type of attention's products */
    void *queries, *keys, *values; /* n x n_heads x n_rows x head_dim */
    float *out;                    /* n x n_patches x (n_layers * dim) */
} pb_vit_batch;

size_t pb_vit_type_bytes(pb_vit_type type);

/* Row `r` of n values becomes a row of an operand of the given type. */
void pb_vit_store_row(pb_vit_type type, const float *row, int64_t n, int64_t r, const pb_vit_operand *out);

/* What a product with weights makes of a tile. `product` is of the plan's type and finishes as told. */
typedef struct pb_vit_layer {
    const pb_vit_product *product;
    const pb_vit_linear *weights;
    int64_t columns;
    pb_vit_finish finish;
    pb_vit_activation activation;
} pb_vit_layer;

/* @param out tile_rows x columns float; bfloat16 where a BF16 product activates. With PB_VIT_ADD they are added to */
pb_status pb_vit_layer_run(const pb_vit_plan *plan, const pb_vit_layer *layer, const pb_vit_operand *operand,
                           const pb_vit_scratch *scratch, void *out);

/* Work items of the stages; `index` counts image by image. */
pb_status pb_vit_embed_patches(pb_vit_batch *batch, int64_t index, int worker); /* n * n_patch_tiles items */
pb_status pb_vit_first_tile(pb_vit_batch *batch, int64_t index, int worker);    /* n * n_tiles items */
pb_status pb_vit_attend(pb_vit_batch *batch, int64_t index, int worker);        /* n * n_heads items */
pb_status pb_vit_block_tile(pb_vit_batch *batch, int64_t index, int worker);    /* n * n_tiles items */

/* Features of all images of the source: n x n_patches x (n_layers * dim). */
pb_status pb_vit_run(const pb_vit_engine *engine, const pb_image_source *source, const pb_progress *progress,
                     float *out);

#endif
