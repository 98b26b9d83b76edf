/* A features file under construction that survives kill -9: data are appended to the file, and a log beside it says, segment
 * by segment, how far the file goes and what the SHA-256 of the segment is. On opening, segments that the file holds as
 * logged count as done; the rest is cut off. */
#ifndef PB_CACHE_PARTIAL_H
#define PB_CACHE_PARTIAL_H

#include "base/bytes.h"
#include "cache/files.h"

typedef struct pb_partial {
    char *path, *log_path;
    int fd, log_fd;
    bool half;
    int64_t image_values; /* P x D */
    int64_t n_images, n_done;
    int64_t size; /* of the file */
} pb_partial;

/* Opens folder/<file> for n_images of the origin's shape. */
pb_status pb_partial_open(const char *folder, pb_cache_file file, int64_t n_images, const pb_origin *origin, bool half,
                          pb_partial *out);
/* Adds features as the file has them. @param paths the images, for messages
 * @return PB_STATUS_BAD_VALUE for values that are not finite, or too large for float16 */
pb_status pb_partial_encode(const pb_features *features, bool half, const char *const *paths, pb_bytes *out);
/* Appends features of the images that come next, as pb_partial_encode() gives them. */
pb_status pb_partial_append(pb_partial *partial, int64_t n_images, const void *bytes, size_t size);
/* The data reach the disk. */
pb_status pb_partial_sync(pb_partial *partial);
/* Accepts zeroed ones. */
void pb_partial_close(pb_partial *partial);

/* folder/<file>.log; free with pb_free(). */
pb_status pb_partial_log_path(const char *folder, pb_cache_file file, char **out);
/* Images in the file by its log alone, unchecked. */
int64_t pb_partial_count(const char *folder, pb_cache_file file, const pb_origin *origin, bool half);

/* "cannot write X: No space left on device: ..." */
pb_status pb_cache_fail_output(const char *what, const char *path);

#endif
