/* Samples of more than 8 bits, and what they become. A file says how wide its samples are, not how much of them is used: cameras
 * of 8, 10 and 12 bits write their values into 16-bit files as they are. */
#ifndef PB_IO_IMAGE_DEPTH_H
#define PB_IO_IMAGE_DEPTH_H

#include "io/image_codec.h"

/* The fewest of 8, 10, 12 and 16 bits that hold values up to `highest`. */
int32_t pb_depth_of(uint32_t highest);

/* The highest of 16-bit samples[n x n_samples] among the first `n_colors`. */
uint32_t pb_depth_highest(const uint16_t *samples, int64_t n, int n_samples, int n_colors);

/* The bits of an image whose 16-bit samples go up to `highest`: those that `file` asks for, which must hold them, or as few as do. */
pb_status pb_depth_choose(const pb_image_file *file, uint32_t highest, int32_t *out);

/* A sample of `bits` (8..16) as 8 bits: its high ones. */
uint8_t pb_depth_to_8_bits(uint32_t value, int32_t bits);

/* rgb[3 x n] from 16-bit samples[n x n_samples], of which the first `n_colors` (1 or 3) make the colour. */
pb_status pb_depth_to_rgb(const pb_image_file *file, const uint16_t *samples, int64_t n, int n_samples, int n_colors,
                          uint8_t *rgb);

#endif
