#include "cache/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cache/partial.h"
#include "dataset/paths.h"

pb_status pb_cache_make_folder(const char *path)
{
    char *copy;
    PB_TRY(PB_NEW_STRING(copy, path));
    pb_status status = PB_STATUS_OK;
    for (char *slash = copy; *copy && status == PB_STATUS_OK; slash++) {
        slash += strcspn(slash, "/");
        const char end = *slash;
        *slash = '\0';
        if (*copy && mkdir(copy, 0777) != 0 && errno != EEXIST && !pb_is_folder(copy))
            status = pb_cache_fail_output("make folder", copy);
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
    if (strcmp(name, PB_CACHE_DESCRIPTION_NAME) == 0)
        return true;
    for (int i = 0; i < PB_CACHE_N_FILES; i++)
        if (strcmp(name, pb_cache_file_name((pb_cache_file)i)) == 0)
            return true;
    return false;
}

static bool any(const char *name)
{
    (void)name;
    return true;
}

static bool is_foreign(const char *name)
{
    return !belongs(name);
}

/* Removes the entries of a folder that `goes` names. */
static pb_status remove_entries(const char *folder, bool (*goes)(const char *name))
{
    DIR *dir = opendir(folder);
    if (!dir)
        return pb_cache_fail_output("open folder", folder);
    pb_status status = PB_STATUS_OK;
    const struct dirent *entry;
    while (status == PB_STATUS_OK && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !goes(name))
            continue;
        if (unlinkat(dirfd(dir), name, 0) != 0 && errno != ENOENT)
            status = pb_cache_fail_output("clean folder", folder);
    }
    closedir(dir);
    return status;
}

pb_status pb_cache_clean(const char *folder)
{
    return remove_entries(folder, is_foreign);
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
    PB_TRY(remove_entries(folder, any));
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
