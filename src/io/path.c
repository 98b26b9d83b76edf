#include "io/path.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

pb_status pb_path_beside(const char *features_path, const char *ending, char **out)
{
    static const char npy[] = ".npy";
    size_t stem = strlen(features_path);
    if (stem > strlen(npy) && strcmp(features_path + stem - strlen(npy), npy) == 0)
        stem -= strlen(npy);
    char *path;
    PB_TRY(PB_NEW_UNINITIALISED(path, stem + strlen(ending) + 1));
    memcpy(path, features_path, stem);
    memcpy(path + stem, ending, strlen(ending) + 1);
    *out = path;
    return PB_STATUS_OK;
}

pb_status pb_path_join(const char *folder, const char *name, char **out)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    const bool root = length == 1 && folder[0] == '/';
    const size_t name_length = strlen(name);
    char *path = pb_malloc(length + name_length + 2, 1);
    if (!path)
        return PB_STATUS_NO_MEMORY;
    memcpy(path, folder, length);
    if (!root)
        path[length++] = '/';
    memcpy(path + length, name, name_length + 1);
    *out = path;
    return PB_STATUS_OK;
}

size_t pb_common_folder(const char *const *paths, int64_t n)
{
    size_t shared = n > 0 ? strlen(paths[0]) : 0;
    for (int64_t i = 1; i < n; i++) {
        size_t same = 0;
        while (same < shared && paths[i][same] == paths[0][same])
            same++;
        shared = same;
    }
    while (shared > 0 && paths[0][shared - 1] != '/')
        shared--;
    return shared;
}

const char *pb_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

pb_status pb_path_folder(const char *path, char **out)
{
    const char *slash = strrchr(path, '/');
    const size_t length = !slash || slash == path ? 1 : (size_t)(slash - path);
    PB_TRY(PB_NEW(*out, length + 1));
    memcpy(*out, slash ? path : ".", length);
    return PB_STATUS_OK;
}

bool pb_path_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

bool pb_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool pb_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* A path too long for the system names nothing. */
static const char *join_in(char buffer[PATH_MAX], const char *folder, const char *name)
{
    return snprintf(buffer, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? buffer : "";
}

bool pb_has_folder(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return pb_is_folder(join_in(path, folder, name));
}

bool pb_has_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return pb_is_file(join_in(path, folder, name));
}
