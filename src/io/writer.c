#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"

enum {
    WRITE_BUFFER_BYTES = 1 << 16,
    MAX_LINKS = 40, /* as the Linux kernel's own limit */
    TEMPORARY_ATTEMPTS = 1000,
    MAX_UNFINISHED = 64,       /* temporary files that a dying program can remove */
    TEMPORARY_STEM_BYTES = 100 /* of the target's name in the temporary one: both must stay below NAME_MAX */
};

static pb_status fail_output(const char *verb, const char *path)
{
    return pb_file_fail(PB_STATUS_OUTPUT, verb, path);
}

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

/* No other temporary file of this process has that name; a crashed one may have left its own. */
static pb_status make_temporary_name(const char *target, char **out)
{
    static atomic_uint counter;
    const size_t folder = folder_length(target);
    char name[TEMPORARY_STEM_BYTES + 64];
    snprintf(name, sizeof name, ".%.*s.%ld-%u.tmp", TEMPORARY_STEM_BYTES, target + folder, (long)getpid(),
             atomic_fetch_add(&counter, 1));
    return join_path(target, folder, name, out);
}

pb_status pb_file_temporary_name(const char *path, char **out)
{
    struct stat info;
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        char *name;
        PB_TRY(make_temporary_name(path, &name));
        if (lstat(name, &info) != 0) {
            *out = name;
            return PB_STATUS_OK;
        }
        pb_free(name);
    }
    errno = EEXIST;
    return fail_output("write beside", path);
}

bool pb_file_is_temporary_of(const char *name, const char *name_of)
{
    const size_t length = strlen(name_of), stem = length < TEMPORARY_STEM_BYTES ? length : TEMPORARY_STEM_BYTES;
    static const char digits[] = "0123456789";
    if (name[0] != '.' || strncmp(name + 1, name_of, stem) != 0 || name[1 + stem] != '.')
        return false;
    name += stem + 2;
    const size_t process = strspn(name, digits);
    if (process == 0 || name[process] != '-')
        return false;
    name += process + 1;
    const size_t number = strspn(name, digits);
    return number > 0 && strcmp(name + number, ".tmp") == 0;
}

/* Two programs may write beside each other, and a crashed one may have left its file: O_EXCL decides, the
 * number in the name only avoids most collisions. */
static pb_status create_temporary(pb_writer *writer)
{
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        char *temporary;
        PB_TRY(make_temporary_name(writer->target, &temporary));
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

/* Some file systems know no fsync of a folder and say EINVAL. */
static bool sync_entries(int folder_fd)
{
    return fsync(folder_fd) == 0 || errno == EINVAL;
}

pb_status pb_folder_sync(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pb_file_fail(PB_STATUS_OUTPUT, "open folder", path);
    const pb_status status = sync_entries(fd) ? PB_STATUS_OK : pb_file_fail(PB_STATUS_OUTPUT, "sync folder", path);
    close(fd);
    return status;
}

static pb_status close_and_rename(pb_writer *writer, bool *replaced)
{
    const int fd = writer->fd;
    writer->fd = -1;
    if (close(fd) != 0)
        return fail_output("write", writer->path);
    if (!writer->temporary)
        return PB_STATUS_OK;
    if (rename(writer->temporary, writer->target) != 0)
        return fail_output("replace", writer->path);
    *replaced = true;
    forget_temporary(writer);
    if (writer->folder_fd >= 0 && !sync_entries(writer->folder_fd))
        return fail_output("write the folder of", writer->path);
    return PB_STATUS_OK;
}

pb_status pb_writer_replace(pb_writer *writer, bool *replaced)
{
    *replaced = false;
    pb_status status = pb_writer_sync(writer);
    if (status == PB_STATUS_OK)
        status = close_and_rename(writer, replaced);
    pb_writer_abort(writer);
    return status;
}

pb_status pb_writer_commit(pb_writer *writer)
{
    bool replaced;
    return pb_writer_replace(writer, &replaced);
}

const char *pb_writer_target(const pb_writer *writer)
{
    return writer->target;
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
