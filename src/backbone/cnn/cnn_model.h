/* What a convolutional network is made of, as data: a row of a table says of which layers its blocks consist, how their tensors
 * are called and which blocks stand in which stage. The engine (cnn_*.c) knows no network by name. */
#ifndef PB_BACKBONE_CNN_MODEL_H
#define PB_BACKBONE_CNN_MODEL_H

#include <stdbool.h>

#include <purebank/backbone.h>

#include "backbone/checkpoint.h"
#include "base/error.h"

enum { PB_CNN_MAX_BLOCK_LAYERS = 3, PB_CNN_MAX_STAGES = 8 };

typedef enum pb_cnn_activation { PB_CNN_LINEAR, PB_CNN_RELU, PB_CNN_RELU6, PB_CNN_GELU } pb_cnn_activation;

typedef enum pb_cnn_norm {
    PB_CNN_NO_NORM,
    PB_CNN_BATCH_NORM,       /* folded into the convolution before it */
    PB_CNN_LAYER_NORM_AFTER, /* over the channels of a pixel */
    PB_CNN_LAYER_NORM_BEFORE
} pb_cnn_norm;

/* Channels that come out: as many as go in, those of the block's middle, or those of its end. */
typedef enum pb_cnn_width { PB_CNN_AS_IS, PB_CNN_MIDDLE, PB_CNN_OUT } pb_cnn_width;

/* A convolution with what belongs to it. Names follow that of the block; NULL: there is none. */
typedef struct pb_cnn_layer {
    const char *conv, *norm, *scale; /* `scale` multiplies what comes out, channel by channel */
    pb_cnn_norm norm_kind;
    int kernel; /* 0: that of the stage */
    bool strided, depthwise, bias;
    bool matrix; /* a 1 x 1 convolution stored as (out, in) */
    pb_cnn_width width;
    pb_cnn_activation activation;
} pb_cnn_layer;

typedef struct pb_cnn_block {
    int n_layers;
    pb_cnn_layer layers[PB_CNN_MAX_BLOCK_LAYERS];
    /* A block's input is added to its output where their shapes agree; elsewhere this 1 x 1 convolution of it, or nothing. */
    const char *shortcut, *shortcut_norm;
    pb_cnn_activation activation; /* of the sum */
} pb_cnn_block;

typedef struct pb_cnn_stage {
    const pb_cnn_block *block;
    int n_blocks, kernel, stride, channels;
    int middle, expansion; /* channels in the middle of a block: `middle`, or else so many times its input's */
} pb_cnn_stage;

/* A row of the table. */
typedef struct pb_cnn_kind {
    pb_backbone_entry about; /* its name is "architecture" of timm's config.json, or "model_type" of transformers' */
    const char *prefix;      /* alternatives of what stands before every name, separated by '|' */
    const char *stages, *blocks; /* "layer%d" and ".%d": names of a stage and of a block of it */
    int first_stage;             /* number of the first one in names */
    pb_cnn_layer stem;
    int stem_channels;
    int stem_stride;
    bool pools;              /* 3 x 3 maxima of stride 2 follow the stem */
    pb_cnn_layer transition; /* before the blocks of every stage but the first; conv NULL: none */
    bool same_padding;       /* TensorFlow's: as many pixels as needed, the odd one behind */
    bool channels_last;      /* layer norm wants the channels of a pixel side by side */
    double norm_eps;
    int neighbourhood; /* features are means of so many pixels squared: 3 for PatchCore, else 1 */
    pb_cnn_stage stage[PB_CNN_MAX_STAGES];
    int n_stages; /* 0: stages, channels and epsilon stand in config.json */
} pb_cnn_kind;

typedef struct pb_cnn_model {
    pb_cnn_kind kind; /* the row, completed from config.json */
    char prefix[32];
    int n_blocks; /* of all stages */
} pb_cnn_model;

/* The row that computes this checkpoint; NULL: none. */
const pb_cnn_kind *pb_cnn_find_kind(const pb_checkpoint *checkpoint);

/* The row with this name; NULL: none. */
const pb_cnn_kind *pb_cnn_find_name(const char *name);

/* Rows by index, NULL behind the last. */
const pb_cnn_kind *pb_cnn_kind_at(int index);

pb_status pb_cnn_model_read(const pb_checkpoint *checkpoint, pb_cnn_model *out);

#endif
