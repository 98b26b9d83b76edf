#include "experiment/shared_images.h"

#include <string.h>

#include "base/memory.h"
#include "search/neighbors.h"

static pb_status examine_images(const pb_block *block, const pb_sharing *sharing, pb_shared_images *shared)
{
    const pb_study_category *category = block->category;
    const pb_features *like = category->train;
    PB_TRY(pb_features_view(shared->rows, block->n_images, like->grid_height, like->grid_width, category->dim,
                            &shared->features));
    PB_TRY(pb_neighbors_new(&shared->features, PB_METRIC_EUCLIDEAN, pb_list_depth(block, sharing), NULL,
                            &shared->lists[PB_METRIC_EUCLIDEAN]));
    if (sharing->cosine)
        PB_TRY(pb_neighbors_new(&shared->features, PB_METRIC_COSINE, shared->depth, NULL,
                                &shared->lists[PB_METRIC_COSINE]));
    if (sharing->around)
        PB_TRY(pb_neighbors_own_new(&shared->features, PB_OWN_DEPTH, &shared->own));
    if (sharing->spread)
        PB_TRY(pb_moments_new(shared->rows, block->n_images, category->n_patches, category->dim, &shared->moments));
    return PB_STATUS_OK;
}

pb_status pb_shared_images_gather(const pb_block *block, int64_t k, pb_shared_images *out)
{
    const int64_t values = block->category->n_patches * block->category->dim;
    pb_shared_images shared = {.depth = pb_shared_depth(block, k)};
    int64_t n;
    PB_TRY(pb_size_multiply(block->n_images, values, "patches of a block's images", &n));
    PB_TRY(PB_NEW_UNINITIALISED(shared.rows, n));
    for (int64_t i = 0; i < block->n_images; i++)
        memcpy(shared.rows + i * values, pb_block_image(block, i), (size_t)values * sizeof *shared.rows);
    *out = shared;
    return PB_STATUS_OK;
}

pb_status pb_shared_images_new(const pb_block *block, const pb_sharing *sharing, int64_t memory, pb_shared_images *out)
{
    pb_sharing affordable = *sharing;
    affordable.spread = sharing->spread && pb_scoring_memory(block, sharing, 1) <= memory;
    pb_shared_images shared;
    PB_TRY(pb_shared_images_gather(block, sharing->k, &shared));
    const pb_status status = examine_images(block, &affordable, &shared);
    if (status == PB_STATUS_OK)
        *out = shared;
    else
        pb_shared_images_free(&shared);
    return status;
}

void pb_shared_images_drop_moments(pb_shared_images *shared)
{
    pb_moments_free(shared->moments);
    shared->moments = NULL;
}

void pb_shared_images_free(pb_shared_images *shared)
{
    pb_shared_images_drop_moments(shared);
    for (int i = 0; i <= PB_METRIC_COSINE; i++)
        pb_neighbors_free(shared->lists[i]);
    pb_neighbors_free(shared->own);
    pb_free(shared->rows);
    *shared = (pb_shared_images){0};
}
