/* What stands behind the handle of a category's cache. */
#ifndef PB_CACHE_CACHE_H
#define PB_CACHE_CACHE_H

#include <purebank/cache.h>

struct pb_cache {
    char *folder;
    char *category;   /* "mvtec_AD/bottle" */
    bool described;   /* it has a cache.json; otherwise it was made elsewhere and its origin is unknown */
    bool half;        /* features stand as float16 */
    pb_origin origin; /* grid and dim alone where the origin is unknown */
    bool has_train, has_test;
    pb_paths train; /* paths of the photos; backslashes of caches made elsewhere became slashes */
    pb_paths test;
    uint8_t *label; /* test.n, 1 = defect */
    int64_t n_defect;
};

#endif
