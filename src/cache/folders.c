#include "cache/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cache/partial.h"
#include "dataset/paths.h"
#include "io/file.h"

pb_status pb_cache_make_folder(const char *path)
{
    char *copy;
    PB_TRY(PB_NEW_STRING(copy, path));
    pb_status status = PB_STATUS_OK;
    for (char *slash = copy; *copy && status == PB_STATUS_OK; slash++) {
        slash += strcspn(slash, "/");
        const char end = *slash;
        *slash = '\0';
        const int error = *copy && mkdir(copy, 0777) != 0 ? errno : 0;
        if (error != 0 && error != EEXIST && !pb_is_folder(copy)) {
            errno = error; /* pb_is_folder() has its own */
            status = pb_cache_fail_output("make folder", copy);
        }
        *slash = end;
        if (!end)
            break;
    }
    if (status == PB_STATUS_OK && !pb_is_folder(path))
        status = pb_fail(PB_STATUS_OUTPUT, "cannot make folder %s: there is a file of that name", path);
    pb_free(copy);
    return status;
}

static bool belongs(const char *name)
{
    if (strcmp(name, PB_CACHE_DESCRIPTION_NAME) == 0 || strcmp(name, PB_CACHE_PHOTOS_NAME) == 0)
        return true;
    for (int i = 0; i < PB_CACHE_N_FILES; i++)
        if (strcmp(name, pb_cache_file_name((pb_cache_file)i)) == 0)
            return true;
    return false;
}

/* What a run writes and a finished cache does not have: logs, job.json, what a killed writer left. */
static bool is_of_work(const char *name)
{
    char log[64];
    if (strcmp(name, PB_CACHE_JOB_NAME) == 0 || pb_file_is_temporary_of(name, PB_CACHE_JOB_NAME) ||
        pb_file_is_temporary_of(name, PB_CACHE_DESCRIPTION_NAME) || pb_file_is_temporary_of(name, PB_CACHE_PHOTOS_NAME))
        return true;
    for (int i = 0; i < PB_CACHE_N_FILES; i++) {
        const char *file = pb_cache_file_name((pb_cache_file)i);
        snprintf(log, sizeof log, "%s.log", file);
        if (strcmp(name, log) == 0 || pb_file_is_temporary_of(name, file))
            return true;
    }
    return false;
}

static bool is_made_here(const char *name)
{
    return belongs(name) || is_of_work(name);
}

/* A folder itself, not a link to one: what a link leads to is somebody else's. */
static DIR *open_own(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !dir) {
        const int error = errno;
        close(fd);
        errno = error;
    }
    return dir;
}

static bool is_regular(DIR *dir, const char *name)
{
    struct stat info;
    return fstatat(dirfd(dir), name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
}

typedef bool (*name_test)(const char *name);

/* Calls `visit` with each entry of a folder; `test` is for it. */
static pb_status visit_entries(const char *folder,
                               pb_status (*visit)(DIR *dir, const char *folder, const char *name, name_test test),
                               name_test test)
{
    DIR *dir = open_own(folder);
    if (!dir)
        return pb_cache_fail_output("open folder", folder);
    pb_status status = PB_STATUS_OK;
    const struct dirent *entry;
    while (status == PB_STATUS_OK && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(dir, folder, entry->d_name, test);
    closedir(dir);
    return status;
}

static pb_status remove_entry(DIR *dir, const char *folder, const char *name, name_test goes)
{
    if (!goes(name) || !is_regular(dir, name) || unlinkat(dirfd(dir), name, 0) == 0 || errno == ENOENT)
        return PB_STATUS_OK;
    return pb_cache_fail_output("clean folder", folder);
}

static pb_status remove_entries(const char *folder, name_test goes)
{
    return visit_entries(folder, remove_entry, goes);
}

static pb_status refuse_other_entry(DIR *dir, const char *folder, const char *name, name_test is_ours)
{
    if (is_ours(name) && is_regular(dir, name))
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_OUTPUT,
                   "%s/%s was not made by purebank, which would remove it: move it away, then run again", folder, name);
}

pb_status pb_cache_check_no_link(const char *folder)
{
    struct stat info;
    char path[PATH_MAX];
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (length < sizeof path && snprintf(path, sizeof path, "%.*s", (int)length, folder) > 0 &&
        lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
        return pb_fail(PB_STATUS_OUTPUT,
                       "%s is a link: what it leads to will not be replaced; remove the link, or use another folder",
                       path);
    return PB_STATUS_OK;
}

pb_status pb_cache_check_own(const char *folder)
{
    PB_TRY(pb_cache_check_no_link(folder));
    return pb_is_folder(folder) ? visit_entries(folder, refuse_other_entry, is_made_here) : PB_STATUS_OK;
}

pb_status pb_cache_clean(const char *folder)
{
    return remove_entries(folder, is_of_work);
}

pb_status pb_cache_rename(const char *from, const char *to)
{
    return rename(from, to) == 0 ? PB_STATUS_OK : pb_cache_fail_output("rename to", to);
}

pb_status pb_cache_sync_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool bad = fd >= 0 && fsync(fd) != 0 && errno != EINVAL; /* some file systems know no fsync of a folder */
    const pb_status status = bad ? pb_cache_fail_output("write folder", folder) : PB_STATUS_OK;
    if (fd >= 0)
        close(fd);
    return status;
}

pb_status pb_cache_remove_folder(const char *folder)
{
    if (!pb_is_folder(folder))
        return PB_STATUS_OK;
    PB_TRY(remove_entries(folder, is_made_here));
    return rmdir(folder) == 0 ? PB_STATUS_OK : pb_cache_fail_output("remove folder", folder);
}

pb_status pb_cache_retire(const char *folder)
{
    if (!pb_is_folder(folder))
        return PB_STATUS_OK;
    PB_TRY(remove_entries(folder, belongs));
    const bool kept = rmdir(folder) != 0 && errno != ENOTEMPTY && errno != EEXIST;
    return kept ? pb_cache_fail_output("remove folder", folder) : PB_STATUS_OK;
}
