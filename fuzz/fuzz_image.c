/* Any bytes are an error, or a whole image within the pixel limit; as EXIF data they ask for one of the eight orientations. */
#include "fuzz.h"

#include "io/exif.h"

/* A low limit keeps the runs fast. */
enum { MAX_PIXELS = 1000000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pb_image image = {0};
    pb_status status = pb_image_set_max_pixels(MAX_PIXELS);
    FUZZ_CHECK(status == PB_STATUS_OK);
    status = pb_image_decode(bytes, size, "fuzz", &image);
    FUZZ_CHECK((status == PB_STATUS_OK) == (image.rgb != NULL));
    if (status == PB_STATUS_OK)
        FUZZ_CHECK(image.width >= 1 && image.height >= 1 && image.width <= MAX_PIXELS / image.height);
    pb_image_free(&image);
    const int orientation = pb_exif_orientation(bytes, size);
    FUZZ_CHECK(orientation >= PB_EXIF_UPRIGHT && orientation <= PB_EXIF_LAST);
    fuzz_check_end(status);
    return 0;
}
