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

enum {
    WRITE_BUFFER_BYTES = 1 << 16,
    READ_FIRST_BYTES = 1 << 16,
    MAX_LINKS = 40, /* as the Linux kernel's own limit */
    TEMPORARY_ATTEMPTS = 1000,
    MAX_UNFINISHED = 64,       /* temporary files that a dying program can remove */
    TEMPORARY_STEM_BYTES = 100 /* of the target's name in the temporary one: both must stay below NAME_MAX */
};

static pb_status fail_as(pb_status status, const char *verb, const char *path)
{
    const int error = errno;
    const bool exhausted = error == ENOMEM || error == EMFILE || error == ENFILE;
    return pb_fail(exhausted ? PB_STATUS_NO_MEMORY : status, "cannot %s %s: %s", verb, path, strerror(error));
}

/* An input could not be read. */
static pb_status fail_errno(const char *verb, const char *path)
{
    return fail_as(PB_STATUS_IO, verb, path);
}

/* An output could not be written. */
static pb_status fail_output(const char *verb, const char *path)
{
    return fail_as(PB_STATUS_OUTPUT, verb, path);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

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

static pb_status read_descriptor(int fd, const char *path, size_t max_bytes, uint8_t **bytes, size_t *size)
{
    size_t capacity = first_capacity(fd, max_bytes);
    PB_TRY(PB_NEW_UNINITIALISED(*bytes, capacity));
    for (*size = 0;;) {
        const ssize_t count = read_some(fd, *bytes + *size, capacity - *size);
        if (count < 0)
            return fail_errno("read", path);
        if (count == 0)
            break;
        *size += (size_t)count;
        if (*size > max_bytes)
            return pb_fail(PB_STATUS_LIMIT, "cannot read %s: it is larger than %zu bytes", path, max_bytes);
        if (*size < capacity)
            continue;
        uint8_t *larger = pb_realloc(*bytes, capacity, 2);
        if (!larger)
            return PB_STATUS_NO_MEMORY;
        *bytes = larger;
        capacity *= 2;
    }
    /* The loop never leaves a full buffer, so that there is room for the NUL. */
    (*bytes)[*size] = 0;
    return PB_STATUS_OK;
}

pb_status pb_file_read(const char *path, size_t max_bytes, uint8_t **out, size_t *out_size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno("open", path);
    uint8_t *bytes = NULL;
    size_t size = 0;
    pb_status status = check_ends(fd, path);
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

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

struct pb_writer {
    char *path;      /* as the caller named it, for messages */
    char *target;    /* what is renamed over: `path` with its links followed; NULL when writing directly */
    char *temporary; /* NULL when writing directly */
    int slot;        /* of `temporary` among the unfinished; -1: none */
    int fd;
    int folder_fd;   /* -1 where the folder cannot be opened for reading, which writing does not need */
    pb_sha256 *hash; /* of what is written; NULL: not asked for */
    bool failed;     /* a write was lost: the file must not be committed, even by a caller that missed the status
                  */
    size_t used;
    uint8_t buffer[WRITE_BUFFER_BYTES];
};

/* The names of temporary files that exist. Who takes a name out of its slot owns it: the writer, which frees it, or a signal
 * handler, which unlinks it. A writer that finds no slot does without. */
static _Atomic(char *) unfinished[MAX_UNFINISHED];

static void announce_temporary(pb_writer *writer)
{
    for (int i = 0; writer->slot < 0 && i < MAX_UNFINISHED; i++) {
        char *empty = NULL;
        if (atomic_compare_exchange_strong(&unfinished[i], &empty, writer->temporary))
            writer->slot = i;
    }
}

/* The file has been renamed or removed. */
static void forget_temporary(pb_writer *writer)
{
    char *name = writer->temporary;
    if (writer->slot < 0 || atomic_compare_exchange_strong(&unfinished[writer->slot], &name, NULL))
        pb_free(writer->temporary);
    writer->temporary = NULL;
    writer->slot = -1;
}

void pb_writer_remove_unfinished(void)
{
    for (int i = 0; i < MAX_UNFINISHED; i++) {
        const char *name = atomic_exchange(&unfinished[i], NULL);
        if (name)
            unlink(name);
    }
}

/* Length of the folder part of a path, with its slash; 0 for a bare name. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* *out = the first `length` bytes of `folder`, then `name`. */
static pb_status join_path(const char *folder, size_t length, const char *name, char **out)
{
    const size_t name_bytes = strlen(name) + 1;
    char *path;
    PB_TRY(PB_NEW_UNINITIALISED(path, length + name_bytes));
    memcpy(path, folder, length);
    memcpy(path + length, name, name_bytes);
    *out = path;
    return PB_STATUS_OK;
}

/* Replaces *path by what the symbolic link there points to; *is_link = false when it is none. */
static pb_status follow_one_link(char **path, const char *named, bool *is_link)
{
    char link[PATH_MAX];
    const ssize_t length = readlink(*path, link, sizeof link - 1);
    *is_link = length >= 0;
    if (!*is_link) /* EINVAL: a file; ENOENT: nothing yet; whatever else is wrong, the open will tell */
        return PB_STATUS_OK;
    if ((size_t)length == sizeof link - 1) {
        errno = ENAMETOOLONG;
        return fail_output("write", named);
    }
    link[length] = '\0';
    char *next;
    PB_TRY(join_path(*path, link[0] == '/' ? 0 : folder_length(*path), link, &next));
    pb_free(*path);
    *path = next;
    return PB_STATUS_OK;
}

/* realpath() would refuse a link to a file that does not exist yet. */
static pb_status resolve_links(const char *named, char **out)
{
    char *path;
    PB_TRY(PB_NEW_STRING(path, named));
    bool is_link = true;
    pb_status status = PB_STATUS_OK;
    for (int i = 0; is_link && i < MAX_LINKS && status == PB_STATUS_OK; i++)
        status = follow_one_link(&path, named, &is_link);
    if (status == PB_STATUS_OK && is_link) {
        errno = ELOOP;
        status = fail_output("write", named);
    }
    if (status != PB_STATUS_OK) {
        pb_free(path);
        return status;
    }
    *out = path;
    return PB_STATUS_OK;
}

/* Two programs may write beside each other, and a crashed one may have left its file: O_EXCL decides, the
 * number in the name only avoids most collisions. */
static pb_status create_temporary(pb_writer *writer)
{
    static atomic_uint counter;
    const size_t folder = folder_length(writer->target);
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        char name[TEMPORARY_STEM_BYTES + 64];
        snprintf(name, sizeof name, ".%.*s.%ld-%u.tmp", TEMPORARY_STEM_BYTES, writer->target + folder, (long)getpid(),
                 atomic_fetch_add(&counter, 1));
        char *temporary;
        PB_TRY(join_path(writer->target, folder, name, &temporary));
        writer->fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (writer->fd >= 0) {
            writer->temporary = temporary;
            announce_temporary(writer);
            return PB_STATUS_OK;
        }
        const int error = errno;
        pb_free(temporary);
        errno = error;
        if (error != EEXIST)
            break;
    }
    return fail_output("write", writer->path);
}

static void open_folder(pb_writer *writer)
{
    const size_t length = folder_length(writer->target);
    char *folder = NULL;
    if (join_path(writer->target, length, length ? "" : ".", &folder) == PB_STATUS_OK)
        writer->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pb_free(folder);
}

static pb_status open_target(pb_writer *writer)
{
    struct stat info;
    const bool exists = stat(writer->path, &info) == 0;
    const size_t length = strlen(writer->path);
    if (length == 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "cannot write a file without a name");
    if ((exists && S_ISDIR(info.st_mode)) || writer->path[length - 1] == '/')
        return pb_fail(PB_STATUS_OUTPUT, "cannot write %s: it is a folder, a file name is needed", writer->path);
    if (exists && !S_ISREG(info.st_mode)) {
        writer->fd = open(writer->path, O_WRONLY | O_CLOEXEC);
        return writer->fd < 0 ? fail_output("write", writer->path) : PB_STATUS_OK;
    }
    if (exists && faccessat(AT_FDCWD, writer->path, W_OK, AT_EACCESS) != 0) /* the rename would not mind */
        return fail_output("write", writer->path);
    PB_TRY(resolve_links(writer->path, &writer->target));
    open_folder(writer);
    PB_TRY(create_temporary(writer));
    if (exists) /* who might read the old file may read the new one; not everywhere can that be set */
        (void)fchmod(writer->fd, info.st_mode & 0777);
    return PB_STATUS_OK;
}

/* A writer without a target yet. */
static pb_status new_writer(const char *name, pb_writer **out)
{
    pb_writer *writer;
    PB_TRY(PB_NEW_UNINITIALISED(writer, 1));
    writer->path = writer->target = writer->temporary = NULL;
    writer->fd = writer->folder_fd = writer->slot = -1;
    writer->hash = NULL;
    writer->failed = false;
    writer->used = 0;
    *out = writer;
    return PB_NEW_STRING(writer->path, name);
}

pb_status pb_writer_open(const char *path, pb_writer **out)
{
    pb_writer *writer = NULL;
    pb_status status = new_writer(path, &writer);
    if (status == PB_STATUS_OK)
        status = open_target(writer);
    if (status == PB_STATUS_OK)
        *out = writer;
    else
        pb_writer_abort(writer);
    return status;
}

pb_status pb_writer_open_descriptor(int fd, const char *name, pb_writer **out)
{
    pb_writer *writer = NULL;
    pb_status status = new_writer(name, &writer);
    if (status == PB_STATUS_OK) {
        writer->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (writer->fd < 0)
            status = fail_output("write", name);
    }
    if (status == PB_STATUS_OK)
        *out = writer;
    else
        pb_writer_abort(writer);
    return status;
}

static pb_status write_through(pb_writer *writer, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t count = write(writer->fd, bytes, size < SSIZE_MAX ? size : SSIZE_MAX);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            writer->failed = true;
            if (count == 0)
                errno = ENOSPC;
            return fail_output("write", writer->path);
        }
        bytes += count;
        size -= (size_t)count;
    }
    return PB_STATUS_OK;
}

