/* The orientation in EXIF data, and what it asks for. */
#ifndef PB_IO_EXIF_H
#define PB_IO_EXIF_H

#include <stddef.h>
#include <stdint.h>

#include <purebank/image.h>

#include "base/error.h"

/* EXIF 2.3, 4.6.4 A: which corner of the scene the first stored pixel is. */
enum { PB_EXIF_UPRIGHT = 1, PB_EXIF_LAST = 8 };

/* The orientation, 1..8, that EXIF data (a TIFF without pixels, after "Exif\0\0" or not) asks for. Data that is damaged, or says
 * nothing or nonsense, asks for nothing: 1. Any bytes are safe. */
int pb_exif_orientation(const uint8_t *bytes, size_t size);

/* Turns and mirrors an image as stored until it is upright; anything but 2..8 leaves it as it is. `name` stands in messages. */
pb_status pb_exif_turn(const char *name, int orientation, pb_image *image);

#endif
