/* Whole images leave, as many as the caller expects to be bad (method.md#image-level-loo). */

#include "base/memory.h"
#include "purify/methods.h"
#include "score/rank.h"
#include "score/score.h"

static pb_status order_images(const double *patch_scores, const pb_patch_mask *mask, int64_t *order)
{
    double *scores;
    PB_TRY(PB_NEW(scores, mask->n_images));
    pb_status status = pb_image_means(patch_scores, mask->n_images, mask->n_patches, scores);
    if (status == PB_STATUS_OK)
        status = pb_order_descending(scores, mask->n_images, order);
    pb_free(scores);
    return status;
}

pb_status pb_purify_image_level_loo(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const int64_t count = pb_known_count(mask->n_images, options->contamination);
    if (count == 0)
        return PB_STATUS_OK;
    const double *patch_scores;
    int64_t *order;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &patch_scores));
    PB_TRY(PB_NEW(order, mask->n_images));
    const pb_status status = order_images(patch_scores, mask, order);
    for (int64_t i = 0; i < count && status == PB_STATUS_OK; i++)
        pb_patch_mask_remove_image(order[i], mask);
    pb_free(order);
    return status;
}
