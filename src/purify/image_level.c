/* Whole images leave, as many as the caller expects to be bad (method.md#image-level-loo). */

#include "base/memory.h"
#include "base/order.h"
#include "purify/methods.h"
#include "score/rank.h"

pb_status pb_purify_image_level_loo(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const int64_t count = pb_known_count(mask->n_images, options->contamination);
    double *scores = NULL;
    int64_t *order = NULL;
    pb_status status;
    if (count == 0)
        return PB_STATUS_OK;
    PB_TRY_GOTO(pb_loo_image_scores(references, mask, &scores));
    PB_TRY_GOTO(PB_NEW(order, mask->n_images));
    PB_TRY_GOTO(pb_order_descending(scores, mask->n_images, order));
    for (int64_t i = 0; i < count; i++)
        pb_patch_mask_remove_image(order[i], mask);
done:
    pb_free(scores);
    pb_free(order);
    return status;
}
