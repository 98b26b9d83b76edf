/* Rows that may be among the nearest of one query, kept until more is known: the better the limit, the fewer have to be
 * measured. */
#ifndef PB_SEARCH_SHORTLIST_H
#define PB_SEARCH_SHORTLIST_H

#include <stdint.h>

#include "search/verification.h"

typedef struct pb_shortlist {
    pb_candidate *items; /* borrowed, room for `capacity` */
    int64_t n, capacity;
} pb_shortlist;

/* Where there is no limit yet, the k most promising rows of a block give one. True if they did: then they are measured.
 * @param product candidate c has product[c * stride] @param scratch room for k */
bool pb_shortlist_seed(const pb_shortlist *list, const pb_query *query, int64_t block, const float *product,
                       int64_t stride, pb_neighbor *scratch);

/* Empties the list: the rows that can still be among the nearest are measured, the most promising ones first. */
void pb_shortlist_settle(pb_shortlist *list, const pb_query *query);

/* Adds a row; a full list is settled first. */
static inline void pb_shortlist_add(pb_shortlist *list, const pb_query *query, pb_candidate candidate)
{
    if (list->n == list->capacity)
        pb_shortlist_settle(list, query);
    list->items[list->n++] = candidate;
}

#endif
