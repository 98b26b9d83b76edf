/* What stands behind pb_features, and streaming through features that are larger than memory should be. */
#ifndef PB_IO_FEATURES_H
#define PB_IO_FEATURES_H

#include <stdint.h>

#include <purebank/features.h>

#include "io/file.h"

/* Read by the folders after this one, made only here: by the public functions, or by pb_features_view(). */
struct pb_features {
    int64_t n_images, n_patches, dim;
    int32_t grid_height, grid_width;
    const float *data; /* n_images x n_patches x dim; owned or mapped, see `owner` */
    pb_origin origin;
    struct pb_features_owner *owner; /* of this file; NULL when `data` is borrowed */
};

/* pb_features_borrow() into a struct of the caller's, which is not to be freed. */
pb_status pb_features_view(const float *data, int64_t n_images, int32_t grid_height, int32_t grid_width, int64_t dim,
                           pb_features *out);

/* Gives the memory of images [first, first + n) back to the system where they are mapped: reading them again reads the file
 * again. Does nothing for features that are in memory. */
void pb_features_forget(const pb_features *features, int64_t first, int64_t n);

/* Begins the sidecar of a feature file: what made it, and the SHA-256 of the file, by which damage is found when it is loaded.
 * All of it is on disk then; commit or abort *out. */
pb_status pb_features_write_sidecar(const pb_origin *origin, const char sha256[65], const char *sidecar,
                                    pb_writer **out);

#endif
