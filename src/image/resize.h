/* Resizing of which only a part is wanted, as where the centre is cut out of it. */
#ifndef PB_IMAGE_RESIZE_H
#define PB_IMAGE_RESIZE_H

#include <purebank/image.h>

/* The size of an image whose shortest side becomes `size`, the other one truncated, as torchvision and transformers do.
 *  @return PB_STATUS_LIMIT where that is more pixels than a photo may have */
pb_status pb_image_shortest_size(const pb_image *image, int32_t size, int32_t *width, int32_t *height);

/* The bytes of `part` of pb_image_resize(image, width, height), without computing the rest. */
pb_status pb_image_resize_part(const pb_image *image, int32_t width, int32_t height, pb_resample filter,
                               const pb_rect *part, pb_image *out);

#endif
