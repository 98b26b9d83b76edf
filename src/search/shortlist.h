/* Rows that may be among the nearest of one query, kept until more is known: the better the limit, the fewer have to be
 * measured. */
#ifndef PB_SEARCH_SHORTLIST_H
#define PB_SEARCH_SHORTLIST_H

#include <stdint.h>

#include "search/filter.h"
#include "search/topk.h"

/* The rows that are searched. */
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

/* Row `place` of a block, and its product with the query less its half_square. */
typedef struct pb_candidate {
    float score;
    int32_t block, place;
} pb_candidate;

enum { PB_SHORTLIST_MAX = 512 };

typedef struct pb_shortlist {
    pb_candidate *items; /* borrowed, room for `capacity` */
    int32_t n, capacity; /* <= PB_SHORTLIST_MAX */
} pb_shortlist;

typedef struct pb_query {
    const pb_searched *searched;
    const pb_rounded *tile; /* its row `place` is the query */
    int64_t place;
    const float *x;  /* the query itself, dim */
    double square_x; /* for cosine: |x|^2 */
    pb_topk *top;
} pb_query;

/* Distance and number of a row, exactly. */
pb_neighbor pb_query_measure(const pb_query *query, int64_t block, int64_t place);

/* Where there is no limit yet, the k most promising rows of a block give one. True if they did: then they are measured.
 * @param product candidate c has product[c * stride] @param scratch room for k */
bool pb_query_seed(const pb_query *query, const pb_shortlist *list, int64_t block, const float *product, int64_t stride,
                   pb_neighbor *scratch);

/* What product - half_square of a row of the block must reach. */
float pb_query_threshold(const pb_query *query, const pb_rounded *block);

/* Empties the list: the rows that can still be among the nearest are measured, the most promising ones first. */
void pb_shortlist_settle(pb_shortlist *list, const pb_query *query);

/* Adds a row; a full list is settled first. */
static inline void pb_shortlist_add(pb_shortlist *list, const pb_query *query, pb_candidate candidate)
{
    if (list->n == list->capacity)
        pb_shortlist_settle(list, query);
    list->items[list->n++] = candidate;
}

/* Without a contraction rows are settled block by block, while they are in the cache: too many have to be measured. */
static inline bool pb_shortlist_waits(const pb_frame *frame)
{
    return frame->contraction;
}

#endif
