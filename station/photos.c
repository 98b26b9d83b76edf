#include "station/photos.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"
#include "station/clock.h"

static const char TEMPORARY[] = ".part";

bool station_photo_type(const uint8_t *bytes, size_t size, const char **type, const char **ending)
{
    static const struct {
        size_t offset, n;
        const char *magic, *type, *ending;
    } formats[] = {
        {0, 3, "\xff\xd8\xff", "image/jpeg", "jpg"}, {0, 8, "\x89PNG\r\n\x1a\n", "image/png", "png"},
        {0, 4, "II*\0", "image/tiff", "tif"},        {0, 4, "MM\0*", "image/tiff", "tif"},
        {0, 4, "II+\0", "image/tiff", "tif"},        {0, 4, "MM\0+", "image/tiff", "tif"},
        {8, 4, "WEBP", "image/webp", "webp"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (size >= formats[i].offset + formats[i].n &&
            memcmp(bytes + formats[i].offset, formats[i].magic, formats[i].n) == 0) {
            *type = formats[i].type;
            *ending = formats[i].ending;
            return true;
        }
    return false;
}

pb_status station_photos_path(const char *root, const char *file, char out[STATION_PATH_BYTES])
{
    const int n = snprintf(out, STATION_PATH_BYTES, "%s/%s", root, file);
    return n < STATION_PATH_BYTES ? PB_STATUS_OK
                                  : pb_fail(PB_STATUS_LIMIT, "the path of a photo is too long: %s", root);
}

pb_status station_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ? PB_STATUS_OK
                                                     : pb_file_fail(PB_STATUS_OUTPUT, "make folder", path);
}

/* The folders of `path` from the root on, each synced in the one that it is made in. */
static pb_status make_folders(const char *root, char *path)
{
    const size_t base = strlen(root);
    for (char *slash = path + base; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(path, 0777) == 0;
        if (!made && errno != EEXIST) {
            const pb_status status = pb_file_fail(PB_STATUS_OUTPUT, "make folder", path);
            *slash = '/';
            return status;
        }
        if (made) {
            char parent[STATION_PATH_BYTES];
            snprintf(parent, sizeof parent, "%s", path);
            char *last = strrchr(parent, '/');
            if (last && last > parent)
                *last = '\0';
            const pb_status status = pb_folder_sync(parent);
            if (status != PB_STATUS_OK) {
                *slash = '/';
                return status;
            }
        }
        *slash = '/';
    }
    return PB_STATUS_OK;
}

static void name_photo(int64_t now_ms, const char *ending, station_photo *out)
{
    uint32_t random = 0;
    struct tm parts;
    const time_t seconds = (time_t)(now_ms / 1000);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = (uint32_t)station_steady_ns();
    gmtime_r(&seconds, &parts);
    const int year = (parts.tm_year + 1900) % 10000, month = parts.tm_mon + 1;
    char clock[16];
    snprintf(clock, sizeof clock, "%02d%02d%02d%03d", parts.tm_hour % 100, parts.tm_min % 100, parts.tm_sec % 100,
             (int)(now_ms % 1000) % 1000);
    snprintf(out->file, sizeof out->file, "%04d/%02d/%02d/%s-%08" PRIx32 ".%s", year, month % 100, parts.tm_mday % 100,
             clock, random, ending);
    snprintf(out->stem, sizeof out->stem, "%04d%02d%02d-%s-%08" PRIx32, year, month % 100, parts.tm_mday % 100, clock,
             random);
}

static pb_status open_new(const char *root, char *path, int *out)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        *out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*out >= 0)
            return PB_STATUS_OK;
        if (errno != ENOENT)
            break;
        PB_TRY(make_folders(root, path));
    }
    return pb_file_fail(PB_STATUS_OUTPUT, "write", path);
}

static pb_status write_all(int fd, const char *path, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return pb_file_fail(PB_STATUS_OUTPUT, "write", path);
        bytes += n;
        size -= (size_t)n;
    }
    return PB_STATUS_OK;
}

