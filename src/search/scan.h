/* Tiles of queries against ranges of blocks: the work items of a search. */
#ifndef PB_SEARCH_SCAN_H
#define PB_SEARCH_SCAN_H

#include <stdint.h>

#include "search/verification.h"

/* Rows of one block, the unit of the scan. */
enum { PB_INDEX_BLOCK_ROWS = 512, PB_INDEX_QUERY_TILE = 256 };

/* One call of pb_index_search(). */
typedef struct pb_scan_job {
    const pb_searched *searched;
    const float *queries;
    int64_t n_queries, k;
    int64_t tile, n_tiles;   /* queries of a tile */
    int64_t range, n_ranges; /* blocks of a range */
    pb_product *product;     /* a tile with a block */
    pb_neighbor *found;      /* n_ranges x n_queries x k, each list sorted */
    int64_t *n_found;        /* n_ranges x n_queries */
} pb_scan_job;

/* What one worker needs, for any number of work items. */
typedef struct pb_scan {
    const pb_scan_job *job;
    const float *queries; /* of the tile */
    int64_t first_query;
    pb_rounded tile;
    pb_topk *top;
    double *squares;          /* tile, for cosine */
    void *products;           /* of a group of blocks: each tile x block */
    float *scores;            /* of a query, with the rows of a group */
    int32_t *passed;          /* a block */
    pb_neighbor *best;        /* min(k, a group) */
    pb_candidate *candidates; /* a group */
} pb_scan;

/* Queries that go through together. */
int64_t pb_scan_tile(const pb_frame *frame);

/* Tile times range `item` of the job. A scan that is all zeroes is made ready first. */
pb_status pb_scan_item(pb_scan *scan, const pb_scan_job *job, int64_t item);

void pb_scan_clear(pb_scan *scan);

#endif
