/* The loops of a transformer that are not matrix products, compiled once per instruction set. Rows are handled one by
 * one and sums have fixed lanes, so that the result of a row depends on nothing but the row. */
#ifndef PB_BACKBONE_VIT_KERNELS_H
#define PB_BACKBONE_VIT_KERNELS_H

#include <stdint.h>

#include "backbone/vit/vit_model.h"

typedef uint16_t pb_bf16;

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

/* Bytes for which x[i] is about step * (byte - zero): the range from the least to the largest value, 0 included, in 255
 * steps. Of a row with NaN or infinity the step is NaN or infinite, so that the overflow goes on into what is made of it. */
void pb_vit_quantize(const float *x, int64_t n, uint8_t *out, float *step, int32_t *zero);

/* Signed bytes with x[i] about step * byte, the largest value being 127 steps; returns their sum. */
int32_t pb_vit_quantize_signed(const float *x, int64_t n, int8_t *out, float *step);

/* out[i] = step * steps[i] * (counts[i] - zero * sums[i]) + bias[i]: a row of a product of bytes as numbers. */
void pb_vit_dequantize(const int32_t *counts, float step, int32_t zero, const float *steps, const int32_t *sums,
                       const float *bias, int64_t n, float *out);

/* out[i] += x[i] */
void pb_vit_add(const float *x, int64_t n, float *out);

#endif