static pb_status fail_earlier(const pb_writer *writer)
{
    return pb_fail(PB_STATUS_OUTPUT, "cannot write %s: an earlier write failed", writer->path);
}

static pb_status flush(pb_writer *writer)
{
    const size_t used = writer->used;
    writer->used = 0;
    return write_through(writer, writer->buffer, used);
}

pb_status pb_writer_write(pb_writer *writer, const void *bytes, size_t size)
{
    if (writer->failed)
        return fail_earlier(writer);
    if (writer->hash)
        PB_TRY(pb_sha256_add(writer->hash, bytes, size));
    if (size > sizeof writer->buffer - writer->used)
        PB_TRY(flush(writer));
    if (size > sizeof writer->buffer)
        return write_through(writer, bytes, size);
    if (size > 0)
        memcpy(writer->buffer + writer->used, bytes, size);
    writer->used += size;
    return PB_STATUS_OK;
}

pb_status pb_writer_printf(pb_writer *writer, const char *format, ...)
{
    if (writer->failed)
        return fail_earlier(writer);
    char shorter[512];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(shorter, sizeof shorter, format, arguments);
    va_end(arguments);
    if (length < 0) {
        writer->failed = true;
        return pb_fail(PB_STATUS_INTERNAL, "cannot format text for %s", writer->path);
    }
    if ((size_t)length < sizeof shorter)
        return pb_writer_write(writer, shorter, (size_t)length);
    char *longer;
    writer->failed = true; /* until the text is there */
    PB_TRY(PB_NEW_UNINITIALISED(longer, (size_t)length + 1));
    writer->failed = false;
    va_start(arguments, format);
    vsnprintf(longer, (size_t)length + 1, format, arguments);
    va_end(arguments);
    const pb_status status = pb_writer_write(writer, longer, (size_t)length);
    pb_free(longer);
    return status;
}

