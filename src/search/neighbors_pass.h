/* Two ways to find the neighbours of every patch in the other images. */
#ifndef PB_SEARCH_NEIGHBORS_PASS_H
#define PB_SEARCH_NEIGHBORS_PASS_H

#include "search/searched.h"

/* What lists were made with. */
typedef struct pb_neighbors_made {
    pb_searched searched; /* blocks of patches of one image, blocks_per_image in turn */
    int64_t n_patches, blocks_per_image;
    pb_product *packing; /* that the blocks are packed for */
} pb_neighbors_made;

/* Patches that need their k nearest kept ones in other images. */
typedef struct pb_neighbors_open {
    const int64_t *patches; /* n: image * n_patches + patch, ascending */
    const float *queries;   /* n x dim */
    int64_t n, k;
    const uint8_t *keep; /* a byte for each patch; NULL: all */
    pb_topk *top;        /* n, empty */
} pb_neighbors_open;

pb_status pb_neighbors_search_open(const pb_neighbors_made *made, const pb_neighbors_open *open);

typedef struct pb_neighbors_pass {
    const pb_searched *searched;
    int64_t blocks_per_image;
    const pb_product *packing;
    int64_t k;
    pb_topk *top; /* a patch each */
} pb_neighbors_pass;

/* Each pair of blocks once, for the rows and the columns of its products. */
pb_status pb_neighbors_pass_pairs(const pb_neighbors_pass *pass, const pb_progress *progress);

/* Each block against all others at once, which multiplies twice as much and looks at fewer rows. */
pb_status pb_neighbors_pass_scan(const pb_neighbors_pass *pass, const pb_progress *progress);

#endif
