/* The neighbour lists, shared by the pass that makes them and the questions asked of them. */
#ifndef PB_SEARCH_NEIGHBORS_H
#define PB_SEARCH_NEIGHBORS_H

#include <stdbool.h>

#include <purebank/index.h>

#include "search/filter.h"
#include "search/topk.h"

struct pb_neighbors {
    const float *rows; /* n_images x n_patches x dim, borrowed */
    int64_t n_images, n_patches, dim;
    pb_metric metric;
    int64_t depth;
    /* One of `depth` for each patch, ascending; index = image * n_patches + patch. A list may end early, with all its
     * further indices PB_NEIGHBORS_END: then it says nothing about patches farther away. */
    pb_neighbor *lists;
    struct pb_neighbors_made *made; /* for patches whose lists run out; NULL: they are searched anew */
};

enum { PB_NEIGHBORS_END = -1 };

/* pb_neighbors_new() of features that are finite, as who calls has seen, with a filter that works as `plan` says, or as a probe says
 * where it is NULL. */
pb_status pb_neighbors_new_with(const pb_features *features, pb_metric metric, int64_t depth,
                                const pb_filter_plan *plan, const pb_progress *progress, pb_neighbors **out);

/* Lists of n_images >= 2 different images out of those of `all`, without a search. Scores are the same to the bit as those of
 * lists made anew; where distances tie, the order may differ.
 * @param images numbers of images of `all`, in the order of the new lists
 * @param rows   n_images x n_patches x dim, the values of those images; borrowed, must outlive *out */
pb_status pb_neighbors_within(const pb_neighbors *all, const int64_t *images, int64_t n_images, const float *rows,
                              int64_t depth, pb_neighbors **out);

/* The k nearest rows of an index to some of its own rows, without the row itself; ties by ascending index.
 * @param self n: which rows the queries are; NULL: all, in order @param distances, indices n x k, k < rows of the index */
pb_status pb_search_others(const pb_index *index, const float *queries, const int64_t *self, int64_t n, int64_t k,
                           double *distances, int64_t *indices);

/* Lists of the nearest patches in a patch's own image, itself left out; Euclidean, of `depth` or all. Not for questions. */
pb_status pb_neighbors_own_new(const pb_features *features, int64_t depth, pb_neighbors **out);

/* Some images of a larger set, each at most once. */
typedef struct pb_surroundings {
    const int64_t *images; /* n_images: their numbers in the larger set */
    int64_t n_images;
    const float *rows; /* n_images x n_patches x dim: their values */
} pb_surroundings;

/* pb_search_others() for all patches of some images among themselves, with the same results, out of the Euclidean lists of a
 * larger set. Where these do not reach, the images are searched.
 * @param others, own lists of the larger set: in other images, in the same image */
pb_status pb_neighbors_around(const pb_neighbors *others, const pb_neighbors *own, const pb_surroundings *set,
                              int64_t k, double *distances, int64_t *indices);

#endif
