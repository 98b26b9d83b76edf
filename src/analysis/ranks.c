#include "analysis/ranks.h"

#include "base/memory.h"
#include "base/sort.h"

typedef struct placed_value {
    double value;
    int64_t place;
} placed_value;

static int by_value(const void *a, const void *b)
{
    const placed_value *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

pb_status pb_ranks(const double *values, int64_t n, double *out, double *ties)
{
    placed_value *sorted;
    PB_TRY(PB_NEW_UNINITIALISED(sorted, n));
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (placed_value){values[i], i};
    const pb_status status = pb_sort(sorted, n, sizeof *sorted, by_value);
    *ties = 0;
    for (int64_t begin = 0, end; begin < n && status == PB_STATUS_OK; begin = end) {
        for (end = begin + 1; end < n && sorted[end].value == sorted[begin].value; end++)
            ;
        const double t = (double)(end - begin);
        *ties += t * t * t - t;
        for (int64_t i = begin; i < end; i++)
            out[sorted[i].place] = 0.5 * (double)(begin + 1 + end);
    }
    pb_free(sorted);
    return status;
}
