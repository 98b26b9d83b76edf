#include "base/order.h"

#include <stdlib.h>

#include "base/memory.h"

typedef struct placed {
    double value;
    int64_t index;
} placed;

static int highest_first(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

pb_status pb_order_descending(const double *values, int64_t n, int64_t *order)
{
    placed *items;
    PB_TRY(PB_NEW_UNINITIALISED(items, n));
    for (int64_t i = 0; i < n; i++)
        items[i] = (placed){values[i], i};
    qsort(items, (size_t)n, sizeof *items, highest_first);
    for (int64_t i = 0; i < n; i++)
        order[i] = items[i].index;
    pb_free(items);
    return PB_STATUS_OK;
}
