/* Turned, mirrored, darker and brighter copies of a photo. */
#include <purebank/image.h>

#include <math.h>

#include "base/error.h"
#include "io/augment.h"

/* The stored value times the factor, cut off: torchvision's adjust_brightness() of a uint8 tensor, which is Pillow's
 * ImageEnhance.Brightness (method.md#augment). */
static void make_table(double factor, uint8_t table[256])
{
    for (int value = 0; value < 256; value++)
        table[value] = (uint8_t)fminf(255, (float)factor * (float)value);
}

pb_status pb_augment_image(const pb_augment *augment, int64_t variant, const pb_image *image, pb_image *out)
{
    pb_lie lie;
    double factor;
    uint8_t table[256];
    pb_image copy;
    PB_TRY(pb_augment_variant(augment, variant, &lie, &factor));
    PB_CHECK_ARG(image->rgb && image->width >= 1 && image->height >= 1, "a photo of %d x %d pixels has no copies",
                 (int)image->width, (int)image->height);
    const int32_t width = lie.transposed ? image->height : image->width;
    const int32_t height = lie.transposed ? image->width : image->height;
    make_table(factor, table);
    PB_TRY(pb_image_new(width, height, &copy));
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const uint8_t *from = image->rgb + 3 * pb_lie_source(&lie, height, width, y, x);
            uint8_t *to = copy.rgb + 3 * (y * width + x);
            for (int c = 0; c < 3; c++)
                to[c] = table[from[c]];
        }
    *out = copy;
    return PB_STATUS_OK;
}
