#include "references/lof.h"

#include <math.h>

#include <purebank/index.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "references/references.h"
#include "search/neighbors.h"

/* The k nearest others of each of n rows. */
typedef struct near_lists {
    int64_t n, k;
    double *distances;
    int64_t *indices;
} near_lists;

/* Definitions 5 and 6: the inverse of the mean distance from which the neighbours reach the row. */
static void reachability_densities(const near_lists *lists, double *density)
{
    const int64_t k = lists->k;
    for (int64_t row = 0; row < lists->n; row++) {
        double sum = 0;
        for (int64_t i = row * k; i < (row + 1) * k; i++)
            sum += fmax(lists->distances[i], lists->distances[lists->indices[i] * k + k - 1]);
        density[row] = 1 / (sum / (double)k + 1e-10);
    }
}

/* Definition 7. */
static void outlier_factors(const near_lists *lists, const double *density, double *scores)
{
    const int64_t k = lists->k;
    for (int64_t row = 0; row < lists->n; row++) {
        double sum = 0;
        for (int64_t i = row * k; i < (row + 1) * k; i++)
            sum += density[lists->indices[i]] / density[row];
        scores[row] = sum / (double)k;
    }
}

static pb_status lists_new(int64_t n, int64_t k, near_lists *lists)
{
    int64_t size;
    PB_ASSERT(k >= 1 && k < n);
    *lists = (near_lists){.n = n, .k = k};
    PB_TRY(pb_size_multiply(n, k + 1, "neighbours of all rows", &size));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(lists->distances, n, k));
    return PB_NEW_PRODUCT_UNINITIALISED(lists->indices, n, k);
}

static void lists_free(near_lists *lists)
{
    pb_free(lists->distances);
    pb_free(lists->indices);
}

static pb_status score_lists(const near_lists *lists, double *scores)
{
    double *density;
    PB_TRY(PB_NEW_UNINITIALISED(density, lists->n));
    reachability_densities(lists, density);
    outlier_factors(lists, density, scores);
    pb_free(density);
    return PB_STATUS_OK;
}

pb_status pb_lof_scores(const float *rows, int64_t n, int64_t dim, int64_t k, double *scores)
{
    near_lists lists;
    pb_index *index = NULL;
    pb_status status;
    PB_TRY_GOTO(lists_new(n, k, &lists));
    PB_TRY_GOTO(pb_index_new(rows, n, dim, PB_METRIC_EUCLIDEAN, &index));
    PB_TRY_GOTO(pb_search_others(index, rows, NULL, n, k, lists.distances, lists.indices));
    status = score_lists(&lists, scores);
done:
    pb_index_free(index);
    lists_free(&lists);
    return status;
}

pb_status pb_lof_reference_scores(const pb_references *references, double *scores)
{
    const pb_features *features = pb_references_features(references);
    const int64_t n = features->n_images * features->n_patches;
    const int64_t others = n - pb_augment_n_variants(&features->augment); /* a copy vouches for no other */
    const int64_t k = others < PB_LOF_NEIGHBORS ? others : PB_LOF_NEIGHBORS;
    near_lists lists;
    pb_status status;
    PB_TRY_GOTO(lists_new(n, k, &lists));
    PB_TRY_GOTO(pb_references_around(references, k, lists.distances, lists.indices));
    status = score_lists(&lists, scores);
done:
    lists_free(&lists);
    return status;
}
