#include "score/rank.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

typedef struct ranked {
    double score;
    int64_t index;
} ranked;

static int by_suspicion(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

pb_status pb_order_descending(const double *scores, int64_t n, int64_t *order)
{
    ranked *items;
    PB_TRY(PB_NEW_UNINITIALISED(items, n));
    for (int64_t i = 0; i < n; i++)
        items[i] = (ranked){scores[i], i};
    qsort(items, (size_t)n, sizeof *items, by_suspicion);
    for (int64_t i = 0; i < n; i++)
        order[i] = items[i].index;
    pb_free(items);
    return PB_STATUS_OK;
}

int64_t pb_known_count(int64_t n, double c)
{
    const int64_t count = (int64_t)ceil((double)n * c);
    return count < n ? count : n - 1;
}
