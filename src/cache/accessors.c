/* What can be asked of a category's cache. */
#include "cache/cache.h"

const char *pb_cache_folder(const pb_cache *cache)
{
    return cache->folder;
}

const char *pb_cache_category(const pb_cache *cache)
{
    return cache->category;
}

bool pb_cache_is_described(const pb_cache *cache)
{
    return cache->described;
}

bool pb_cache_is_half(const pb_cache *cache)
{
    return cache->half;
}

const pb_origin *pb_cache_origin(const pb_cache *cache)
{
    return &cache->origin;
}

bool pb_cache_has_part(const pb_cache *cache, pb_cache_part part)
{
    return part == PB_CACHE_TRAIN ? cache->has_train : cache->has_test;
}

const pb_paths *pb_cache_paths(const pb_cache *cache, pb_cache_part part)
{
    return part == PB_CACHE_TRAIN ? &cache->train : &cache->test;
}

const uint8_t *pb_cache_labels(const pb_cache *cache)
{
    return cache->label;
}

int64_t pb_cache_n_defect(const pb_cache *cache)
{
    return cache->n_defect;
}
