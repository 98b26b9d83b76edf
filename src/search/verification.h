/* What becomes of the rows that pass the filter: ever closer looks at ever fewer of them, and at last their distance in
 * float64. */
#ifndef PB_SEARCH_VERIFICATION_H
#define PB_SEARCH_VERIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "search/searched.h"

/* Row `place` of a block, and what speaks for it: its product with the query less its half_square at first, then the negative
 * of a squared distance. */
typedef struct pb_candidate {
    float score;
    int32_t block, place;
} pb_candidate;

/* Up to this many neighbours candidates are compared in float32 before they are measured. */
enum { PB_BOUNDS_MAX = 64 };

/* One query's candidates, in an array that shrinks from the front: those that are left stand first. */
typedef struct pb_verification {
    const pb_query *query;
    pb_candidate *items; /* borrowed */
    int64_t n_left;
    bool compares;  /* or measures at once */
    pb_topk bounds; /* where it compares: the k smallest upper bounds of distances */
    pb_neighbor bound[PB_BOUNDS_MAX];
} pb_verification;

/* @param items where candidates are and those that are left will be */
void pb_verification_begin(pb_verification *v, const pb_query *query, pb_candidate *items);

/* No row beyond this distance is among the k nearest. */
double pb_verification_limit(const pb_verification *v);

/* Looks at `n` candidates in `items`, behind those that are left. */
void pb_verification_look(pb_verification *v, pb_candidate *candidates, int64_t n);

/* The same for the most promising ones: straight at the rows, since there is no limit yet, or a bad one. */
void pb_verification_look_first(pb_verification *v, pb_candidate *candidates, int64_t n);

/* Measures those that are left and can still be among the nearest: query->top has the nearest of all rows so far. */
void pb_verification_end(pb_verification *v);

/* The first k become those with the highest scores, in no order. */
void pb_candidates_best_first(pb_candidate *items, int64_t n, int64_t k);

#endif
