#include "cache/photos.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/threads.h"
#include "dataset/paths.h"
#include "io/file.h"

enum { MAX_BYTES = 1 << 30, SHA256_DIGITS = 64 };

int64_t pb_cache_photo_count(const pb_cache_photo_paths *paths)
{
    return paths->train->n + paths->n_test;
}

const char *pb_cache_photo_path(const pb_cache_photo_paths *paths, int64_t i)
{
    return i < paths->train->n ? paths->train->path[i] : paths->test[i - paths->train->n];
}

static int64_t nanoseconds_of(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

static pb_status record_one(const char *path, pb_writer *writer)
{
    struct stat info;
    char hex[65];
    if (stat(path, &info) != 0)
        return pb_fail(PB_STATUS_IO, "cannot read %s: %s", path, strerror(errno));
    PB_TRY(pb_sha256_file(path, hex));
    return pb_writer_printf(writer, "%" PRId64 " %" PRId64 " %s\n", (int64_t)info.st_size, nanoseconds_of(&info), hex);
}

static pb_status record_all(const pb_cache_photo_paths *paths, const pb_progress *progress, pb_writer *writer)
{
    const int64_t n = pb_cache_photo_count(paths);
    for (int64_t i = 0; i < n; i++) {
        PB_TRY(record_one(pb_cache_photo_path(paths, i), writer));
        PB_TRY(pb_progress_report(progress, 0, n));
    }
    return PB_STATUS_OK;
}

pb_status pb_cache_photos_record(const char *folder, const pb_cache_photo_paths *paths, const pb_progress *progress)
{
    char *path;
    pb_writer *writer = NULL;
    PB_TRY(pb_path_join(folder, PB_CACHE_PHOTOS_NAME, &path));
    pb_status status = pb_writer_open(path, &writer);
    pb_free(path);
    PB_TRY(status);
    status = record_all(paths, progress, writer);
    if (status == PB_STATUS_OK)
        return pb_writer_commit(writer);
    pb_writer_abort(writer);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static bool parse_number(const char **text, int64_t *out)
{
    const size_t length = strcspn(*text, " \n");
    const bool good = (*text)[length] == ' ' && pb_item_integer((pb_item){*text, length}, INT64_MIN, INT64_MAX, out);
    *text += length + good;
    return good;
}

/* Moves *text behind the line. */
static bool parse_line(const char **text, pb_cache_photo *out)
{
    if (!parse_number(text, &out->bytes) || !parse_number(text, &out->nanoseconds) ||
        strspn(*text, "0123456789abcdef") != SHA256_DIGITS || (*text)[SHA256_DIGITS] != '\n')
        return false;
    memcpy(out->sha256, *text, SHA256_DIGITS);
    *text += SHA256_DIGITS + 1;
    return true;
}

static pb_status parse(const char *text, size_t size, const char *path, int64_t n, pb_cache_photos *out)
{
    const char *at = text;
    PB_TRY(PB_NEW(out->photo, n));
    for (; out->n < n && parse_line(&at, &out->photo[out->n]); out->n++)
        continue;
    if (out->n == n && at == text + size)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: line %" PRId64 " is not what is to stand there, for %" PRId64 " photos",
                   path, out->n + 1, n);
}

pb_status pb_cache_photos_load(const char *folder, int64_t n, pb_cache_photos *out)
{
    char *path;
    uint8_t *bytes = NULL;
    size_t size = 0;
    *out = (pb_cache_photos){0};
    if (!pb_cache_has_name(folder, PB_CACHE_PHOTOS_NAME))
        return PB_STATUS_OK;
    PB_TRY(pb_path_join(folder, PB_CACHE_PHOTOS_NAME, &path));
    pb_status status = pb_file_read(path, MAX_BYTES, &bytes, &size);
    if (status == PB_STATUS_OK)
        status = parse((const char *)bytes, size, path, n, out);
    if (status != PB_STATUS_OK)
        pb_cache_photos_free(out);
    pb_free(bytes);
    pb_free(path);
    return status;
}

void pb_cache_photos_free(pb_cache_photos *photos)
{
    pb_free(photos->photo);
    *photos = (pb_cache_photos){0};
}

/* ---- Comparing -------------------------------------------------------------------------------------------------- */

pb_status pb_cache_photo_compare(const pb_cache_photo *photo, const char *path, bool thoroughly, pb_photo_change *out)
{
    struct stat info;
    char hex[65];
    *out = PB_PHOTO_GONE;
    if (stat(path, &info) != 0)
        return PB_STATUS_OK;
    *out = PB_PHOTO_CHANGED;
    if (info.st_size != photo->bytes)
        return PB_STATUS_OK;
    *out = PB_PHOTO_SAME;
    if (!thoroughly && nanoseconds_of(&info) == photo->nanoseconds)
        return PB_STATUS_OK;
    PB_TRY(pb_sha256_file(path, hex));
    if (strcmp(hex, photo->sha256) != 0)
        *out = PB_PHOTO_CHANGED;
    return PB_STATUS_OK;
}

pb_status pb_cache_photos_compare(const pb_cache_photos *photos, const pb_cache_photo_paths *paths)
{
    for (int64_t i = 0; i < photos->n; i++) {
        const char *path = pb_cache_photo_path(paths, i);
        pb_photo_change change;
        PB_TRY(pb_cache_photo_compare(&photos->photo[i], path, false, &change));
        if (change != PB_PHOTO_SAME)
            return pb_fail(PB_STATUS_MISMATCH, "%s %s since its features were computed", path,
                           change == PB_PHOTO_GONE ? "has gone" : "has been replaced or changed");
    }
    return PB_STATUS_OK;
}
