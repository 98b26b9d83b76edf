/* Images through a network. */
#ifndef PB_BACKBONE_CNN_RUN_H
#define PB_BACKBONE_CNN_RUN_H

#include "backbone/cnn/cnn_network.h"
#include "backbone/kind.h"

/* Features of all images of the source, one image at a time on each thread: n x grid^2 x dim. */
pb_status pb_cnn_run(const pb_cnn_network *network, const pb_image_source *source, const pb_progress *progress,
                     float *out);

#endif
