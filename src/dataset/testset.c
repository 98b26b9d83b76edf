/* A test folder in MVTec layout: good/ and one folder a defect kind, masks beside it. */
#include "dataset/testset.h"

#include <string.h>

#include "base/memory.h"
#include "dataset/masks.h"

bool pb_is_good_kind(const char *kind)
{
    return strcmp(kind, "good") == 0 || strcmp(kind, "ok") == 0;
}

pb_status pb_testset_reserve(pb_testset *set, int64_t n)
{
    PB_TRY(PB_NEW(set->path, n));
    PB_TRY(PB_NEW(set->label, n));
    PB_TRY(PB_NEW(set->kind, n));
    return PB_NEW(set->mask, n);
}

pb_status pb_testset_push(pb_testset *set, const char *path, const char *kind, bool defect, pb_paths *masks)
{
    const int64_t at = set->n;
    set->mask[at] = *masks;
    set->label[at] = defect;
    set->n++; /* from here on pb_testset_clear() sees it */
    set->n_good += !defect;
    set->n_defect += defect;
    set->n_masks += masks->n > 0;
    *masks = (pb_paths){0};
    PB_TRY(PB_NEW_STRING(set->path[at], path));
    return PB_NEW_STRING(set->kind[at], kind);
}

/* Drops what `takes` refuses from items [first, n); returns how many. */
static int64_t keep_taken(pb_list *images, int64_t first, bool (*takes)(const char *name))
{
    int64_t kept = first;
    for (int64_t i = first; i < images->n; i++) {
        if (!takes || takes(images->item[i]))
            images->item[kept++] = images->item[i];
        else
            pb_free(images->item[i]);
    }
    const int64_t dropped = images->n - kept;
    images->n = kept;
    return dropped;
}

static pb_status push_kind(pb_testset *set, const char *folder, const char *masks, char *const *image, int64_t n)
{
    const char *kind = pb_base_name(folder);
    const bool good = pb_is_good_kind(kind);
    for (int64_t i = 0; i < n; i++) {
        pb_paths found = {0};
        if (!good)
            PB_TRY(pb_defect_masks_in(masks, kind, image[i], &found));
        PB_TRY(pb_testset_push(set, image[i], kind, !good, &found));
    }
    return PB_STATUS_OK;
}

pb_status pb_testset_read(const char *test, const char *masks, bool (*takes)(const char *name), pb_testset *out,
                          int64_t *n_left_out)
{
    pb_testset set = {0};
    pb_list folders = {0}, images = {0};
    int64_t *first = NULL;
    pb_status status;
    *n_left_out = 0;
    PB_TRY_GOTO(pb_folder_read(test, true, &folders));
    pb_list_sort(&folders, 0);
    PB_TRY_GOTO(PB_NEW(first, folders.n + 1));
    for (int64_t i = 0; i < folders.n; i++) {
        first[i] = images.n;
        PB_TRY_GOTO(pb_folder_images(folders.item[i], &images));
        *n_left_out += keep_taken(&images, first[i], takes);
        pb_list_sort(&images, first[i]);
    }
    first[folders.n] = images.n;
    PB_TRY_GOTO(pb_testset_reserve(&set, images.n));
    for (int64_t i = 0; i < folders.n; i++)
        if (first[i + 1] > first[i])
            PB_TRY_GOTO(push_kind(&set, folders.item[i], masks, images.item + first[i], first[i + 1] - first[i]));
done:
    pb_list_clear(&folders);
    pb_list_clear(&images);
    pb_free(first);
    if (status == PB_STATUS_OK)
        *out = set;
    else
        pb_testset_clear(&set);
    return status;
}

static void forget(pb_testset *set, int64_t i)
{
    set->n_good -= !set->label[i];
    set->n_defect -= set->label[i];
    set->n_masks -= set->mask[i].n > 0;
    pb_free(set->path[i]);
    pb_free(set->kind[i]);
    pb_paths_free(&set->mask[i]);
}

void pb_testset_leave_out(pb_testset *set, const uint8_t *leaves)
{
    int64_t n = 0;
    for (int64_t i = 0; i < set->n; i++) {
        if (leaves[i]) {
            forget(set, i);
            continue;
        }
        set->path[n] = set->path[i];
        set->label[n] = set->label[i];
        set->kind[n] = set->kind[i];
        set->mask[n++] = set->mask[i];
    }
    set->n = n;
}

void pb_testset_free(pb_testset *set)
{
    if (set)
        pb_testset_clear(set);
    pb_free(set);
}

void pb_testset_clear(pb_testset *set)
{
    for (int64_t i = 0; i < set->n; i++) {
        pb_free(set->path[i]);
        pb_free(set->kind[i]);
        pb_paths_free(&set->mask[i]);
    }
    pb_free(set->path);
    pb_free(set->label);
    pb_free(set->kind);
    pb_free(set->mask);
    *set = (pb_testset){0};
}
