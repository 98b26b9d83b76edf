/* Patch scores -> one image score (method 5). */
#include <purebank/bank.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const names[] = {"p95", "max", "top1"};

const char *pb_image_score_name(pb_image_score rule)
{
    return names[rule];
}

pb_status pb_image_score_parse(const char *name, pb_image_score *out)
{
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (pb_image_score)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "unknown image score '%s': choose p95, max or top1", name);
}

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* ceil(share of n) in integers, as 0.95 has no exact binary form. */
static int64_t ceil_percent(int64_t percent, int64_t n)
{
    return n / 100 * percent + (n % 100 * percent + 99) / 100;
}

static double aggregate_sorted(pb_image_score rule, const double *ascending, int64_t n)
{
    if (rule == PB_IMAGE_SCORE_MAX)
        return ascending[n - 1];
    if (rule == PB_IMAGE_SCORE_P95)
        return ascending[ceil_percent(95, n) - 1];
    const int64_t top = ceil_percent(1, n);
    double sum = 0;
    for (int64_t i = 1; i <= top; i++)
        sum += ascending[n - i];
    return sum / (double)top;
}

pb_status pb_image_score_of(pb_image_score rule, const double *patch_scores, int64_t n_patches, double *out)
{
    if (n_patches < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "an image needs at least one patch");
    double *sorted;
    PB_TRY(PB_NEW_UNINITIALISED(sorted, n_patches));
    memcpy(sorted, patch_scores, (size_t)n_patches * sizeof *sorted);
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n_patches && status == PB_STATUS_OK; i++)
        if (!isfinite(sorted[i]))
            status = pb_fail(PB_STATUS_BAD_VALUE, "the score of patch %lld is not a finite number", (long long)i);
    if (status == PB_STATUS_OK) {
        qsort(sorted, (size_t)n_patches, sizeof *sorted, compare_doubles);
        *out = aggregate_sorted(rule, sorted, n_patches);
    }
    pb_free(sorted);
    return status;
}
