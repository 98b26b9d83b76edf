/* The rows that are searched, rounded in blocks, and who asks for the nearest of them. */
#ifndef PB_SEARCH_SEARCHED_H
#define PB_SEARCH_SEARCHED_H

#include <stdint.h>

#include "search/filter.h"
#include "search/topk.h"

typedef struct pb_searched {
    const float *rows; /* n x dim */
    int64_t n;
    pb_frame frame;
    double *squares; /* n, for cosine: |row|^2; else NULL */
    int64_t n_blocks, block_rows;
    pb_rounded *blocks;        /* n_blocks of at most block_rows rows */
    double max_norm, max_lost; /* of all blocks */
} pb_searched;

/* Rounds block b, of `n` rows `stride` apart; packed for the columns of `product`. */
pb_status pb_searched_prepare(pb_searched *searched, int64_t b, int64_t first, int64_t n, int64_t stride,
                              const pb_product *product);

/* When all blocks are prepared. */
void pb_searched_finish(pb_searched *searched);

void pb_searched_clear(pb_searched *searched);

/* Number among all rows of row `place` of a block. */
static inline int64_t pb_searched_row(const pb_searched *searched, int64_t block, int64_t place)
{
    return searched->blocks[block].first + place * searched->blocks[block].stride;
}

typedef struct pb_query {
    const pb_searched *searched;
    const pb_rounded *tile; /* its row `place` is the query */
    int64_t place;
    const float *x;  /* the query itself, dim */
    double square_x; /* for cosine: |x|^2 */
    pb_topk *top;
} pb_query;

/* What product - half_square must reach of a row with norm <= norm and loss <= lost that may be within `units`. */
static inline float pb_query_threshold(const pb_query *query, double norm, double lost, double units)
{
    return pb_filter_threshold(&query->searched->frame, pb_rounded_bound(query->tile, query->place), norm, lost, units);
}

/* The same as a line over what rows lost. */
static inline pb_filter_line pb_query_line(const pb_query *query, double norm, double lost, double units)
{
    return pb_filter_line_of(&query->searched->frame, pb_rounded_bound(query->tile, query->place), norm, lost, units);
}

#endif
