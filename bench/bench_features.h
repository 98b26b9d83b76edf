/* What the studies do with features. */
#ifndef PB_BENCH_FEATURES_H
#define PB_BENCH_FEATURES_H

#include <string.h>

#include <purebank/features.h>

#include "base/error.h"

/* Features of some images: `images` are n numbers. Free with pb_features_free(). */
static inline pb_status bench_copy_images(const pb_features *all, const int64_t *images, int64_t n, pb_features **out)
{
    const int64_t floats = pb_features_n_patches(all) * pb_features_dim(all);
    PB_TRY(pb_features_new(n, pb_features_origin(all), out));
    for (int64_t i = 0; i < n; i++)
        memcpy(pb_features_rows(*out) + i * floats, pb_features_image_at(all, images[i]),
               (size_t)floats * sizeof(float));
    return PB_STATUS_OK;
}

#endif
