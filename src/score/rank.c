#include "purify/aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "metrics/select.h"

pb_status pb_aggregate_max(const double *patch_scores, int64_t n, double *out)
{
    double max = patch_scores[0];
    for (int64_t i = 1; i < n; i++)
        max = patch_scores[i] > max ? patch_scores[i] : max;
    *out = max;
    return PB_STATUS_OK;
}

pb_status pb_aggregate_q99(const double *patch_scores, int64_t n, double *out)
{
    return pb_percentile(patch_scores, n, 99, out);
}

pb_status pb_aggregate_top5(const double *patch_scores, int64_t n, double *out)
{
    double *copy;
    PB_TRY(PB_NEW_UNINITIALISED(copy, n));
    memcpy(copy, patch_scores, (size_t)n * sizeof *copy);
    *out = pb_mean_of_highest(copy, n, (n + 19) / 20);
    pb_free(copy);
    return PB_STATUS_OK;
}

pb_status pb_aggregate_mean(const double *patch_scores, int64_t n, double *out)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += patch_scores[i];
    *out = sum / (double)n;
    return PB_STATUS_OK;
}

pb_status pb_image_means(const double *patch_scores, int64_t n_images, int64_t n_patches, double *out)
{
    for (int64_t i = 0; i < n_images; i++)
        PB_TRY(pb_aggregate_mean(patch_scores + i * n_patches, n_patches, &out[i]));
    return PB_STATUS_OK;
}

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
