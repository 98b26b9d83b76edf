/* Cutting, grey. */
#include <purebank/image.h>

#include <string.h>

#include "base/clones.h"
#include "base/error.h"

pb_status pb_image_crop(const pb_image *image, int32_t left, int32_t top, int32_t width, int32_t height, pb_image *out)
{
    PB_CHECK_ARG(left >= 0 && top >= 0 && width >= 1 && height >= 1 && width <= image->width - left &&
                     height <= image->height - top,
                 "cannot crop %d x %d pixels at (%d, %d) from an image of %d x %d", (int)width, (int)height, (int)left,
                 (int)top, (int)image->width, (int)image->height);
    pb_image crop;
    PB_TRY(pb_image_new(width, height, &crop));
    for (int64_t y = 0; y < height; y++)
        memcpy(crop.rgb + y * width * 3, image->rgb + ((top + y) * image->width + left) * 3, (size_t)width * 3);
    *out = crop;
    return PB_STATUS_OK;
}

PB_CLONES void pb_image_grey(const pb_image *image, uint8_t *out)
{
    const int64_t pixels = (int64_t)image->width * image->height;
    for (int64_t i = 0; i < pixels; i++) {
        const uint8_t *rgb = image->rgb + 3 * i;
        out[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
    }
}
