#include "io/image_codec.h"

pb_status pb_image_decode_tiff(const pb_image_file *file, pb_image *out) {
    (void)out;
    return pb_fail(PB_STATUS_UNSUPPORTED, "%s: TIFF files cannot be read yet", file->name);
}
