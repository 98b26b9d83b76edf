/* Where a backbone's images come from where photos have copies: each is decoded once, and its variants are images like any other. */
#ifndef PB_BACKBONE_IMAGE_SOURCE_H
#define PB_BACKBONE_IMAGE_SOURCE_H

#include <purebank/augment.h>

#include "backbone/kind.h"

/* From here on image i of the source is variant i % V of photo i / V. @param augment borrowed until pb_image_variants_end() */
pb_status pb_image_variants_begin(const pb_augment *augment, pb_image_source *source);
/* Accepts a source that has none. */
void pb_image_variants_end(pb_image_source *source);

/* Features of variants as they lie -> each patch where the photo has what it shows. @param rows n_photos x V x P x D */
pb_status pb_variants_put_in_place(const pb_augment *augment, const pb_origin *origin, int64_t n_photos, float *rows);

#endif