pb_status pb_writer_sync(pb_writer *writer)
{
    if (writer->failed)
        return fail_earlier(writer);
    PB_TRY(flush(writer));
    if (writer->temporary && fsync(writer->fd) != 0) {
        writer->failed = true;
        return fail_output("write", writer->path);
    }
    return PB_STATUS_OK;
}

pb_status pb_writer_hash(pb_writer *writer)
{
    return pb_sha256_begin(&writer->hash);
}

pb_status pb_writer_sha256(pb_writer *writer, char hex[65])
{
    const pb_status status = pb_sha256_end(writer->hash, hex);
    pb_sha256_free(writer->hash);
    writer->hash = NULL;
    return status;
}

static pb_status close_and_rename(pb_writer *writer)
{
    const int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0)
        return fail_output("write", writer->path);
    if (!writer->temporary)
        return PB_STATUS_OK;
    if (rename(writer->temporary, writer->target) != 0)
        return fail_output("replace", writer->path);
    forget_temporary(writer);
    /* Some file systems know no fsync of a folder and say EINVAL. */
    if (writer->folder_fd >= 0 && fsync(writer->folder_fd) != 0 && errno != EINVAL)
        return fail_output("write the folder of", writer->path);
    return PB_STATUS_OK;
}

pb_status pb_writer_commit(pb_writer *writer)
{
    pb_status status = pb_writer_sync(writer);
    if (status == PB_STATUS_OK)
        status = close_and_rename(writer);
    pb_writer_abort(writer);
    return status;
}

void pb_writer_abort(pb_writer *writer)
{
    if (!writer)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->folder_fd >= 0)
        close(writer->folder_fd);
    if (writer->temporary)
        unlink(writer->temporary);
    forget_temporary(writer);
    pb_sha256_free(writer->hash);
    pb_free(writer->target);
    pb_free(writer->path);
    pb_free(writer);
}

pb_status pb_file_write(const char *path, const void *bytes, size_t size)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    const pb_status status = pb_writer_write(writer, bytes, size);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(writer);
        return status;
    }
    return pb_writer_commit(writer);
}