pb_status station_photo_write(const char *root, int64_t now_ms, const char *ending, const void *bytes, size_t size,
                              station_photo *out)
{
    char path[STATION_PATH_BYTES];
    *out = (station_photo){.fd = -1};
    name_photo(now_ms, ending, out);
    PB_TRY(station_photos_path(root, out->file, path));
    const size_t length = strlen(path);
    if (length + sizeof TEMPORARY > sizeof path)
        return pb_fail(PB_STATUS_LIMIT, "the path of a photo is too long: %s", root);
    memcpy(path + length, TEMPORARY, sizeof TEMPORARY);
    PB_TRY(open_new(root, path, &out->fd));
    memcpy(out->temporary, path, sizeof path);
    const pb_status status = write_all(out->fd, path, bytes, size);
    if (status != PB_STATUS_OK)
        station_photo_discard(root, out);
    return status;
}

pb_status station_photo_keep(const char *root, station_photo *photo)
{
    char path[STATION_PATH_BYTES];
    PB_TRY(station_photos_path(root, photo->file, path));
    if (fsync(photo->fd) != 0)
        return pb_file_fail(PB_STATUS_OUTPUT, "sync", photo->temporary);
    if (rename(photo->temporary, path) != 0)
        return pb_file_fail(PB_STATUS_OUTPUT, "rename to", path);
    close(photo->fd);
    photo->fd = -1;
    photo->temporary[0] = '\0';
    return PB_STATUS_OK;
}

pb_status station_photos_sync_folder(const char *root, const char *file)
{
    char path[STATION_PATH_BYTES];
    PB_TRY(station_photos_path(root, file, path));
    *strrchr(path, '/') = '\0';
    return pb_folder_sync(path);
}

void station_photo_discard(const char *root, station_photo *photo)
{
    pb_error error;
    pb_error_save(&error);
    if (photo->fd >= 0)
        close(photo->fd);
    photo->fd = -1;
    if (photo->temporary[0])
        unlink(photo->temporary);
    else if (photo->file[0])
        station_photos_remove(root, photo->file);
    photo->temporary[0] = photo->file[0] = '\0';
    pb_error_restore(&error);
}

void station_photos_remove(const char *root, const char *file)
{
    char path[STATION_PATH_BYTES];
    if (station_photos_path(root, file, path) == PB_STATUS_OK)
        unlink(path);
}

/* ---- what is left of a process that was killed --------------------------------------------------------------------- */

typedef struct sweep {
    const char *root;
    char from[16]; /* "2026/11/28" */
    station_db *db;
    int64_t removed;
} sweep;

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static pb_status sweep_file(sweep *job, const char *file)
{
    bool wanted = false;
    if (!ends_with(file, TEMPORARY))
        PB_TRY(station_db_has_file(job->db, file, &wanted));
    if (wanted)
        return PB_STATUS_OK;
    station_photos_remove(job->root, file);
    job->removed++;
    return PB_STATUS_OK;
}

/* depth 0: years, 1: months, 2: days, 3: photos. Only names of our own making are looked at. */
static pb_status sweep_folder(sweep *job, const char *folder, int depth)
{
    char path[STATION_PATH_BYTES], name[STATION_FILE_BYTES];
    static const size_t digits[] = {4, 2, 2};
    PB_TRY(station_photos_path(job->root, folder, path));
    DIR *dir = opendir(path);
    pb_status status = PB_STATUS_OK;
    for (const struct dirent *entry; dir && status == PB_STATUS_OK && (entry = readdir(dir)) != NULL;) {
        const size_t n = strlen(entry->d_name);
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || (depth < 3 && n != digits[depth]) ||
            snprintf(name, sizeof name, "%s%s%s", folder, *folder ? "/" : "", entry->d_name) >= (int)sizeof name)
            continue;
        if (depth == 3)
            status = sweep_file(job, name);
        else if (strncmp(name, job->from, strlen(name)) >= 0)
            status = sweep_folder(job, name, depth + 1);
    }
    if (dir)
        closedir(dir);
    return status;
}

pb_status station_photos_sweep(const char *root, int64_t from_ms, station_db *db, int64_t *out_removed)
{
    char text[STATION_TIME_BYTES];
    sweep job = {.root = root, .db = db};
    station_time_text(from_ms, text);
    snprintf(job.from, sizeof job.from, "%.4s/%.2s/%.2s", text, text + 5, text + 8);
    const pb_status status = sweep_folder(&job, "", 0);
    *out_removed = job.removed;
    return status;
}
