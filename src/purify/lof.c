#include "purify/lof.h"

#include <math.h>

#include <purebank/index.h>

#include "base/memory.h"
#include "purify/methods.h"

enum { NEIGHBORS = 20 };

/* n x (k + 1) as the search returns them; drop_self() leaves the k nearest others in the first k columns. */
typedef struct near_lists {
    int64_t n, k;
    double *distances;
    int64_t *indices;
} near_lists;

/* A row finds itself at distance 0, unless more than k equal rows stand before it. */
static void drop_self(near_lists *lists)
{
    for (int64_t row = 0; row < lists->n; row++) {
        double *distances = lists->distances + row * (lists->k + 1);
        int64_t *indices = lists->indices + row * (lists->k + 1);
        int64_t self = 0;
        while (self < lists->k && indices[self] != row)
            self++;
        for (int64_t i = self; i < lists->k; i++) {
            distances[i] = distances[i + 1];
            indices[i] = indices[i + 1];
        }
    }
}

static pb_status find_others(const float *rows, int64_t dim, near_lists *lists)
{
    pb_index *index;
    PB_TRY(pb_index_new(rows, lists->n, dim, PB_METRIC_EUCLIDEAN, &index));
    const pb_status status = pb_index_search(index, rows, lists->n, lists->k + 1, lists->distances, lists->indices);
    pb_index_free(index);
    if (status == PB_STATUS_OK)
        drop_self(lists);
    return status;
}

/* Definitions 5 and 6: the inverse of the mean distance from which the neighbours reach the row. */
static void reachability_densities(const near_lists *lists, double *density)
{
    const int64_t k = lists->k, width = k + 1;
    for (int64_t row = 0; row < lists->n; row++) {
        double sum = 0;
        for (int64_t i = row * width; i < row * width + k; i++)
            sum += fmax(lists->distances[i], lists->distances[lists->indices[i] * width + k - 1]);
        density[row] = 1 / (sum / (double)k + 1e-10);
    }
}

/* Definition 7. */
static void outlier_factors(const near_lists *lists, const double *density, double *scores)
{
    const int64_t k = lists->k, width = k + 1;
    for (int64_t row = 0; row < lists->n; row++) {
        double sum = 0;
        for (int64_t i = row * width; i < row * width + k; i++)
            sum += density[lists->indices[i]] / density[row];
        scores[row] = sum / (double)k;
    }
}

pb_status pb_lof_scores(const float *rows, int64_t n, int64_t dim, int64_t k, double *scores)
{
    PB_ASSERT(k >= 1 && k < n);
    near_lists lists = {.n = n, .k = k};
    double *density = NULL;
    int64_t size;
    pb_status status;
    PB_TRY(pb_size_multiply(n, k + 1, "neighbours of all rows", &size));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(lists.distances, size));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(lists.indices, size));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(density, n));
    PB_TRY_GOTO(find_others(rows, dim, &lists));
    reachability_densities(&lists, density);
    outlier_factors(&lists, density, scores);
done:
    pb_free(lists.distances);
    pb_free(lists.indices);
    pb_free(density);
    return status;
}

pb_status pb_purify_lof_patch(pb_references *references, const pb_purify_options *options, pb_mask *mask)
{
    const pb_features *features = pb_references_features(references);
    const int64_t n = mask->n_images * mask->n_patches;
    double *scores;
    PB_TRY(PB_NEW_UNINITIALISED(scores, n));
    pb_status status = pb_lof_scores(features->data, n, features->dim, n - 1 < NEIGHBORS ? n - 1 : NEIGHBORS, scores);
    if (status == PB_STATUS_OK)
        status = pb_mask_remove_above(scores, options->percentile, mask);
    pb_free(scores);
    return status;
}
