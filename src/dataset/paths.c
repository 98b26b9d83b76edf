/* Files and folders -> a list of image paths in a fixed order. */
#include "dataset/paths.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/png_chunks.h"

bool pb_has_image_extension(const char *name)
{
    static const char *const extensions[] = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"};
    const char *dot = strrchr(name, '.');
    if (!dot)
        return false;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (strcasecmp(dot, extensions[i]) == 0)
            return true;
    return false;
}

/* What `score --heatmaps` has written into the folder of the photos shows parts, and is none. */
static bool is_photo(const char *path)
{
    const char *dot = strrchr(path, '.');
    return pb_has_image_extension(path) && !(strcasecmp(dot, ".png") == 0 && pb_png_is_heatmap(path));
}

pb_status pb_list_push(pb_list *list, char *text)
{
    const pb_status status = PB_RESERVE(list->item, list->n + 1, list->capacity);
    if (status == PB_STATUS_OK)
        list->item[list->n++] = text;
    else
        pb_free(text);
    return status;
}

pb_status pb_list_printf(pb_list *list, const char *format, ...)
{
    va_list arguments;
    char *text;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    PB_TRY(PB_NEW(text, length + 1));
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return pb_list_push(list, text);
}

void pb_list_move(pb_list *list, pb_paths *out)
{
    *out = (pb_paths){.n = list->n, .path = list->item};
    *list = (pb_list){0};
}

void pb_list_clear(pb_list *list)
{
    for (int64_t i = 0; i < list->n; i++)
        pb_free(list->item[i]);
    pb_free(list->item);
    *list = (pb_list){0};
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void pb_list_sort(pb_list *list, int64_t first)
{
    if (list->n > first)
        qsort(list->item + first, (size_t)(list->n - first), sizeof *list->item, compare_strings);
}

pb_status pb_folder_read(const char *folder, bool want_folders, pb_list *out)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return pb_fail(errno == EMFILE || errno == ENFILE || errno == ENOMEM ? PB_STATUS_NO_MEMORY : PB_STATUS_IO,
                       "cannot open folder %s: %s", folder, strerror(errno));
    pb_status status = PB_STATUS_OK;
    while (status == PB_STATUS_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry && errno != 0) /* half a list must not pass for the whole */
            status = pb_fail(PB_STATUS_IO, "cannot read folder %s: %s", folder, strerror(errno));
        if (!entry)
            break;
        if (entry->d_name[0] == '.')
            continue;
        char *path;
        struct stat info;
        status = pb_path_join(folder, entry->d_name, &path);
        if (status != PB_STATUS_OK)
            break;
        const bool exists = stat(path, &info) == 0;
        /* A link that leads nowhere is a photo that cannot be read: who reads it says so, and goes on or not. */
        const bool dangles = !exists && lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
        const bool wanted = want_folders ? exists && S_ISDIR(info.st_mode)
                                         : (dangles || (exists && S_ISREG(info.st_mode))) && is_photo(path);
        if (wanted)
            status = pb_list_push(out, path);
        else
            pb_free(path);
    }
    closedir(dir);
    return status;
}

/* A folder by what it is, not by how it is called. */
typedef struct folder_id {
    dev_t device;
    ino_t inode;
} folder_id;

/* Folders that have been entered: each is once, however many links lead to it and however they are crossed. */
typedef struct folder_walk {
    folder_id *seen;
    int64_t n, capacity;
    pb_list links; /* to folders, for later */
    pb_list *out;
} folder_walk;

static pb_status enter(folder_walk *walk, const char *folder, bool *is_new)
{
    struct stat info;
    if (stat(folder, &info) != 0)
        return pb_fail(PB_STATUS_IO, "%s: %s", folder, strerror(errno));
    *is_new = false;
    for (int64_t i = 0; i < walk->n; i++)
        if (walk->seen[i].device == info.st_dev && walk->seen[i].inode == info.st_ino)
            return PB_STATUS_OK;
    PB_TRY(PB_RESERVE(walk->seen, walk->n + 1, walk->capacity));
    walk->seen[walk->n++] = (folder_id){info.st_dev, info.st_ino};
    *is_new = true;
    return PB_STATUS_OK;
}

