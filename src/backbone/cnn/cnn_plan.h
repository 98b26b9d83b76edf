/* What a run computes: a list of steps with all their sizes, up to the last block whose features are wanted. Every image goes
 * through them by itself and on one thread, so that neither batch nor threads show in its features. */
#ifndef PB_BACKBONE_CNN_PLAN_H
#define PB_BACKBONE_CNN_PLAN_H

#include <purebank/backbone.h>

#include "backbone/cnn/cnn_model.h"
#include "backbone/preprocess.h"

enum { PB_CNN_MAX_TAPS = 8, PB_CNN_SLOTS = 4, PB_CNN_NAME = 96 };

typedef enum pb_cnn_operation { PB_CNN_CONVOLVE, PB_CNN_MAXIMUM, PB_CNN_NORMALIZE } pb_cnn_operation;

/* Maps lie in slots: a step reads one and writes another, adds to it, or (normalising) changes it in place. */
typedef struct pb_cnn_step {
    pb_cnn_operation operation;
    char conv[PB_CNN_NAME], batch_norm[PB_CNN_NAME], scale[PB_CNN_NAME]; /* tensors; "": none */
    char layer_norm[PB_CNN_NAME];                                        /* of PB_CNN_NORMALIZE */
    bool bias, matrix, adds;
    int64_t in_channels, out_channels, kernel, stride, groups;
    int64_t in_side, out_side, pad_before, pad_after;
    pb_cnn_activation activation;
    int from, to; /* slots */
    int tap;      /* features that are taken from `to` afterwards; -1: none */
} pb_cnn_step;

/* A map that becomes features. */
typedef struct pb_cnn_tap {
    int block;     /* 0: the stem, n: block n */
    bool expanded; /* what goes into the last convolution of the block, instead of what comes out of the block */
    int64_t side, channels;
} pb_cnn_tap;

typedef struct pb_cnn_plan {
    pb_cnn_model model;
    pb_preprocess image;
    float table[3][256]; /* from bytes to values */
    int n_steps;
    pb_cnn_step *steps;
    int n_taps;
    pb_cnn_tap taps[PB_CNN_MAX_TAPS];
    int64_t pooled;    /* channels of all taps come down to so many; 0: they stand side by side as they are */
    int64_t grid, dim; /* of the features: the first tap's side, and the channels of all */
} pb_cnn_plan;

#endif
