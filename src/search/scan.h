/* Tiles of queries against blocks of rows: what searches consist of. */
#ifndef PB_SEARCH_SCAN_H
#define PB_SEARCH_SCAN_H

#include <stdint.h>

#include "search/verification.h"

/* Rows of one block, the unit of the scan. */
enum { PB_INDEX_BLOCK_ROWS = 512, PB_INDEX_QUERY_TILE = 256 };

/* What all tiles of a search have in common. */
typedef struct pb_scan_plan {
    const pb_searched *searched;
    int64_t k;
    int64_t tile;              /* queries that are multiplied at once */
    int64_t blocks;            /* at most so many are scanned at a time */
    const pb_product *product; /* a tile with a block */
} pb_scan_plan;

/* Queries that share a tile: `n` rounded rows from `first` on. Rows of the tile before `first` take part in the products and in
 * nothing else. */
typedef struct pb_scan_tile {
    const pb_rounded *rounded;
    int64_t start; /* the tile's first row: start + plan.tile <= rounded->capacity */
    int64_t first, n;
    const float *x;        /* the query of rounded row i is x + i * stride * dim, */
    const double *squares; /* for cosine |x|^2 is squares[i * stride], */
    pb_topk *top;          /* and top[i * stride] gets its neighbours */
    int64_t stride;
} pb_scan_tile;

/* Blocks first to end - 1, without those from `skip` to `resume` - 1. */
typedef struct pb_scan_range {
    int64_t first, end, skip, resume;
} pb_scan_range;

/* One worker's scratch. */
typedef struct pb_scan {
    pb_scan_plan plan;
    void *products;           /* of a group of blocks: each tile x block */
    float *scores;            /* of a query, with the rows of a group */
    int32_t *passed;          /* a group */
    pb_neighbor *best;        /* the promising ones of a group */
    pb_candidate *candidates; /* a group */
} pb_scan;

/* Queries that should go through together: at most this many. */
int64_t pb_scan_largest_tile(const pb_frame *frame);

pb_status pb_scan_init(pb_scan *scan, const pb_scan_plan *plan);

/* Offers the rows of the blocks to the queries of the tile. */
pb_status pb_scan_run(pb_scan *scan, const pb_scan_tile *tile, pb_scan_range range);

/* Accepts one that is all zeroes. */
void pb_scan_clear(pb_scan *scan);

#endif