static bool is_link(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

static pb_status walk_below(folder_walk *walk, const char *folder)
{
    pb_list folders = {0};
    bool is_new;
    pb_status status;
    PB_TRY(enter(walk, folder, &is_new));
    if (!is_new)
        return PB_STATUS_OK;
    PB_TRY_GOTO(pb_folder_read(folder, false, walk->out));
    PB_TRY_GOTO(pb_folder_read(folder, true, &folders));
    pb_list_sort(&folders, 0);
    for (int64_t i = 0; i < folders.n; i++) {
        char *inner = folders.item[i];
        if (!is_link(inner)) {
            PB_TRY_GOTO(walk_below(walk, inner));
            continue;
        }
        folders.item[i] = NULL;
        PB_TRY_GOTO(pb_list_push(&walk->links, inner));
    }
done:
    pb_list_clear(&folders);
    return status;
}

/* Links to folders last, so that a photo has its own name where it has one. */
pb_status pb_folder_images(const char *folder, pb_list *out)
{
    folder_walk walk = {.out = out};
    pb_status status = walk_below(&walk, folder);
    for (int64_t i = 0; i < walk.links.n && status == PB_STATUS_OK; i++)
        status = walk_below(&walk, walk.links.item[i]);
    pb_list_clear(&walk.links);
    pb_free(walk.seen);
    return status;
}

static pb_status collect_one(const char *input, pb_list *out)
{
    struct stat info;
    if (stat(input, &info) != 0)
        return pb_fail(PB_STATUS_IO, "%s: %s", input, strerror(errno));
    if (!S_ISDIR(info.st_mode)) {
        char *copy;
        PB_TRY(PB_NEW_STRING(copy, input));
        return pb_list_push(out, copy);
    }
    const int64_t before = out->n;
    PB_TRY(pb_folder_images(input, out));
    if (out->n == before)
        return pb_fail(PB_STATUS_IO, "no image in folder %s (looked for png, jpg, jpeg, bmp, tif, tiff, webp)", input);
    pb_list_sort(out, before);
    return PB_STATUS_OK;
}

typedef struct ranked_path {
    char *path;
    int64_t position;
} ranked_path;

static int compare_ranked(const void *a, const void *b)
{
    const ranked_path *left = a, *right = b;
    const int order = strcmp(left->path, right->path);
    return order ? order : (left->position > right->position) - (left->position < right->position);
}

/* Drops every later occurrence of a path, keeping the order of the first ones. */
static pb_status drop_repeated(pb_list *list)
{
    ranked_path *sorted;
    PB_TRY(PB_NEW(sorted, list->n));
    for (int64_t i = 0; i < list->n; i++)
        sorted[i] = (ranked_path){list->item[i], i};
    qsort(sorted, (size_t)list->n, sizeof *sorted, compare_ranked);
    for (int64_t first = 0, i = 1; i < list->n; i++) {
        if (strcmp(sorted[first].path, sorted[i].path) != 0) {
            first = i;
            continue;
        }
        list->item[sorted[i].position] = NULL;
        pb_free(sorted[i].path);
    }
    pb_free(sorted);
    int64_t kept = 0;
    for (int64_t i = 0; i < list->n; i++)
        if (list->item[i])
            list->item[kept++] = list->item[i];
    list->n = kept;
    return PB_STATUS_OK;
}

pb_status pb_paths_collect(const char *const *inputs, int64_t n_inputs, pb_paths *out)
{
    PB_CHECK_ARG(n_inputs >= 1, "no images given");
    pb_list list = {0};
    pb_status status;
    for (int64_t i = 0; i < n_inputs; i++)
        PB_TRY_GOTO(collect_one(inputs[i], &list));
    PB_TRY_GOTO(drop_repeated(&list));
    pb_list_move(&list, out);
    return PB_STATUS_OK;
done:
    pb_list_clear(&list);
    return status;
}

void pb_paths_free(pb_paths *paths)
{
    if (!paths)
        return;
    pb_list list = {.item = paths->path, .n = paths->n};
    pb_list_clear(&list);
    *paths = (pb_paths){0};
}
