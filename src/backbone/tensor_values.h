/* Tensors of a checkpoint as floats: F32, F16 and BF16, of the shape that is expected, every value finite. */
#ifndef PB_BACKBONE_TENSOR_VALUES_H
#define PB_BACKBONE_TENSOR_VALUES_H

#include "backbone/checkpoint.h"
#include "base/error.h"

/* @param shape leading dimensions of 1 of the tensor do not count
 *  @param out   NULL: checks shape and type only */
pb_status pb_tensor_values(const pb_checkpoint *checkpoint, const pb_tensor *tensor, const int64_t *shape, int n_dims,
                           float *out);

/* The same by name. PB_STATUS_BAD_FORMAT where there is no such tensor. */
pb_status pb_tensor_values_of(const pb_checkpoint *checkpoint, const char *name, const int64_t *shape, int n_dims,
                              float *out);

#endif
