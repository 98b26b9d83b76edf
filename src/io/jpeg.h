/* JPEG in memory, for pages: a tenth of PNG's size for photographs. */
#ifndef PB_IO_JPEG_H
#define PB_IO_JPEG_H

#include <purebank/image.h>

/* Free *out with pb_free(). @param quality 1..100 */
pb_status pb_jpeg_encode(const pb_image *image, int quality, uint8_t **out, size_t *out_size);

#endif
