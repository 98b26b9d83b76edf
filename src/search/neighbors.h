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
    /* One of `depth` for each patch, ascending; index = image * n_patches + patch. A list may end early, with all its
     * further indices PB_NEIGHBORS_END: then it says nothing about patches farther away. */
    pb_neighbor *lists;
};

enum { PB_NEIGHBORS_END = -1 };

/* pb_neighbors_new() with the precision of the filter given, or chosen by measurement where it is NULL. */
pb_status pb_neighbors_new_with(const pb_features *features, pb_metric metric, int64_t depth,
                                const pb_precision *precision, const pb_progress *progress, pb_neighbors **out);

/* Lists of n_images >= 2 different images out of those of `all`, without a search. Scores are the same to the bit as those of
 * lists made anew; where distances tie, the order may differ.
 * @param images numbers of images of `all`, in the order of the new lists
 * @param rows   n_images x n_patches x dim, the values of those images; borrowed, must outlive *out */
pb_status pb_neighbors_within(const pb_neighbors *all, const int64_t *images, int64_t n_images, const float *rows,
                              int64_t depth, pb_neighbors **out);

#endif
