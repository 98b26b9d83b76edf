/* What a PNG's chunks say that its pixels do not need: whether the file is whole, holds more than one picture, and whether it is a
 * heatmap of ours. */
#ifndef PB_IO_PNG_CHUNKS_H
#define PB_IO_PNG_CHUNKS_H

#include <stdbool.h>

#include "io/image_codec.h"

/* Are the checksums of all chunks with pixels right? A decoder that has its pixels looks at no further byte.
 * @return PB_STATUS_BAD_FORMAT where one is not, or the file ends within one */
pb_status pb_png_check_pixels(const pb_image_file *file);

/* Where the size stands: IHDR is the first chunk of every PNG. */
enum { PB_PNG_WIDTH_AT = 16, PB_PNG_HEIGHT_AT = 20 };
uint32_t pb_png_number(const uint8_t *bytes);

/* Is there a chunk of that type with no data, before the pixels or after them? */
bool pb_png_has_empty(const pb_image_file *file, const char *type);

/* Frames of an animated PNG (chunk acTL); 1 of any other. */
uint32_t pb_png_count_frames(const pb_image_file *file);

/* Writes a PNG of pb_image_encode_png() with a note in it that it is a heatmap. */
pb_status pb_png_write_heatmap(const uint8_t *png, size_t size, const char *path);
/* Does the file hold that note? false also where it cannot be read. */
bool pb_png_is_heatmap(const char *path);

#endif
