#include "experiment/categories.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/words.h"
#include "dataset/category.h"
#include "io/features.h"

/* Does the selection name this cache? @param used which of its names have been found, so far; may be NULL */
static bool is_chosen(const pb_cache *cache, const char *names, bool *used)
{
    const char *folder = pb_base_name(cache->folder);
    bool chosen = false;
    pb_item name;
    for (int64_t i = 0; pb_item_next(&names, &name); i++)
        if (pb_item_is(name, folder) || pb_category_is_selected(cache->category, name)) {
            chosen = true;
            if (used)
                used[i] = true;
        }
    return chosen;
}

static pb_status fail_missing(const pb_study_categories *all, pb_item name, const char *root)
{
    char known[512] = "";
    for (int64_t i = 0; i < all->n; i++)
        pb_words_list(known, sizeof known, all->cache[i]->category);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "category '%.*s' is not in %s; there are %" PRId64 ": %s", (int)name.length,
                   name.text, root, all->n, known);
}

static pb_status check_names(const pb_study_categories *all, const char *names, const char *root)
{
    bool *used;
    PB_TRY(PB_NEW(used, strlen(names) + 1));
    for (int64_t i = 0; i < all->n; i++)
        (void)is_chosen(all->cache[i], names, used);
    pb_status status = PB_STATUS_OK;
    pb_item name;
    for (int64_t i = 0; status == PB_STATUS_OK && pb_item_next(&names, &name); i++)
        if (!used[i])
            status = fail_missing(all, name, root);
    pb_free(used);
    return status;
}

/* Keeps what is chosen. */
static pb_status choose(pb_study_categories *all, const char *selection, const char *root)
{
    const char *names = pb_category_names(selection);
    if (strcmp(selection, "all") == 0)
        return PB_STATUS_OK;
    if (names == selection)
        PB_TRY(check_names(all, names, root));
    int64_t kept = 0;
    for (int64_t i = 0; i < all->n; i++)
        if (is_chosen(all->cache[i], names, NULL))
            all->cache[kept++] = all->cache[i];
        else
            pb_cache_free(all->cache[i]);
    all->n = kept;
    if (kept == 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s has none of the categories of '%s' (%s): name others, or all", root,
                       selection, names);
    return PB_STATUS_OK;
}

static pb_status check_caches(const pb_study_categories *categories)
{
    for (int64_t i = 0; i < categories->n; i++) {
        const pb_cache *cache = categories->cache[i], *first = categories->cache[0];
        if (!cache->has_train || !cache->has_test)
            return pb_fail(PB_STATUS_BAD_SHAPE, "%s has no %s images: choose other categories", cache->folder,
                           cache->has_train ? "test" : "training");
        PB_TRY(pb_origin_match(&first->origin, first->folder, &cache->origin, cache->folder));
        for (int64_t j = 0; j < i; j++)
            if (strcmp(cache->category, categories->cache[j]->category) == 0)
                return pb_fail(PB_STATUS_BAD_ARGUMENT, "%s and %s are both %s", categories->cache[j]->folder,
                               cache->folder, cache->category);
    }
    return PB_STATUS_OK;
}

static pb_status describe(pb_study_categories *categories)
{
    PB_TRY(PB_NEW(categories->category, categories->n));
    for (int64_t i = 0; i < categories->n; i++) {
        const pb_cache *cache = categories->cache[i];
        categories->category[i] =
            (pb_study_category){.name = cache->category,
                                .n_train = cache->train.n,
                                .n_test = cache->test.n,
                                .n_patches = (int64_t)cache->origin.grid_height * cache->origin.grid_width,
                                .dim = cache->origin.dim,
                                .label = cache->label};
    }
    return PB_STATUS_OK;
}

static pb_status open_caches(const pb_paths *folders, pb_study_categories *out)
{
    PB_TRY(PB_NEW(out->cache, folders->n));
    for (int64_t i = 0; i < folders->n; i++) {
        PB_TRY(pb_cache_open(folders->path[i], &out->cache[i]));
        out->n++;
    }
    return PB_STATUS_OK;
}

pb_status pb_study_categories_open(const char *root, const char *selection, pb_study_categories *out)
{
    pb_study_categories categories = {0};
    pb_paths folders = {0}, unfinished = {0};
    pb_status status;
    PB_TRY(pb_cache_list(root, &folders, &unfinished));
    if (folders.n == 0)
        status = pb_fail(PB_STATUS_IO, "%s holds no finished cache", root);
    else
        status = open_caches(&folders, &categories);
    if (status == PB_STATUS_OK)
        status = choose(&categories, selection, root);
    if (status == PB_STATUS_OK)
        status = check_caches(&categories);
    if (status == PB_STATUS_OK)
        status = describe(&categories);
    pb_paths_free(&folders);
    pb_paths_free(&unfinished);
    if (status == PB_STATUS_OK)
        *out = categories;
    else
        pb_study_categories_free(&categories);
    return status;
}

void pb_study_categories_free(pb_study_categories *categories)
{
    for (int64_t i = 0; i < categories->n; i++) {
        if (categories->category)
            pb_study_category_unload(categories, i);
        pb_cache_free(categories->cache[i]);
    }
    pb_free(categories->cache);
    pb_free(categories->category);
    *categories = (pb_study_categories){0};
}

pb_status pb_study_category_load(pb_study_categories *categories, int64_t i, bool masks)
{
    pb_study_category *category = &categories->category[i];
    int64_t n_missing;
    if (masks)
        PB_TRY(pb_cache_testset(categories->cache[i], &category->testset, &n_missing));
    PB_TRY(pb_cache_load(categories->cache[i], PB_CACHE_TRAIN, &category->train));
    pb_features_forget(category->train, 0, category->train->n_images);
    PB_TRY(pb_cache_load(categories->cache[i], PB_CACHE_TEST, &category->test));
    pb_features_forget(category->test, 0, category->test->n_images);
    return PB_STATUS_OK;
}

void pb_study_category_unload(pb_study_categories *categories, int64_t i)
{
    pb_testset_free(categories->category[i].testset);
    categories->category[i].testset = NULL;
    pb_features_free(categories->category[i].train);
    pb_features_free(categories->category[i].test);
    categories->category[i].train = categories->category[i].test = NULL;
}
