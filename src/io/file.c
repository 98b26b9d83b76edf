#define _GNU_SOURCE /* madvise(): posix_madvise() keeps the pages */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { READ_FIRST_BYTES = 1 << 16 };

pb_status pb_file_fail(pb_status status, const char *verb, const char *path)
{
    const int error = errno;
    struct stat info;
    if (error == ENOENT && lstat(path, &info) == 0)
        return pb_fail(status, "cannot %s %s: it is a link that leads nowhere", verb, path);
    const bool exhausted = error == ENOMEM || error == EMFILE || error == ENFILE;
    return pb_fail(exhausted ? PB_STATUS_NO_MEMORY : status, "cannot %s %s: %s", verb, path, strerror(error));
}

/* An input could not be read. */
static pb_status fail_errno(const char *verb, const char *path)
{
    return pb_file_fail(PB_STATUS_IO, verb, path);
}

/* What is to be read at random, or more than once. */
static pb_status check_regular(const struct stat *info, const char *path)
{
    if (S_ISDIR(info->st_mode))
        return pb_fail(PB_STATUS_IO, "cannot read %s: it is a folder, a file is needed", path);
    if (!S_ISREG(info->st_mode))
        return pb_fail(PB_STATUS_IO, "cannot read %s: it is a pipe or a device, a regular file is needed", path);
    return PB_STATUS_OK;
}

static pb_status map_descriptor(int fd, const char *path, pb_file_map *out)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return fail_errno("read", path);
    PB_TRY(check_regular(&info, path));
    *out = (pb_file_map){NULL, 0};
    if (info.st_size == 0)
        return PB_STATUS_OK;
    void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return fail_errno("map", path);
    *out = (pb_file_map){bytes, (size_t)info.st_size};
    return PB_STATUS_OK;
}

pb_status pb_file_map_open(const char *path, pb_file_map *out)
{
    /* Without O_NONBLOCK the open of a pipe would wait for a writer. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_errno("open", path);
    const pb_status status = map_descriptor(fd, path, out);
    close(fd);
    return status;
}

void pb_file_map_close(pb_file_map *map)
{
    /* munmap() takes a pointer to non-const, but only removes the pages. */
    if (map->size > 0) /* NOLINTNEXTLINE(performance-no-int-to-ptr): the way around -Wcast-qual */
        munmap((void *)(uintptr_t)map->bytes, map->size);
    *map = (pb_file_map){NULL, 0};
}

void pb_file_forget_pages(const void *bytes, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)bytes + page - 1) / page * page, end = ((uintptr_t)bytes + size) / page * page;
    if (end > first) /* NOLINTNEXTLINE(performance-no-int-to-ptr): pages are whole, `bytes` may lie inside one */
        (void)madvise((void *)first, end - first, MADV_DONTNEED);
}

/* One read() that is not disturbed by signals; -1 with errno set. */
static ssize_t read_some(int fd, void *bytes, size_t size)
{
    ssize_t count;
    do
        count = read(fd, bytes, size < SSIZE_MAX ? size : SSIZE_MAX);
    while (count < 0 && errno == EINTR);
    return count;
}

/* The size that fstat() tells is only a hint: pipes and /proc have none, and files grow. */
static size_t first_capacity(int fd, size_t max_bytes)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 && (uintmax_t)info.st_size <= max_bytes)
        return (size_t)info.st_size + 1;
    return READ_FIRST_BYTES;
}

/* A pipe ends when its writer does; a device such as /dev/zero need not. */
static pb_status check_ends(int fd, const char *path)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return fail_errno("read", path);
    if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))
        return pb_fail(PB_STATUS_IO, "cannot read %s: it is a device, a file is needed", path);
    return PB_STATUS_OK;
}

static pb_status check_is_file(int fd, const char *path)
{
    struct stat info;
    return fstat(fd, &info) == 0 ? check_regular(&info, path) : fail_errno("read", path);
}

static pb_status read_descriptor(int fd, const char *path, size_t max_bytes, uint8_t **bytes, size_t *size)
{
    int64_t capacity = 0;
    *bytes = NULL;
    PB_TRY(PB_RESERVE(*bytes, (int64_t)first_capacity(fd, max_bytes), capacity));
    for (*size = 0;;) {
        const ssize_t count = read_some(fd, *bytes + *size, (size_t)capacity - *size);
        if (count < 0)
            return fail_errno("read", path);
        if (count == 0)
            break;
        *size += (size_t)count;
        if (*size > max_bytes)
            return pb_fail(PB_STATUS_LIMIT, "cannot read %s: it is larger than %zu bytes", path, max_bytes);
        PB_TRY(PB_RESERVE(*bytes, (int64_t)*size + 1, capacity));
    }
    /* The loop never leaves a full buffer, so that there is room for the NUL. */
    (*bytes)[*size] = 0;
    return PB_STATUS_OK;
}

static pb_status read_path(const char *path, int flags, pb_status (*check)(int fd, const char *path), size_t max_bytes,
                           uint8_t **out, size_t *out_size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0)
        return fail_errno("open", path);
    uint8_t *bytes = NULL;
    size_t size = 0;
    pb_status status = check(fd, path);
    if (status == PB_STATUS_OK)
        status = read_descriptor(fd, path, max_bytes, &bytes, &size);
    close(fd);
    if (status != PB_STATUS_OK) {
        pb_free(bytes);
        return status;
    }
    *out = bytes;
    *out_size = size;
    return PB_STATUS_OK;
}

pb_status pb_file_read(const char *path, size_t max_bytes, uint8_t **out, size_t *out_size)
{
    return read_path(path, O_NONBLOCK, check_is_file, max_bytes, out, out_size);
}

pb_status pb_file_read_stream(const char *path, size_t max_bytes, uint8_t **out, size_t *out_size)
{
    return read_path(path, 0, check_ends, max_bytes, out, out_size);
}
