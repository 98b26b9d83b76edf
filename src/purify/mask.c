#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "purify/methods.h"

pb_status pb_patch_mask_new(int64_t n_images, int64_t n_patches, pb_patch_mask *out)
{
    if (n_images < 1 || n_patches < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "a mask of %" PRId64 " images x %" PRId64 " patches is empty", n_images,
                       n_patches);
    pb_patch_mask mask = {.n_images = n_images, .n_patches = n_patches};
    int64_t n;
    PB_TRY(pb_size_multiply(n_images, n_patches, "a mask", &n));
    PB_TRY(PB_NEW_UNINITIALISED(mask.keep, n));
    memset(mask.keep, 1, (size_t)n);
    *out = mask;
    return PB_STATUS_OK;
}

int64_t pb_patch_mask_count(const pb_patch_mask *mask)
{
    int64_t count = 0;
    for (int64_t i = 0; i < mask->n_images * mask->n_patches; i++)
        count += mask->keep[i] != 0;
    return count;
}

void pb_patch_mask_free(pb_patch_mask *mask)
{
    if (!mask)
        return;
    pb_free(mask->keep);
    *mask = (pb_patch_mask){0};
}

void pb_patch_mask_remove_image(int64_t image, pb_patch_mask *mask)
{
    memset(mask->keep + image * mask->n_patches, 0, (size_t)mask->n_patches);
}

int64_t pb_share_above(int64_t n, double q)
{
    return (int64_t)floor((double)n * (100 - q) / 100);
}

pb_status pb_patch_mask_remove_above(const double *scores, double q, pb_patch_mask *mask)
{
    const int64_t n = mask->n_images * mask->n_patches;
    double limit;
    PB_TRY(pb_percentile(scores, n, q, &limit));
    for (int64_t i = 0; i < n; i++)
        if (scores[i] > limit)
            mask->keep[i] = 0;
    return PB_STATUS_OK;
}
