/* The k best of a stream: a heap with the worst on top, ordered by (distance, index). */
#ifndef PB_SEARCH_TOPK_H
#define PB_SEARCH_TOPK_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct pb_neighbor {
    double distance;
    int64_t index;
} pb_neighbor;

typedef struct pb_topk {
    pb_neighbor *items; /* borrowed, room for k */
    int64_t count, k;
} pb_topk;

/* The order of all search results. */
static inline bool pb_neighbor_before(pb_neighbor a, pb_neighbor b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.index < b.index);
}

/* What a newcomer must not exceed: the k-th best distance so far, infinity while there are fewer than k. */
static inline double pb_topk_limit(const pb_topk *top)
{
    return top->count < top->k ? (double)INFINITY : top->items[0].distance;
}

/* Keeps the neighbour if it is among the k best so far. */
void pb_topk_push(pb_topk *top, pb_neighbor neighbor);

bool pb_topk_contains(const pb_topk *top, int64_t index);

/* Turns the heap into an ascending list. */
void pb_topk_sort(pb_topk *top);

#endif
