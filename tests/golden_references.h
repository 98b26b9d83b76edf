/* The cases of tests/golden/purify as references. */
#ifndef PB_TESTS_GOLDEN_REFERENCES_H
#define PB_TESTS_GOLDEN_REFERENCES_H

#include "golden_text.h"

typedef struct golden_case {
    char file[64];
    int64_t n_images, n_patches, dim, k;
    float *rows;
    pb_features *features;
    pb_references *references;
} golden_case;

static const char *const golden_names[] = {"planted", "degenerate", "wide", "larger", "constant", "two_points"};

enum { N_GOLDEN = sizeof golden_names / sizeof *golden_names };

static inline int32_t golden_side(int64_t n_patches)
{
    int32_t side = 1;
    while ((int64_t)side * side < n_patches)
        side++;
    return side;
}

/* Image i of the case becomes image (i + rotate) % n_images. */
static inline golden_case golden_open(const char *name, int64_t rotate)
{
    golden_case golden;
    int64_t n;
    memset(&golden, 0, sizeof golden);
    snprintf(golden.file, sizeof golden.file, "purify/%s.txt", name);
    double *sizes = golden_array(golden.file, "sizes", &n);
    double *values = golden_array(golden.file, "features", &n);
    golden.n_images = (int64_t)sizes[0];
    golden.n_patches = (int64_t)sizes[1];
    golden.dim = (int64_t)sizes[2];
    golden.k = (int64_t)sizes[3];
    assert_int_equal(n, golden.n_images * golden.n_patches * golden.dim);
    golden.rows = malloc((size_t)n * sizeof *golden.rows);
    assert_non_null(golden.rows);
    const int64_t image = golden.n_patches * golden.dim;
    for (int64_t i = 0; i < n; i++)
        golden.rows[(i / image + rotate) % golden.n_images * image + i % image] = (float)values[i];
    const int32_t side = golden_side(golden.n_patches);
    assert_ok(pb_features_borrow(golden.rows, golden.n_images, side, side, golden.dim, &golden.features));
    free(sizes);
    free(values);
    return golden;
}

/* The case is at its final address: references borrow its features. */
static inline void golden_reference(golden_case *golden)
{
    assert_ok(pb_references_new(golden->features, golden->k, NULL, &golden->references));
}

static inline void golden_close(golden_case *golden)
{
    pb_references_free(golden->references);
    pb_features_free(golden->features);
    free(golden->rows);
}

#endif
