/* An image in memory: what the decoders fill. */
#include <purebank/image.h>

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
