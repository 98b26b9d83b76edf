/* The neighbour lists, shared by the pass that makes them and the questions asked of them. */
#ifndef PB_SEARCH_NEIGHBORS_H
#define PB_SEARCH_NEIGHBORS_H

#include <stdbool.h>

#include <purebank/index.h>

#include "search/product.h"
#include "search/topk.h"

struct pb_neighbors {
    const float *rows; /* n_images x n_patches x dim, borrowed */
    int64_t n_images, n_patches, dim;
    pb_metric metric;
    int64_t depth;
    pb_neighbor *lists; /* one of `depth` for each patch, ascending; index = image * n_patches + patch */
};

/* pb_neighbors_new() with the precision of the filter given, or chosen by measurement where it is NULL. */
pb_status pb_neighbors_new_with(const pb_features *features, pb_metric metric, int64_t depth,
                                const pb_precision *precision, const pb_progress *progress, pb_neighbors **out);

#endif
