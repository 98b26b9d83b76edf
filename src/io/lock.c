#include "io/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
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
                   "%s is being written by another purebank (process %s): wait for it, or use another folder", folder,
                   *text ? text : "unknown");
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

static pb_status lock(const char *folder, const char *path, int fd)
{
    char text[32];
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
    const int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    pb_status status = opened < 0 ? pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s", path, strerror(errno))
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
