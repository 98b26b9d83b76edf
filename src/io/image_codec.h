/* Inside of image reading: one decoder a format, and what they share. */
#ifndef PB_IO_IMAGE_CODEC_H
#define PB_IO_IMAGE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/image.h>

#include "base/error.h"

/* A whole image file in memory; `name` stands for it in messages. */
typedef struct pb_image_file {
    const uint8_t *bytes;
    size_t size;
    const char *name;
    int32_t
        sample_bits; /* of what 16-bit samples hold: 8..16; 0: as few of 8, 10, 12, 16 as this image's values need */
    bool is_mask;    /* marks, not brightness: 16-bit samples above 0 are as good as white */
} pb_image_file;

/* "PNG", by the magic bytes; also of formats that are recognised and not read. NULL: none known. */
const char *pb_image_format_name(const uint8_t *bytes, size_t size);

/* Each decoder trusts nothing but the magic bytes; *out is set on success only. */
pb_status pb_image_decode_jpeg(const pb_image_file *file, pb_image *out);
pb_status pb_image_decode_png(const pb_image_file *file, pb_image *out);
pb_status pb_image_decode_tiff(const pb_image_file *file, pb_image *out);
pb_status pb_image_decode_webp(const pb_image_file *file, pb_image *out);
pb_status pb_image_decode_bmp(const pb_image_file *file, pb_image *out);

/* Bits of the samples that 16-bit PNG and TIFF files use, as pb_image_sample_bits() has them; 0 where they are 8 or fewer. */
pb_status pb_image_png_sample_bits(const pb_image_file *file, int32_t *out);
pb_status pb_image_tiff_sample_bits(const pb_image_file *file, int32_t *out);

/* Checks width and height against the limit of pb_image_set_max_pixels(). */
pb_status pb_image_check_size(const char *name, int64_t width, int64_t height);

/* PB_STATUS_UNSUPPORTED: which of its pictures shows the part, nobody said. @param kind "an animated PNG" */
pb_status pb_image_fail_several(const char *name, const char *kind);

/* pb_image_check_size(), then an image with uninitialised pixels. */
pb_status pb_image_new_for_file(const char *name, int64_t width, int64_t height, pb_image *out);

/* rgb[3 x n] from cmyk[4 x n], ink 255 = full: Pillow's cmyk2rgb(), src/libImaging/Convert.c. */
void pb_image_cmyk_to_rgb(const uint8_t *cmyk, int64_t n, uint8_t *rgb);

#endif
