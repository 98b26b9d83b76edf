/* What the photos were when their features were computed: photos.txt beside the features, one line a photo, training images
 * first: bytes, time of the last change in nanoseconds since 1970, SHA-256. A photo replaced under its name is found by it. */
#ifndef PB_CACHE_PHOTOS_H
#define PB_CACHE_PHOTOS_H

#include "cache/files.h"

typedef struct pb_cache_photo {
    int64_t bytes, nanoseconds;
    char sha256[65];
} pb_cache_photo;

typedef struct pb_cache_photos {
    int64_t n; /* 0: they were not recorded, as in caches of purebank 0.1 */
    pb_cache_photo *photo;
} pb_cache_photos;

/* Training and test photos as one list, borrowed. */
typedef struct pb_cache_photo_paths {
    const pb_paths *train;
    char *const *test;
    int64_t n_test;
} pb_cache_photo_paths;

int64_t pb_cache_photo_count(const pb_cache_photo_paths *paths);
const char *pb_cache_photo_path(const pb_cache_photo_paths *paths, int64_t i);

/* Reads every photo and writes folder/photos.txt. @param progress NULL, or asked whether to go on */
pb_status pb_cache_photos_record(const char *folder, const pb_cache_photo_paths *paths, const pb_progress *progress);
/* *out is empty where the folder has no photos.txt. @param n how many there must be */
pb_status pb_cache_photos_load(const char *folder, int64_t n, pb_cache_photos *out);
void pb_cache_photos_free(pb_cache_photos *photos);

/* Have photos changed since they were recorded? The content decides: one that was only copied or touched is the same.
 * @return PB_STATUS_MISMATCH naming the first */
pb_status pb_cache_photos_compare(const pb_cache_photos *photos, const pb_cache_photo_paths *paths);

typedef enum pb_photo_change { PB_PHOTO_SAME, PB_PHOTO_CHANGED, PB_PHOTO_GONE } pb_photo_change;
/* The same for one photo, which is read whole if need be. @param thoroughly read it also where size and time are the same */
pb_status pb_cache_photo_compare(const pb_cache_photo *photo, const char *path, bool thoroughly, pb_photo_change *out);

#endif
