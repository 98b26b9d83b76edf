/* The photos of a station: files by date, each whole or not there. Their names are made here: nothing that comes from outside is part of
 * a path. */
#ifndef PB_STATION_PHOTOS_H
#define PB_STATION_PHOTOS_H

#include "station/store.h"

enum { STATION_PATH_BYTES = 4096 };

/* A photo on its way: under a temporary name until station_photo_keep(). */
typedef struct station_photo {
    char file[STATION_FILE_BYTES];      /* "2026/11/29/144135123-9f3c21ab.png", below the root */
    char stem[STATION_ID_BYTES];        /* "20261129-144135123-9f3c21ab": good as a part's id */
    char temporary[STATION_PATH_BYTES]; /* "" once it is kept or discarded */
    int fd;
} station_photo;

/* Format of a photo by its first bytes: "image/png" and "png"; false for others than JPEG, PNG, TIFF, WebP. */
bool station_photo_type(const uint8_t *bytes, size_t size, const char **type, const char **ending);
/* The path of a file below the root; PB_STATUS_LIMIT where it is too long. */
pb_status station_photos_path(const char *root, const char *file, char out[STATION_PATH_BYTES]);

/* Makes one folder, unless it is there. */
pb_status station_make_folder(const char *path);

/* Writes a photo under a temporary name; folders are made as needed, also where somebody has removed them. */
pb_status station_photo_write(const char *root, int64_t now_ms, const char *ending, const void *bytes, size_t size,
                              station_photo *out);
/* Its bytes reach the disk, and it gets its name. Its folder is to be synced after that. */
pb_status station_photo_keep(const char *root, station_photo *photo);
/* The folder that a file is in reaches the disk. */
pb_status station_photos_sync_folder(const char *root, const char *file);
/* Removes it, kept or not; accepts one that was never written. */
void station_photo_discard(const char *root, station_photo *photo);
/* Removes a file that no part has; its folders stay. */
void station_photos_remove(const char *root, const char *file);
/* What a process that was killed has left: temporary files, and photos of no part, in the folders of days from `from_ms` on. */
pb_status station_photos_sweep(const char *root, int64_t from_ms, station_db *db, int64_t *out_removed);

#endif
