#include "search/shortlist.h"

bool pb_shortlist_seed(const pb_shortlist *list, const pb_query *query, int64_t block, const float *product,
                       int64_t stride, pb_neighbor *scratch)
{
    const pb_rounded *rows = &query->searched->blocks[block];
    const int64_t k = query->top->k;
    pb_candidate seeds[PB_BOUNDS_MAX];
    pb_verification v;
    if (query->top->count > 0 || list->n > 0 || k > rows->n / 2 || k > PB_BOUNDS_MAX)
        return false;
    const pb_topk best = pb_filter_best(rows, product, stride, k, scratch);
    for (int64_t i = 0; i < best.count; i++)
        seeds[i] = (pb_candidate){(float)-best.items[i].distance, (int32_t)block, (int32_t)best.items[i].index};
    pb_verification_begin(&v, query, seeds);
    pb_verification_look_first(&v, seeds, best.count);
    pb_verification_end(&v);
    return true;
}

void pb_shortlist_settle(pb_shortlist *list, const pb_query *query)
{
    const int64_t k = query->top->k, n = list->n, first = n > k ? k : 0;
    pb_verification v;
    pb_verification_begin(&v, query, list->items);
    if (first > 0) {
        pb_candidates_best_first(list->items, n, first);
        pb_verification_look_first(&v, list->items, first);
    }
    pb_verification_look(&v, list->items + first, n - first);
    pb_verification_end(&v);
    list->n = 0;
}
