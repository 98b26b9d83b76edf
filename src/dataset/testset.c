/* A test folder in MVTec layout: good/ and one folder a defect kind, masks beside it. */
#include <purebank/dataset.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "dataset/list.h"

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_good_kind(const char *kind)
{
    return strcmp(kind, "good") == 0 || strcmp(kind, "ok") == 0;
}

/* <masks>/<kind>/<stem><suffix>; NULL in *out when there is no such file. */
static pb_status find_mask(const char *masks, const char *kind, const char *image, char **out)
{
    const char *name = base_name(image);
    const char *dot = strrchr(name, '.');
    const int stem = (int)(dot ? (size_t)(dot - name) : strlen(name));
    static const char *const suffixes[] = {".png", "_mask.png"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const size_t size = strlen(masks) + strlen(kind) + (size_t)stem + 16;
        char *path = pb_malloc(size, 1);
        if (!path)
            return PB_STATUS_NO_MEMORY;
        snprintf(path, size, "%s/%s/%.*s%s", masks, kind, stem, name, suffixes[i]);
        if (is_file(path)) {
            *out = path;
            return PB_STATUS_OK;
        }
        pb_free(path);
    }
    *out = NULL;
    return PB_STATUS_OK;
}

static pb_status add_kind(pb_testset *set, const char *folder, const char *masks, int64_t first, const pb_list *images)
{
    const char *kind = base_name(folder);
    const bool good = is_good_kind(kind);
    for (int64_t i = first; i < images->n; i++) {
        const int64_t at = set->n;
        PB_TRY(PB_NEW_STRING(set->path[at], images->item[i]));
        set->n++;
        set->label[at] = good ? 0 : 1;
        PB_TRY(PB_NEW_STRING(set->kind[at], kind));
        if (!good)
            PB_TRY(find_mask(masks, kind, images->item[i], &set->mask[at]));
        set->n_good += good;
        set->n_defect += !good;
        set->n_masks += set->mask[at] != NULL;
    }
    return PB_STATUS_OK;
}

/* The folder that holds the kinds: `dir`, or dir/test. */
static pb_status locate(const char *dir, char **out_test, char **out_masks)
{
    char *inner = NULL;
    if (!is_folder(dir))
        return pb_fail(PB_STATUS_IO, "%s is not a folder", dir);
    PB_TRY(pb_path_join(dir, "test", &inner));
    if (is_folder(inner)) {
        *out_test = inner;
        return pb_path_join(dir, "ground_truth", out_masks);
    }
    pb_free(inner);
    PB_TRY(pb_path_join(dir, "../ground_truth", out_masks));
    return PB_NEW_STRING(*out_test, dir);
}

static pb_status allocate(pb_testset *set, int64_t n)
{
    PB_TRY(PB_NEW(set->path, n));
    PB_TRY(PB_NEW(set->label, n));
    PB_TRY(PB_NEW(set->kind, n));
    return PB_NEW(set->mask, n);
}

pb_status pb_testset_open(const char *dir, pb_testset *out)
{
    pb_testset set = {0};
    pb_list folders = {0}, images = {0};
    char *test = NULL, *masks = NULL;
    int64_t *first = NULL;
    pb_status status;
    PB_TRY_GOTO(locate(dir, &test, &masks));
    PB_TRY_GOTO(pb_folder_read(test, true, &folders));
    pb_list_sort(&folders, 0);
    PB_TRY_GOTO(PB_NEW(first, folders.n + 1));
    for (int64_t i = 0; i < folders.n; i++) {
        first[i] = images.n;
        PB_TRY_GOTO(pb_folder_images(folders.item[i], &images));
        pb_list_sort(&images, first[i]);
    }
    first[folders.n] = images.n;
    PB_TRY_GOTO(allocate(&set, images.n));
    for (int64_t i = 0; i < folders.n; i++) {
        const pb_list upto = {.item = images.item, .n = first[i + 1]};
        PB_TRY_GOTO(add_kind(&set, folders.item[i], masks, first[i], &upto));
    }
    if (set.n_good == 0)
        status =
            pb_fail(PB_STATUS_IO,
                    "%s is not a test folder in MVTec layout: it needs a folder good/ (or ok/) with images, and one "
                    "folder a kind of defect",
                    test);
    else if (set.n_defect == 0)
        status =
            pb_fail(PB_STATUS_IO, "%s has no defect images: it needs one folder a kind of defect beside good/", test);
done:
    pb_list_clear(&folders);
    pb_list_clear(&images);
    pb_free(first);
    pb_free(test);
    pb_free(masks);
    if (status == PB_STATUS_OK)
        *out = set;
    else
        pb_testset_free(&set);
    return status;
}

void pb_testset_free(pb_testset *set)
{
    if (!set)
        return;
    for (int64_t i = 0; i < set->n; i++) {
        pb_free(set->path[i]);
        pb_free(set->kind[i]);
        pb_free(set->mask[i]);
    }
    pb_free(set->path);
    pb_free(set->label);
    pb_free(set->kind);
    pb_free(set->mask);
    *set = (pb_testset){0};
}
