/* The engine of vision transformers.
 *
 * Tokens of an image are cut into tiles of a fixed number of rows, padded to whole tiles. Apart from attention a block
 * works on each row alone, so that a tile goes through everything between two attentions at once, on one thread:
 *     attention of block b: one item for each image and head
 *     tile stage of block b: output projection, MLP, and the queries, keys and values of block b + 1
 * The partition follows from the model and the input size and from nothing else. With it every product has one shape,
 * and the features of an image depend neither on the batch nor on the number of threads. */
#ifndef PB_BACKBONE_VIT_BATCH_H
#define PB_BACKBONE_VIT_BATCH_H

#include "backbone/kind.h"
#include "backbone/vit/vit_weights.h"

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

#endif
