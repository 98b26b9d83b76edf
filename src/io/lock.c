#include "io/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/path.h"

enum { PAUSES = 40, PAUSE_NANOSECONDS = 50 * 1000 * 1000 };

static pb_status fail_locked(const char *folder, int fd)
{
    char text[32] = "";
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
    return pb_fail(PB_STATUS_OUTPUT,
                   "%s is being written by another purebank (process %s): wait for it, end it, or use another folder",
                   folder, *text ? text : "unknown");
}

/* A process that was killed holds its lock until the system has freed its memory. Whoever runs the command again at once should
 * not be refused for that. */
static int flock_patiently(int fd)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
    int failed = flock(fd, LOCK_EX | LOCK_NB);
    for (int i = 0; i < PAUSES && failed && errno == EWOULDBLOCK; i++) {
        nanosleep(&pause, NULL);
        failed = flock(fd, LOCK_EX | LOCK_NB);
    }
    return failed;
}

/* A lock holds the number of a process, or nothing yet. Anything else is somebody's file and is not written over. */
static pb_status check_is_lock(int fd, const char *path)
{
    char text[32];
    struct stat info;
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    const size_t length = n > 0 ? (size_t)n : 0;
    text[length] = '\0';
    const size_t digits = strspn(text, "0123456789");
    const bool is_number =
        length == 0 || (digits > 0 && (digits == length || (digits + 1 == length && text[digits] == '\n')));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || n < 0 || info.st_size >= (off_t)sizeof text || !is_number)
        return pb_fail(PB_STATUS_OUTPUT, "%s is no lock of purebank's: move it away, or use another folder", path);
    return PB_STATUS_OK;
}

static pb_status lock(const char *folder, const char *path, int fd)
{
    char text[32];
    PB_TRY(check_is_lock(fd, path));
    if (flock_patiently(fd) != 0)
        return errno == EWOULDBLOCK ? fail_locked(folder, fd)
                                    : pb_fail(PB_STATUS_OUTPUT, "cannot lock %s: %s", path, strerror(errno));
    const int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s", path, strerror(errno));
    return PB_STATUS_OK;
}

pb_status pb_lock_take(const char *folder, const char *name, int *fd)
{
    char *path;
    PB_TRY(pb_path_join(folder, name, &path));
    const int opened = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    pb_status status = opened < 0 ? pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s%s", path, strerror(errno),
                                            errno == ELOOP ? " (it is a link, and what it leads to is not ours)" : "")
                                  : lock(folder, path, opened);
    if (status != PB_STATUS_OK)
        pb_lock_release(opened);
    else
        *fd = opened;
    pb_free(path);
    return status;
}

void pb_lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
