/* Weights of a step as floats, with everything that only multiplies and adds folded into the convolution. */
#ifndef PB_BACKBONE_CNN_WEIGHTS_H
#define PB_BACKBONE_CNN_WEIGHTS_H

#include "backbone/cnn/cnn_plan.h"

typedef struct pb_cnn_weights {
    float *kernel; /* out_channels x in_channels / groups x kernel x kernel; NULL for PB_CNN_NORMALIZE */
    float *gain;   /* of PB_CNN_NORMALIZE, else NULL */
    float *shift;  /* out_channels: bias, or the shift of PB_CNN_NORMALIZE */
} pb_cnn_weights;

/* Are all tensors of the plan there, with the right shapes and types? */
pb_status pb_cnn_weights_check(const pb_checkpoint *checkpoint, const pb_cnn_plan *plan);

/* Free with pb_cnn_weights_free() whatever the status. */
pb_status pb_cnn_weights_read(const pb_checkpoint *checkpoint, const pb_cnn_plan *plan, const pb_cnn_step *step,
                              pb_cnn_weights *out);
void pb_cnn_weights_free(pb_cnn_weights *weights);

#endif
