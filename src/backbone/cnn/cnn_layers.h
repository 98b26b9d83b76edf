/* Names of maps that become features, as --layer takes them: a stage ("layer2", "blocks.4", "stages.2"), or a block's number from
 * 1 on (0 is the stem, negative ones count from the end), with an "e" for what goes into the block's last convolution. ":1024" behind
 * them all: so many channels, by the means that PatchCore's authors take (cnn_embed.h). */
#ifndef PB_BACKBONE_CNN_LAYERS_H
#define PB_BACKBONE_CNN_LAYERS_H

#include "backbone/cnn/cnn_plan.h"

/* Fills the taps of the plan, but for their sizes. @param text several are separated by ','; NULL: those of the model */
pb_status pb_cnn_layers_parse(const char *text, pb_cnn_plan *plan);

/* The taps as text, each in one way only. */
pb_status pb_cnn_layers_write(const pb_cnn_plan *plan, char *out, size_t size);

#endif
