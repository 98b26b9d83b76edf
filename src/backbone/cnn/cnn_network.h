/* The steps of a plan as oneDNN's primitives with packed weights, or as Winograd's convolutions where those are faster. Maps keep the layout
 * that their convolution likes best; where the next one likes another, they are reordered once. */
#ifndef PB_BACKBONE_CNN_NETWORK_H
#define PB_BACKBONE_CNN_NETWORK_H

#include "backbone/cnn/cnn_plan.h"
#include "backbone/cnn/cnn_winograd.h"
#include "base/onednn.h"

/* A step, made ready. */
typedef struct pb_cnn_unit {
    dnnl_primitive_t primitive; /* NULL for PB_CNN_NORMALIZE, and where there is: */
    pb_cnn_winograd *winograd;
    bool grouped;                                                     /* how its maps lie */
    dnnl_memory_desc_t source, target, packed, shift_row, scratchpad; /* of the primitive */
    dnnl_primitive_t reorder;                                         /* NULL: the map lies as `source` already */
    dnnl_memory_desc_t before;                                        /* as it lies before the reorder */
    dnnl_primitive_t extract;                                         /* of a tap: the map pixel by pixel */
    dnnl_memory_desc_t extracted;
    void *kernel;
    float *gain, *shift;
} pb_cnn_unit;

typedef struct pb_cnn_network {
    pb_cnn_plan plan;
    dnnl_engine_t engine;
    pb_cnn_unit *units;              /* one a step */
    size_t slot_bytes[PB_CNN_SLOTS]; /* memory that each thread needs */
    size_t reorder_bytes, scratch_bytes;
} pb_cnn_network;

/* The plan is there; makes the rest, or leaves the plan alone. Not inside a work item. */
pb_status pb_cnn_network_make(const pb_checkpoint *checkpoint, pb_cnn_network *network);

/* With the plan. */
void pb_cnn_network_free(pb_cnn_network *network);

#endif
