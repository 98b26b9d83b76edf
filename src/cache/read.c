/* Opening a category's cache, whoever made it. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "cache/files.h"
#include "dataset/paths.h"
#include "dataset/testset.h"
#include "io/npy.h"
#include "io/origin.h"

bool pb_cache_is(const char *folder)
{
    return pb_cache_has(folder, PB_CACHE_TRAIN_FEATURES) || pb_cache_has(folder, PB_CACHE_TEST_FEATURES) ||
           (pb_cache_is_partial(folder) && pb_cache_has_name(folder, PB_CACHE_JOB_NAME));
}

pb_status pb_cache_of_file(const char *path, char **out_folder, pb_cache_part *out_part)
{
    const char *name = pb_base_name(path);
    const bool is_train = strcmp(name, pb_cache_file_name(PB_CACHE_TRAIN_FEATURES)) == 0;
    char *folder;
    *out_folder = NULL;
    if (!is_train && strcmp(name, pb_cache_file_name(PB_CACHE_TEST_FEATURES)) != 0)
        return PB_STATUS_OK;
    PB_TRY(pb_path_folder(path, &folder));
    if (!pb_cache_has(folder, is_train ? PB_CACHE_TRAIN_PATHS : PB_CACHE_TEST_PATHS)) {
        pb_free(folder);
        return PB_STATUS_OK;
    }
    *out_folder = folder;
    *out_part = is_train ? PB_CACHE_TRAIN : PB_CACHE_TEST;
    return PB_STATUS_OK;
}

/* "mvtec_AD__bottle" -> "mvtec_AD/bottle" */
static pb_status category_of_folder(const char *folder, char **out)
{
    char *name;
    PB_TRY(PB_NEW_STRING(name, pb_base_name(folder)));
    char *separator = strstr(name, "__");
    if (separator && separator != name && separator[2]) {
        *separator = '/';
        memmove(separator + 1, separator + 2, strlen(separator + 2) + 1);
    }
    *out = name;
    return PB_STATUS_OK;
}

static void use_slashes(pb_paths *paths)
{
    for (int64_t i = 0; i < paths->n; i++)
        for (char *c = paths->path[i]; *c; c++)
            if (*c == '\\')
                *c = '/';
}

/* Shape of a features file, from its header. */
static pb_status read_shape(const char *path, int64_t shape[3], bool *half)
{
    pb_npy array;
    PB_TRY(pb_npy_open(path, &array));
    const int n_dims = array.n_dims;
    const int64_t n_items = array.n_items;
    *half = array.type == PB_NPY_F2;
    for (int i = 0; i < 3; i++)
        shape[i] = i < n_dims ? array.shape[i] : 0;
    pb_npy_close(&array);
    if (n_dims != 3 || n_items == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE, "%s is not of shape (images, patches, channels), or empty", path);
    return PB_STATUS_OK;
}

static pb_status guess_grid(const char *path, const int64_t shape[3], pb_origin *out)
{
    const int64_t side = llround(sqrt((double)shape[1]));
    if (side > INT32_MAX || side * side != shape[1])
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%s has %" PRId64 " patches an image, which is no square, and no cache.json tells the grid",
                       path, shape[1]);
    *out = (pb_origin){.grid_height = (int32_t)side, .grid_width = (int32_t)side, .dim = shape[2]};
    return PB_STATUS_OK;
}

/* Takes the shape of one features file into the cache, or checks it against what is known already. */
static pb_status take_shape(pb_cache *cache, pb_cache_file file, int64_t n_paths)
{
    char *path;
    int64_t shape[3] = {0};
    bool half = false;
    pb_status status;
    PB_TRY(pb_cache_path(cache->folder, file, &path));
    PB_TRY_GOTO(read_shape(path, shape, &half));
    if (cache->origin.dim == 0)
        PB_TRY_GOTO(guess_grid(path, shape, &cache->origin));
    if (!cache->described)
        cache->half |= half;
    const int64_t n_patches = (int64_t)cache->origin.grid_height * cache->origin.grid_width;
    if (shape[0] != n_paths)
        status = pb_fail(PB_STATUS_BAD_SHAPE, "%s has %" PRId64 " images, the list of paths beside it %" PRId64, path,
                         shape[0], n_paths);
    else if (shape[1] != n_patches || shape[2] != cache->origin.dim)
        status = pb_fail(PB_STATUS_BAD_SHAPE,
                         "%s has %" PRId64 " patches of %" PRId64 " channels an image, %" PRId64 " of %" PRId64
                         " are expected",
                         path, shape[1], shape[2], n_patches, cache->origin.dim);
    else if (cache->described && half != cache->half)
        status = pb_fail(PB_STATUS_BAD_FORMAT, "%s is%s of float16, as is not expected", path, half ? "" : " not");
done:
    pb_free(path);
    return status;
}

