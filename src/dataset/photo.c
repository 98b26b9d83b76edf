/* Where the photos of a list made elsewhere are, and which are the same. */
#include <purebank/dataset.h>

#include <string.h>

#include "base/memory.h"
#include "dataset/paths.h"
#include "io/file.h"

/* The next shorter end of a path that still has a folder in it; NULL where there is none. */
static const char *shorter(const char *end)
{
    end += strspn(end, "/");
    const char *slash = strchr(end, '/');
    if (!slash)
        return NULL;
    end = slash + strspn(slash, "/");
    return strchr(end, '/') ? end : NULL;
}

/* Does a component lead up, and so perhaps out of the root? */
static bool leads_up(const char *path)
{
    for (const char *at = path; *at; at += strcspn(at, "/"), at += strspn(at, "/"))
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            return true;
    return false;
}

/* *out = the file, or NULL. */
static pb_status find_below(const char *root, const char *path, char **out)
{
    *out = NULL;
    for (const char *end = path; end; end = shorter(end)) {
        const char *relative = end + strspn(end, "/");
        char *whole;
        if (leads_up(relative))
            continue;
        PB_TRY(pb_path_join(root, relative, &whole));
        if (pb_is_file(whole)) {
            *out = whole;
            return PB_STATUS_OK;
        }
        pb_free(whole);
    }
    return PB_STATUS_OK;
}

static pb_status find_with_slashes(const char *root, const char *path, char **out)
{
    char *copy;
    PB_TRY(PB_NEW_STRING(copy, path));
    for (char *c = copy; *c; c++)
        if (*c == '\\')
            *c = '/';
    const pb_status status = find_below(root, copy, out);
    pb_free(copy);
    return status;
}

/* The shortest end that was looked for. */
static const char *last_end(const char *path)
{
    const char *end = path;
    for (const char *next = end; next; next = shorter(next))
        end = next;
    return end + strspn(end, "/");
}

pb_status pb_photo_find(const char *root, const char *path, char **out)
{
    char *found = NULL;
    if (root)
        PB_TRY(find_below(root, path, &found));
    else if (pb_is_file(path))
        PB_TRY(PB_NEW_STRING(found, path));
    if (root && !found && strchr(path, '\\'))
        PB_TRY(find_with_slashes(root, path, &found));
    if (!found && root)
        return pb_fail(PB_STATUS_IO,
                       "the photo %s is not below %s: neither it nor a shorter end of its path, down to %s, is a file "
                       "there",
                       path, root, last_end(path));
    if (!found)
        return pb_fail(PB_STATUS_IO, "the photo %s is not there", path);
    *out = found;
    return PB_STATUS_OK;
}

pb_status pb_photos_hash(const char *const *paths, int64_t n, char (*out)[65])
{
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_sha256_file(paths[i], out[i]));
    return PB_STATUS_OK;
}

void pb_photos_find_copies(const char *const *sha256, int64_t n, int64_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        out[i] = -1;
        for (int64_t j = 0; j < i && out[i] < 0; j++)
            if (*sha256[i] && strcmp(sha256[i], sha256[j]) == 0)
                out[i] = j;
    }
}
