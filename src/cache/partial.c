#include "cache/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parse.h"
#include "dataset/paths.h"
#include "io/features.h"
#include "io/file.h"
#include "io/finite.h"
#include "io/half.h"
#include "io/npy.h"

enum { MAX_LOG_BYTES = 1 << 28, LOG_LINE_BYTES = 128, PIECE_BYTES = 1 << 20 };

pb_status pb_cache_fail_output(const char *what, const char *path)
{
    const int error = errno;
    const bool full = error == ENOSPC || error == EFBIG || error == EDQUOT;
    return pb_fail(PB_STATUS_OUTPUT, "cannot %s %s: %s%s", what, path, strerror(error),
                   full ? "; what is done is kept: make room and do the same again" : "");
}

pb_status pb_partial_log_path(const char *folder, pb_cache_file file, char **out)
{
    char name[64];
    snprintf(name, sizeof name, "%s.log", pb_cache_file_name(file));
    return pb_path_join(folder, name, out);
}

static pb_status write_all(int fd, const void *bytes, size_t size, const char *path)
{
    const uint8_t *at = bytes;
    while (size > 0) {
        const ssize_t count = write(fd, at, size < PIECE_BYTES ? size : PIECE_BYTES);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return pb_cache_fail_output("write", path);
        at += count;
        size -= (size_t)count;
    }
    return PB_STATUS_OK;
}

/* ---- Segments --------------------------------------------------------------------------------------------------- */

static pb_status log_segment(pb_partial *partial, const char hex[65])
{
    char line[LOG_LINE_BYTES];
    const int length = snprintf(line, sizeof line, "%" PRId64 " %s\n", partial->size, hex);
    return write_all(partial->log_fd, line, (size_t)length, partial->log_path);
}

static pb_status append_segment(pb_partial *partial, const void *bytes, size_t size)
{
    char hex[65];
    PB_TRY(pb_sha256_bytes(bytes, size, hex));
    PB_TRY(write_all(partial->fd, bytes, size, partial->path));
    partial->size += (int64_t)size;
    return log_segment(partial, hex);
}

/* A line of the log that is whole: where its segment ends, and its digest. */
static bool parse_line(const char *line, size_t length, int64_t *end, char hex[65])
{
    const char *space = memchr(line, ' ', length);
    if (!space || line + length - (space + 1) != 64 ||
        !pb_item_integer((pb_item){line, (size_t)(space - line)}, INT64_MIN, INT64_MAX, end))
        return false;
    memcpy(hex, space + 1, 64);
    hex[64] = '\0';
    return true;
}

typedef struct log_walk {
    const char *at;    /* the next line */
    int64_t end;       /* of the segments so far */
    int64_t n;         /* how many */
    int64_t first_end; /* of the header */
} log_walk;

/* The next line of the log, if it is whole. */
static bool next_segment(log_walk *walk, int64_t *begin, char hex[65])
{
    const size_t length = strcspn(walk->at, "\n");
    int64_t end = 0;
    if (walk->at[length] != '\n' || !parse_line(walk->at, length, &end, hex) || end <= walk->end)
        return false;
    *begin = walk->end;
    walk->at += length + 1;
    walk->end = end;
    if (walk->n++ == 0)
        walk->first_end = end;
    return true;
}