static pb_status read_list(const pb_cache *cache, pb_cache_file file, pb_paths *out)
{
    char *path;
    PB_TRY(pb_cache_path(cache->folder, file, &path));
    const pb_status status = pb_cache_lines_read(path, out);
    pb_free(path);
    if (status == PB_STATUS_OK && !cache->described)
        use_slashes(out);
    return status;
}

static pb_status read_labels(pb_cache *cache)
{
    char *path;
    int64_t n = 0;
    PB_TRY(pb_cache_path(cache->folder, PB_CACHE_TEST_LABELS, &path));
    pb_status status = pb_cache_labels_read(path, &cache->label, &n);
    if (status == PB_STATUS_OK && n != cache->test.n)
        status = pb_fail(PB_STATUS_BAD_SHAPE, "%s has %" PRId64 " labels for %" PRId64 " test images", path, n,
                         cache->test.n);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++)
        cache->n_defect += cache->label[i];
    pb_free(path);
    return status;
}

static pb_status describe(pb_cache *cache)
{
    cache->described = pb_cache_has_name(cache->folder, PB_CACHE_DESCRIPTION_NAME);
    if (!cache->described)
        return category_of_folder(cache->folder, &cache->category);
    pb_cache_description description;
    const pb_status status = pb_cache_description_load(cache->folder, PB_CACHE_DESCRIPTION_NAME, &description);
    cache->category = description.category;
    cache->origin = description.origin;
    cache->half = description.half;
    return status;
}

static pb_status read_cache(const char *folder, pb_cache *cache)
{
    size_t length = strlen(folder);
    PB_TRY(PB_NEW_STRING(cache->folder, folder));
    while (length > 1 && cache->folder[length - 1] == '/')
        cache->folder[--length] = '\0';
    if (pb_cache_is_partial(cache->folder) && pb_is_folder(cache->folder))
        return pb_fail(PB_STATUS_IO, "%s is not finished: what began it has to be done again", cache->folder);
    if (!pb_cache_is(cache->folder))
        return pb_fail(PB_STATUS_IO, "%s is no cache of a category: it has neither %s nor %s", folder,
                       pb_cache_file_name(PB_CACHE_TRAIN_FEATURES), pb_cache_file_name(PB_CACHE_TEST_FEATURES));
    PB_TRY(describe(cache));
    cache->has_train = pb_cache_has(cache->folder, PB_CACHE_TRAIN_FEATURES);
    cache->has_test = pb_cache_has(cache->folder, PB_CACHE_TEST_FEATURES);
    if (cache->has_train) {
        PB_TRY(read_list(cache, PB_CACHE_TRAIN_PATHS, &cache->train));
        PB_TRY(take_shape(cache, PB_CACHE_TRAIN_FEATURES, cache->train.n));
    }
    if (!cache->has_test)
        return PB_STATUS_OK;
    PB_TRY(read_list(cache, PB_CACHE_TEST_PATHS, &cache->test));
    PB_TRY(take_shape(cache, PB_CACHE_TEST_FEATURES, cache->test.n));
    return read_labels(cache);
}

pb_status pb_cache_open(const char *folder, pb_cache **out)
{
    pb_cache *cache;
    PB_CHECK_ARG(folder && out, "pb_cache_open: folder or out is NULL");
    *out = NULL;
    PB_TRY(PB_NEW(cache, 1));
    const pb_status status = read_cache(folder, cache);
    if (status == PB_STATUS_OK)
        *out = cache;
    else
        pb_cache_free(cache);
    return status;
}

static pb_status verify_part(const pb_cache *cache, pb_cache_part part)
{
    pb_cache_description description;
    if (!cache->described)
        return PB_STATUS_OK;
    pb_status status = pb_cache_description_load(cache->folder, PB_CACHE_DESCRIPTION_NAME, &description);
    for (int i = 0; i < PB_CACHE_N_FILES && status == PB_STATUS_OK; i++)
        if (pb_cache_is_train_file((pb_cache_file)i) == (part == PB_CACHE_TRAIN))
            status = pb_cache_file_verify(cache->folder, (pb_cache_file)i, &description);
    pb_cache_description_free(&description);
    if (status == PB_STATUS_IO || status == PB_STATUS_BAD_FORMAT)
        return pb_suggest(status, PB_HINT_CHECK_CACHE, cache->folder);
    return status;
}

pb_status pb_cache_load_unverified(const pb_cache *cache, pb_cache_part part, pb_features **out)
{
    const pb_cache_file file = part == PB_CACHE_TRAIN ? PB_CACHE_TRAIN_FEATURES : PB_CACHE_TEST_FEATURES;
    char *path;
    if (!(part == PB_CACHE_TRAIN ? cache->has_train : cache->has_test))
        return pb_fail(PB_STATUS_IO, "%s has no %s", cache->folder, pb_cache_file_name(file));
    PB_TRY(pb_cache_path(cache->folder, file, &path));
    const pb_status status = pb_features_load_known(path, &cache->origin, out);
    pb_free(path);
    return status;
}

