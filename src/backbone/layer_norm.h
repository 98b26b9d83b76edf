/* Layer normalisation: Ba, Kiros, Hinton (2016), "Layer normalization", equation 4. */
#ifndef PB_BACKBONE_LAYER_NORM_H
#define PB_BACKBONE_LAYER_NORM_H

#include <stdint.h>

/* out = (x - mean) / sqrt(variance + eps) * gain + shift over n channels; `out` may not overlap `x`. */
void pb_layer_norm(const float *x, const float *gain, const float *shift, float eps, int64_t n, float *out);

#endif