static bool segment_is_intact(const pb_file_map *map, int64_t begin, int64_t end, const char hex[65])
{
    char found[65];
    return (uint64_t)end <= map->size &&
           pb_sha256_bytes(map->bytes + begin, (size_t)(end - begin), found) == PB_STATUS_OK && strcmp(found, hex) == 0;
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static int64_t image_bytes(const pb_partial *partial)
{
    return partial->image_values * (partial->half ? 2 : 4);
}

static pb_status write_header(pb_partial *partial, const int64_t shape[3])
{
    uint8_t *header = NULL;
    size_t size = 0;
    pb_writer *writer;
    PB_TRY(pb_writer_open_descriptor(partial->fd, partial->path, &writer));
    pb_status status = pb_npy_write_header(writer, partial->half ? PB_NPY_F2 : PB_NPY_F4, 3, shape);
    if (status == PB_STATUS_OK)
        status = pb_writer_commit(writer);
    else
        pb_writer_abort(writer);
    char hex[65];
    if (status == PB_STATUS_OK)
        status = pb_file_read(partial->path, 4096, &header, &size);
    if (status == PB_STATUS_OK)
        status = pb_sha256_bytes(header, size, hex);
    pb_free(header);
    PB_TRY(status);
    partial->size = (int64_t)size;
    return log_segment(partial, hex);
}

static pb_status cut(int fd, int64_t size, const char *path)
{
    if (ftruncate(fd, size) != 0 || lseek(fd, size, SEEK_SET) != size)
        return pb_cache_fail_output("write", path);
    return PB_STATUS_OK;
}

/* How much of the file is as the log says; the log is cut to it. */
static pb_status find_done(pb_partial *partial)
{
    uint8_t *text = NULL;
    size_t text_size;
    pb_file_map map = {0};
    pb_status status;
    PB_TRY_GOTO(pb_file_read(partial->log_path, MAX_LOG_BYTES, &text, &text_size));
    PB_TRY_GOTO(pb_file_map_open(partial->path, &map));
    log_walk walk = {.at = (const char *)text}, good = walk;
    char hex[65];
    for (int64_t begin; next_segment(&walk, &begin, hex) && segment_is_intact(&map, begin, walk.end, hex);)
        good = walk;
    const int64_t data = good.end - good.first_end;
    if (good.n > 0 && data % image_bytes(partial) == 0 && data / image_bytes(partial) <= partial->n_images) {
        partial->size = good.end;
        partial->n_done = data / image_bytes(partial);
        PB_TRY_GOTO(cut(partial->log_fd, good.at - (const char *)text, partial->log_path));
    } else {
        PB_TRY_GOTO(cut(partial->log_fd, 0, partial->log_path));
    }
    status = cut(partial->fd, partial->size, partial->path);
done:
    pb_file_map_close(&map);
    pb_free(text);
    return status;
}

static pb_status open_files(pb_partial *partial)
{
    partial->fd = open(partial->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (partial->fd < 0)
        return pb_cache_fail_output("write", partial->path);
    partial->log_fd = open(partial->log_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    return partial->log_fd < 0 ? pb_cache_fail_output("write", partial->log_path) : PB_STATUS_OK;
}

pb_status pb_partial_open(const char *folder, pb_cache_file file, int64_t n_images, const pb_origin *origin, bool half,
                          pb_partial *out)
{
    const int64_t shape[] = {n_images, (int64_t)origin->grid_height * origin->grid_width, origin->dim};
    pb_partial partial = {.fd = -1, .log_fd = -1, .half = half, .n_images = n_images};
    int64_t bytes;
    pb_status status;
    PB_TRY_GOTO(pb_size_multiply(shape[1], shape[2], "values of an image", &partial.image_values));
    PB_TRY_GOTO(pb_size_multiply(partial.image_values, 4 * n_images, "bytes of all features", &bytes));
    PB_TRY_GOTO(pb_cache_path(folder, file, &partial.path));
    PB_TRY_GOTO(pb_partial_log_path(folder, file, &partial.log_path));
    PB_TRY_GOTO(open_files(&partial));
    PB_TRY_GOTO(find_done(&partial));
    if (partial.size == 0)
        status = write_header(&partial, shape);
done:
    *out = partial;
    if (status != PB_STATUS_OK)
        pb_partial_close(out);
    return status;
}

int64_t pb_partial_count(const char *folder, pb_cache_file file, const pb_origin *origin, bool half)
{
    const int64_t image = (int64_t)origin->grid_height * origin->grid_width * origin->dim * (half ? 2 : 4);
    char *path, hex[65];
    uint8_t *text = NULL;
    size_t size;
    int64_t begin;
    log_walk walk = {0};
    if (pb_partial_log_path(folder, file, &path) != PB_STATUS_OK)
        return 0;
    if (pb_file_read(path, MAX_LOG_BYTES, &text, &size) == PB_STATUS_OK) {
        walk.at = (const char *)text;
        while (next_segment(&walk, &begin, hex))
            continue;
    }
    pb_free(path);
    pb_free(text);
    return image > 0 ? (walk.end - walk.first_end) / image : 0;
}

/* ---- Appending -------------------------------------------------------------------------------------------------- */

static pb_status encode_halves(const pb_features *features, const char *const *paths, int64_t image_values,
                               pb_bytes *out)
{
    const int64_t n_values = features->n_images * image_values;
    uint16_t *halves;
    PB_TRY(PB_NEW_UNINITIALISED(halves, n_values));
    pb_status status = PB_STATUS_OK;
    const int64_t large = pb_halves_of_floats(features->data, n_values, halves);
    if (large < n_values)
        status =
            pb_suggest(pb_fail(PB_STATUS_BAD_VALUE, "the features of %s hold %g, which float16 (up to 65504) cannot",
                               paths[large / image_values], (double)features->data[large]),
                       PB_HINT_NOT_HALF, NULL);
    else
        status = pb_bytes_add(out, halves, (size_t)n_values * sizeof *halves);
    pb_free(halves);
    return status;
}

pb_status pb_partial_encode(const pb_features *features, bool half, const char *const *paths, pb_bytes *out)
{
    const int64_t image_values = features->n_patches * features->dim, n_values = features->n_images * image_values;
    const int64_t bad = pb_first_not_finite(features->data, n_values);
    if (bad < n_values)
        return pb_fail(PB_STATUS_BAD_VALUE, "the features of %s are not finite", paths[bad / image_values]);
    return half ? encode_halves(features, paths, image_values, out)
                : pb_bytes_add(out, features->data, (size_t)n_values * sizeof *features->data);
}

pb_status pb_partial_append(pb_partial *partial, int64_t n_images, const void *bytes, size_t size)
{
    PB_ASSERT(partial->n_done + n_images <= partial->n_images);
    if (size != (size_t)(n_images * image_bytes(partial)))
        return pb_fail(PB_STATUS_INTERNAL, "%zu bytes of features for %" PRId64 " images of %" PRId64 " bytes", size,
                       n_images, image_bytes(partial));
    PB_TRY(append_segment(partial, bytes, size));
    partial->n_done += n_images;
    return PB_STATUS_OK;
}

pb_status pb_partial_sync(pb_partial *partial)
{
    return fsync(partial->fd) == 0 ? PB_STATUS_OK : pb_cache_fail_output("write", partial->path);
}

void pb_partial_close(pb_partial *partial)
{
    if (partial->path && partial->fd >= 0)
        close(partial->fd);
    if (partial->path && partial->log_fd >= 0)
        close(partial->log_fd);
    pb_free(partial->path);
    pb_free(partial->log_path);
    *partial = (pb_partial){.fd = -1, .log_fd = -1};
}
