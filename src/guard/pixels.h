/* What the guard sums up over all pixels of a photo: in strips of fixed rows on all threads, whole numbers, so that neither shows. */
#ifndef PB_GUARD_PIXELS_H
#define PB_GUARD_PIXELS_H

#include <purebank/image.h>

/* Of neighbouring pixels: absolute differences to the right and below; squared ones to the right, below, along both diagonals. */
typedef struct pb_pixel_steps {
    int64_t size, across, down, rising, falling;
} pb_pixel_steps;

typedef struct pb_pixel_sums {
    int32_t width, height;
    uint8_t *grey;          /* height x width, as pb_image_grey() */
    int64_t histogram[256]; /* of grey */
    int64_t colour[3];      /* sums of R, G, B */
    pb_pixel_steps steps;
    int64_t *row, *column; /* height - 1, width - 1: absolute differences to the next row or column */
} pb_pixel_sums;

/* Free with pb_pixel_sums_free(), also where it fails. */
pb_status pb_pixel_sums_of(const pb_image *image, pb_pixel_sums *out);

/* Accepts zeroed ones. */
void pb_pixel_sums_free(pb_pixel_sums *sums);

/* Steps of a grey picture, on this thread. */
pb_pixel_steps pb_pixel_steps_of(const uint8_t *grey, int32_t width, int32_t height);

#endif
