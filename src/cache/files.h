/* Inside of caches: the names of the files, their lists, and cache.json. */
#ifndef PB_CACHE_FILES_H
#define PB_CACHE_FILES_H

#include <stddef.h>

#include "base/error.h"
#include "cache/cache.h"

#define PB_CACHE_PARTIAL_ENDING ".partial"
#define PB_CACHE_OLD_ENDING ".old"

/* The files of a category, in the order in which they are written and hashed. */
typedef enum pb_cache_file {
    PB_CACHE_TRAIN_PATHS,
    PB_CACHE_TEST_PATHS,
    PB_CACHE_TEST_LABELS,
    PB_CACHE_TRAIN_FEATURES,
    PB_CACHE_TEST_FEATURES,
    PB_CACHE_N_FILES
} pb_cache_file;

const char *pb_cache_file_name(pb_cache_file file);
bool pb_cache_is_train_file(pb_cache_file file);

/* folder/<file>; free with pb_free(). */
pb_status pb_cache_path(const char *folder, pb_cache_file file, char **out);
bool pb_cache_has(const char *folder, pb_cache_file file);
/* root/<category><ending> with "/" in the category written "__". */
pb_status pb_cache_folder_of(const char *root, const char *category, const char *ending, char **out);

/* Is it a folder of work going on, of a replaced cache? A "/" at its end is ignored. */
bool pb_cache_is_partial(const char *folder);
bool pb_cache_is_old(const char *folder);

/* A list as one text, one path a line; a path with a line break is refused. */
pb_status pb_cache_lines_join(const pb_paths *paths, char **out);
/* Reads it back: also CRLF, a last line without end; empty lines are errors. */
pb_status pb_cache_lines_read(const char *path, pb_paths *out);
/* Reads int64 labels, 0 or 1. */
pb_status pb_cache_labels_read(const char *path, uint8_t **out, int64_t *out_n);

/* Of a category's name: that of two folders. Rows of results have room for it. */
enum { PB_CACHE_MAX_CATEGORY_BYTES = 255 };

/* cache.json. While the work goes on it stands in the .partial folder as job.json, without the files. */
typedef struct pb_cache_description {
    char *category; /* NULL or owned */
    bool half;
    pb_origin origin;
    int64_t n_train, n_test, n_defect;
    bool has_files;
    int64_t bytes[PB_CACHE_N_FILES]; /* -1: the category has no such file */
    char sha256[PB_CACHE_N_FILES][65];
    char photos_sha256[65]; /* of photos.txt; "" where there is none */
} pb_cache_description;

#define PB_CACHE_DESCRIPTION_NAME "cache.json"
#define PB_CACHE_JOB_NAME "job.json"
#define PB_CACHE_PHOTOS_NAME "photos.txt"

bool pb_cache_has_name(const char *folder, const char *name);
/* Reads folder/name. */
pb_status pb_cache_description_load(const char *folder, const char *name, pb_cache_description *out);
pb_status pb_cache_description_save(const pb_cache_description *description, const char *folder, const char *name);
void pb_cache_description_free(pb_cache_description *description);

/* Is the file as cache.json says: there, of its size and SHA-256? One that cache.json does not list is. */
pb_status pb_cache_file_verify(const char *folder, pb_cache_file file, const pb_cache_description *description);
/* pb_cache_load() that leaves the hashes alone. */
pb_status pb_cache_load_unverified(const pb_cache *cache, pb_cache_part part, pb_features **out);

#endif
