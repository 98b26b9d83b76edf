/* From a checkpoint and options to a plan. */
#ifndef PB_BACKBONE_CNN_PLAN_MAKE_H
#define PB_BACKBONE_CNN_PLAN_MAKE_H

#include "backbone/cnn/cnn_plan.h"

/* Fills the origin but for its hash. Free with pb_cnn_plan_free() whatever the status. */
pb_status pb_cnn_plan_make(const pb_checkpoint *checkpoint, const pb_backbone_options *options, pb_cnn_plan *plan,
                           pb_origin *origin);
/* Billions of floating-point operations in the convolutions of an image. */
double pb_cnn_plan_gflop(const pb_cnn_plan *plan);
void pb_cnn_plan_free(pb_cnn_plan *plan);

#endif