pb_status pb_cache_load(const pb_cache *cache, pb_cache_part part, pb_features **out)
{
    pb_features *features;
    PB_TRY(pb_cache_load_unverified(cache, part, &features));
    const pb_status status = verify_part(cache, part);
    if (status == PB_STATUS_OK)
        *out = features;
    else
        pb_features_free(features);
    return status;
}

/* The folder of a test image: its kind. */
static const char *kind_of(const char *path, char *buffer, size_t size)
{
    const char *name = pb_base_name(path);
    const char *end = name > path ? name - 1 : path, *begin = end;
    while (begin > path && begin[-1] != '/')
        begin--;
    snprintf(buffer, size, "%.*s", (int)(end - begin), begin);
    return buffer;
}

static pb_status list_test_images(const pb_cache *cache, pb_testset *set, int64_t *out_n_missing)
{
    char kind[256];
    *out_n_missing = 0;
    PB_TRY(pb_testset_reserve(set, cache->test.n));
    for (int64_t i = 0; i < cache->test.n; i++) {
        const char *path = cache->test.path[i];
        const bool exists = pb_is_file(path);
        pb_paths masks = {0};
        *out_n_missing += !exists;
        if (exists && cache->label[i])
            PB_TRY(pb_defect_masks_find(path, &masks));
        PB_TRY(pb_testset_push(set, path, kind_of(path, kind, sizeof kind), cache->label[i], &masks));
    }
    return PB_STATUS_OK;
}

pb_status pb_cache_testset(const pb_cache *cache, pb_testset **out, int64_t *out_n_missing)
{
    pb_testset *set;
    PB_CHECK_ARG(cache && out && out_n_missing, "pb_cache_testset: cache, out or out_n_missing is NULL");
    *out = NULL;
    if (!cache->has_test)
        return pb_fail(PB_STATUS_IO, "%s has no test images", cache->folder);
    PB_TRY(PB_NEW(set, 1));
    const pb_status status = list_test_images(cache, set, out_n_missing);
    if (status == PB_STATUS_OK)
        *out = set;
    else
        pb_testset_free(set);
    return status;
}

void pb_cache_free(pb_cache *cache)
{
    if (!cache)
        return;
    pb_free(cache->folder);
    pb_free(cache->category);
    pb_free(cache->label);
    pb_paths_free(&cache->train);
    pb_paths_free(&cache->test);
    pb_free(cache);
}

/* Also what is left of a cache whose features are gone: it is to be named, not passed over. */
static bool is_or_was_cache(const char *folder)
{
    bool has = pb_cache_is(folder) || pb_cache_has_name(folder, PB_CACHE_DESCRIPTION_NAME);
    for (int i = 0; i < PB_CACHE_N_FILES && !has; i++)
        has = pb_cache_has(folder, (pb_cache_file)i);
    return has;
}

static pb_status list_folders(const char *root, pb_list *caches, pb_list *unfinished)
{
    pb_list folders = {0};
    pb_status status = pb_folder_read(root, true, &folders);
    pb_list_sort(&folders, 0);
    for (int64_t i = 0; i < folders.n && status == PB_STATUS_OK; i++) {
        char *folder = folders.item[i];
        const bool partial = pb_cache_is_partial(folder);
        if (pb_cache_is_old(folder) || (!partial && !is_or_was_cache(folder)))
            continue;
        folders.item[i] = NULL;
        status = pb_list_push(partial ? unfinished : caches, folder);
    }
    pb_list_clear(&folders);
    return status;
}

pb_status pb_cache_list(const char *root, pb_paths *out, pb_paths *out_unfinished)
{
    pb_list caches = {0}, unfinished = {0};
    char *copy = NULL;
    pb_status status = PB_STATUS_OK;
    if (is_or_was_cache(root)) {
        PB_TRY_GOTO(PB_NEW_STRING(copy, root));
        PB_TRY_GOTO(pb_list_push(pb_cache_is_partial(root) ? &unfinished : &caches, copy));
    } else {
        PB_TRY_GOTO(list_folders(root, &caches, &unfinished));
    }
    if (caches.n + unfinished.n == 0)
        status = pb_fail(PB_STATUS_IO, "%s holds no cache: no folder in it has %s or %s", root,
                         pb_cache_file_name(PB_CACHE_TRAIN_FEATURES), pb_cache_file_name(PB_CACHE_TEST_FEATURES));
done:
    if (status == PB_STATUS_OK) {
        pb_list_move(&caches, out);
        pb_list_move(&unfinished, out_unfinished);
    }
    pb_list_clear(&caches);
    pb_list_clear(&unfinished);
    return status;
}
