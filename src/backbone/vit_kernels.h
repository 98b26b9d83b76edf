/* The loops of a transformer that are not matrix products, compiled once per instruction set. Rows are handled one by
 * one and sums have fixed lanes, so that the result of a row depends on nothing but the row. */
#ifndef PB_BACKBONE_VIT_KERNELS_H
#define PB_BACKBONE_VIT_KERNELS_H

#include <stdint.h>

#include "backbone/vit_model.h"

typedef uint16_t pb_bf16;

/* out = (x - mean) / sqrt(variance + eps) * gain + shift over n channels. */
void pb_vit_normalize(const float *x, const float *gain, const float *shift, float eps, int64_t n, float *out);

/* x[i] = exp(x[i] - maximum); returns the sum of these. */
float pb_vit_exponentials(float *x, int64_t n);

/* out[i] = factor * x[i]. */
void pb_vit_scale(const float *x, float factor, int64_t n, float *out);

/* Rotates pairs (x[j], x[j + n / 2]) by angles whose cosines and sines stand in rows of n / 2 values, times `factor`. */
void pb_vit_rotate(const float *x, const float *cosines, const float *sines, float factor, int64_t n, float *out);

/* x[i] = activation(x[i]). */
void pb_vit_activate(pb_vit_activation activation, int64_t n, float *x);

/* out[i] = activation(gate[i]) * up[i]; `out` may be `gate`. */
void pb_vit_gate(pb_vit_activation activation, const float *gate, const float *up, int64_t n, float *out);

/* Nearest bfloat16, ties to even; x is finite. */
void pb_vit_to_bf16(const float *x, int64_t n, pb_bf16 *out);

#endif
