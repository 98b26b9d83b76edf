/* Masks whose values say more than that there is a defect. */
#ifndef PB_IO_MASK_VALUES_H
#define PB_IO_MASK_VALUES_H

#include <stdint.h>

#include <purebank/status.h>

/* The brightest channel of each pixel; of more than 8 bits 255 where it is above 0.
 * @param out height x width; free with pb_buffer_free() */
pb_status pb_mask_values_read(const char *path, uint8_t **out, int32_t *out_width, int32_t *out_height);

#endif
