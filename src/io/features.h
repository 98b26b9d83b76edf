/* What stands behind pb_features, and streaming through features that are larger than memory should be. */
#ifndef PB_IO_FEATURES_H
#define PB_IO_FEATURES_H

#include <stdint.h>

#include <purebank/features.h>

#include "io/augment.h"
#include "io/file.h"
#include "io/roi.h"

/* Read by the folders after this one, made only here: by the public functions, or by pb_features_view(). */
struct pb_features {
    int64_t n_images, n_patches, dim;
    int32_t grid_height, grid_width;
    const float *data; /* n_images x n_patches x dim; owned or mapped, see `owner` */
    pb_origin origin;
    const pb_roi *
        roi; /* NULL: n_patches is the whole grid; else the patches inside, owned by `owner` or borrowed with the data */
    pb_augment augment; /* all zero: none; else n_patches is as much once for each variant, the photo itself first */
    struct pb_features_owner *owner; /* of this file; NULL when `data` is borrowed */
};

/* pb_features_borrow() into a struct of the caller's, which is not to be freed. */
pb_status pb_features_view(const float *data, int64_t n_images, int32_t grid_height, int32_t grid_width, int64_t dim,
                           pb_features *out);

/* The same for `n_images` more images like those of `like`, with its region, copies and origin. */
void pb_features_view_like(const pb_features *like, const float *data, int64_t n_images, pb_features *out);

/* pb_features_new() with a region, which is copied (NULL: whole photos), and with copies of the photos (NULL: none). */
pb_status pb_features_new_within(int64_t n_images, const pb_origin *origin, const pb_roi *roi,
                                 const pb_augment *augment, pb_features **out);

/* pb_features_n_own_patches(): the others are of copies. */
static inline int64_t pb_features_n_own(const pb_features *features)
{
    return features->n_patches / pb_augment_n_variants(&features->augment);
}

/* Which patch of the grid is, or shows, patch p of an image? */
static inline int64_t pb_features_place(const pb_features *features, int64_t p)
{
    const int64_t own = p % pb_features_n_own(features);
    return features->roi ? features->roi->place[own] : own;
}

/* The number of patch p that banks have (pb_bank_patch_of_row()): grids of the variants, one behind the other. */
static inline int64_t pb_features_number(const pb_features *features, int64_t p)
{
    return p / pb_features_n_own(features) * features->grid_height * features->grid_width +
           pb_features_place(features, p);
}

/* Gives the memory of images [first, first + n) back to the system where they are mapped: reading them again reads the file
 * again. Does nothing for features that are in memory. */
void pb_features_forget(const pb_features *features, int64_t first, int64_t n);

#define PB_FEATURES_SIDECAR_ENDING ".origin.json"
#define PB_FEATURES_NAMES_ENDING ".paths.txt"

/* Commits a feature file with its companions, all or none, and frees the writer whatever happens: what made the features, with
 * the SHA-256 by which damage is found when they are loaded, and the names of the images. Companions that the file no longer
 * has go. The writer has been hashing since pb_writer_hash().
 * @param names NULL, or n lines without line breaks */
pb_status pb_features_commit(pb_writer *array, const pb_origin *origin, const char *const *names, int64_t n,
                             const char *path);
/* pb_features_save() with the names of the images; NULL: without. */
pb_status pb_features_save_named(const pb_features *features, const char *const *names, const char *path);

#endif
