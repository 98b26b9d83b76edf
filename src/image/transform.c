#include <purebank/image.h>

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

pb_status pb_image_new(int32_t width, int32_t height, pb_image *out)
{
    PB_CHECK_ARG(width >= 1 && height >= 1, "an image of %d x %d pixels has no pixels", (int)width, (int)height);
    int64_t pixels;
    uint8_t *rgb;
    PB_TRY(pb_size_multiply(width, height, "image", &pixels));
    if (!(rgb = pb_calloc((size_t)pixels, 3)))
        return PB_STATUS_NO_MEMORY;
    *out = (pb_image){width, height, rgb};
    return PB_STATUS_OK;
}

void pb_image_free(pb_image *image)
{
    if (!image)
        return;
    pb_free(image->rgb);
    *image = (pb_image){0};
}

void pb_buffer_free(void *buffer)
{
    pb_free(buffer);
}

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

pb_status pb_image_resize_shortest(const pb_image *image, int32_t size, pb_resample filter, pb_image *out)
{
    PB_CHECK_ARG(size >= 1, "the shortest side must become at least 1 pixel, not %d", (int)size);
    PB_CHECK_ARG(image->width >= 1 && image->height >= 1, "cannot resize an image of %d x %d pixels", (int)image->width,
                 (int)image->height);
    const int wide = image->width > image->height;
    const int64_t shortest = wide ? image->height : image->width;
    const int64_t longest = (wide ? image->width : image->height) * (int64_t)size / shortest;
    PB_CHECK_ARG(longest <= INT32_MAX, "an image of %d x %d pixels becomes too long at a shortest side of %d",
                 (int)image->width, (int)image->height, (int)size);
    return wide ? pb_image_resize(image, (int32_t)longest, size, filter, out)
                : pb_image_resize(image, size, (int32_t)longest, filter, out);
}

pb_status pb_image_normalize(const pb_image *image, const float mean[3], const float std[3], float *out)
{
    const int64_t pixels = (int64_t)image->width * image->height;
    float table[256];
    for (int c = 0; c < 3; c++)
        PB_CHECK_ARG(isfinite(mean[c]) && isfinite(std[c]) && std[c] > 0,
                     "channel %d: mean %g and standard deviation %g must be finite, the latter above 0", c,
                     (double)mean[c], (double)std[c]);
    for (int c = 0; c < 3; c++) {
        for (int value = 0; value < 256; value++)
            table[value] = ((float)value / 255.0f - mean[c]) / std[c];
        for (int64_t i = 0; i < pixels; i++)
            out[c * pixels + i] = table[image->rgb[3 * i + c]];
    }
    return PB_STATUS_OK;
}

void pb_image_grey(const pb_image *image, uint8_t *out)
{
    const int64_t pixels = (int64_t)image->width * image->height;
    for (int64_t i = 0; i < pixels; i++) {
        const uint8_t *rgb = image->rgb + 3 * i;
        out[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
    }
}
