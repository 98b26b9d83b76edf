/* Small feature caches with a planted structure: every patch lies near the normal one of its position, anomalies have a few
 * patches that do not. */
#ifndef PB_TESTS_CACHES_H
#define PB_TESTS_CACHES_H

#include "support.h"

#include "io/npy.h"

typedef struct cache_sizes {
    int n_train, n_good, n_bad, side, dim;
} cache_sizes;

static inline void cache_patch(test_rng *rng, const cache_sizes *sizes, int position, bool defect, float *out)
{
    test_rng normal = {(uint64_t)position * 77 + 5};
    for (int d = 0; d < sizes->dim; d++)
        out[d] = (float)(test_rng_normal(&normal) + 0.3 * test_rng_normal(rng) + (defect ? 0.5 : 0));
}

/* An image; a bad one has a defect of two patches somewhere. */
static inline void cache_image(test_rng *rng, const cache_sizes *sizes, bool bad, float *out)
{
    const int n_patches = sizes->side * sizes->side;
    const int at = bad ? (int)(test_rng_next(rng) % (uint64_t)(n_patches - 1)) : -2;
    for (int p = 0; p < n_patches; p++)
        cache_patch(rng, sizes, p, p == at || p == at + 1, out + p * sizes->dim);
}

static inline void cache_features(const char *folder, const char *name, test_rng *rng, const cache_sizes *sizes,
                                  int n_good, int n_bad)
{
    char path[1024];
    const int64_t shape[3] = {n_good + n_bad, sizes->side * sizes->side, sizes->dim};
    float *values = malloc((size_t)(shape[0] * shape[1] * shape[2]) * sizeof *values);
    assert_non_null(values);
    for (int i = 0; i < n_good + n_bad; i++)
        cache_image(rng, sizes, i >= n_good, values + i * shape[1] * shape[2]);
    snprintf(path, sizeof path, "%s/%s_features.npy", folder, name);
    assert_ok(pb_npy_write(path, PB_NPY_F4, 3, shape, values));
    free(values);
}

static inline void cache_paths(const char *folder, const char *name, int n_good, int n_bad)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s_paths.txt", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < n_good + n_bad; i++)
        fprintf(file, "%s/%s/%03d.png\n", name, i < n_good ? "good" : "bad", i);
    fclose(file);
}

/* root/<folder>, as other programs make caches: without cache.json. */
static inline void cache_make(const char *root, const char *name, cache_sizes sizes, uint64_t seed)
{
    char folder[512], path[1024];
    test_rng rng = {seed};
    int64_t labels[1000] = {0};
    const int64_t n_test = sizes.n_good + sizes.n_bad;
    snprintf(folder, sizeof folder, "%s/%s", root, name);
    mkdir(root, 0777);
    assert_int_equal(mkdir(folder, 0777), 0);
    cache_features(folder, "all_train", &rng, &sizes, sizes.n_train, 0);
    cache_features(folder, "test", &rng, &sizes, sizes.n_good, sizes.n_bad);
    cache_paths(folder, "all_train", sizes.n_train, 0);
    cache_paths(folder, "test", sizes.n_good, sizes.n_bad);
    for (int64_t i = sizes.n_good; i < n_test; i++)
        labels[i] = 1;
    snprintf(path, sizeof path, "%s/test_labels.npy", folder);
    assert_ok(pb_npy_write(path, PB_NPY_I8, 1, &n_test, labels));
}

#endif
