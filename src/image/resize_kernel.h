/* The two passes of Pillow's resampling on 8-bit data with 22-bit fixed-point weights. */
#ifndef PB_IMAGE_RESIZE_KERNEL_H
#define PB_IMAGE_RESIZE_KERNEL_H

#include <stdint.h>

enum {
    PB_RESIZE_WEIGHT_BITS = 22, /* Pillow's PRECISION_BITS = 32 - 8 - 2 */
    PB_RESIZE_ROWS = 8,         /* rows that the horizontal pass does together */
    PB_RESIZE_LANES = PB_RESIZE_ROWS * 4
};

/* One axis: output i is the sum over t < count[i] of weights[i * taps + t] * input[first[i] - start + t]. */
typedef struct pb_resize_axis {
    int32_t start;             /* of the image's pixels, the first that is at hand */
    int32_t in_size, out_size; /* pixels at hand, pixels that they become */
    int64_t taps;              /* weights an output, the unused ones zero */
    int32_t *first, *count, *weights;
} pb_resize_axis;

/* Horizontal pass. columns[(x * PB_RESIZE_ROWS + row) * 4 + channel], axis->in_size of them (the fourth
 * channel is ignored); out in the same layout, axis->out_size columns. */
void pb_resize_columns(const uint8_t *columns, const pb_resize_axis *axis, uint8_t *out);

/* Vertical pass for one output row of n bytes: weights[t] * rows[t * stride + i] over t < count. */
void pb_resize_row(const uint8_t *rows, int64_t stride, int32_t count, const int32_t *weights, int64_t n, uint8_t *out);

#endif
