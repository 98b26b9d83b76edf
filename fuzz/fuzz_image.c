/* Any bytes as an image file: no crash, no leak, and an error or a whole image. */
#include <stdlib.h>

#include <purebank/purebank.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    return pb_image_set_max_pixels(1000000) == PB_STATUS_OK ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    pb_image image = {0};
    const pb_status status = pb_image_decode(bytes, size, "fuzz", &image);
    if ((status == PB_STATUS_OK) != (image.rgb != NULL))
        abort();
    if (status == PB_STATUS_OK &&
        (image.width < 1 || image.height < 1 || image.width > 1000000 / image.height))
        abort();
    pb_image_free(&image);
    if (pb_memory_live_bytes() != 0)
        abort();
    return 0;
}
