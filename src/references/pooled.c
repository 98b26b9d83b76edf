#include "references/pooled.h"

#include <purebank/index.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "references/forest.h"
#include "references/lof.h"

enum { NEIGHBORS = 3 };

static int64_t neighbors_of(int64_t n_images)
{
    return n_images - 1 < NEIGHBORS ? n_images - 1 : NEIGHBORS;
}

/* Of the photos alone, whatever copies they have. Summed in float64 and rounded once. @param out n_images x dim, free with pb_free() */
static pb_status pool(const pb_features *features, float **out)
{
    const int64_t dim = features->dim, n_own = pb_features_n_own(features);
    float *pooled;
    double *sum;
    PB_TRY(PB_NEW(sum, dim));
    const pb_status status = PB_NEW_PRODUCT_UNINITIALISED(pooled, features->n_images, dim);
    for (int64_t i = 0; i < features->n_images && status == PB_STATUS_OK; i++) {
        for (int64_t j = 0; j < dim; j++)
            sum[j] = 0;
        for (int64_t p = 0; p < n_own; p++)
            for (int64_t j = 0; j < dim; j++)
                sum[j] += (double)features->data[(i * features->n_patches + p) * dim + j];
        for (int64_t j = 0; j < dim; j++)
            pooled[i * dim + j] = (float)(sum[j] / (double)n_own);
    }
    pb_free(sum);
    *out = pooled;
    return status;
}

pb_status pb_pooled_knn(const pb_features *features, double *scores)
{
    float *pooled;
    pb_features images = {0};
    pb_neighbors *neighbors = NULL;
    pb_status status;
    PB_TRY(pool(features, &pooled));
    PB_TRY_GOTO(pb_features_view(pooled, features->n_images, 1, 1, features->dim, &images));
    const int64_t k = neighbors_of(features->n_images);
    PB_TRY_GOTO(pb_neighbors_new(&images, PB_METRIC_EUCLIDEAN, k, NULL, &neighbors));
    PB_TRY_GOTO(pb_neighbors_scores(neighbors, k, NULL, scores));
done:
    pb_neighbors_free(neighbors);
    pb_free(pooled);
    return status;
}

pb_status pb_pooled_lof(const pb_features *features, double *scores)
{
    float *pooled;
    PB_TRY(pool(features, &pooled));
    const pb_status status =
        pb_lof_scores(pooled, features->n_images, features->dim, neighbors_of(features->n_images), scores);
    pb_free(pooled);
    return status;
}

pb_status pb_pooled_forest(const pb_features *features, uint32_t seed, double *scores)
{
    float *pooled;
    PB_TRY(pool(features, &pooled));
    const pb_status status = pb_forest_scores(pooled, features->n_images, features->dim, seed, scores);
    pb_free(pooled);
    return status;
}
