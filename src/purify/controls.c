/* What a method must be measured against: patches removed at random, and by somebody who knows (method.md#random, method.md#oracle). */
#include "base/memory.h"
#include "base/random.h"
#include "purify/methods.h"

pb_status pb_purify_random_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    (void)references;
    const int64_t n = mask->n_images * mask->n_patches;
    const int64_t count = pb_share_above(n, options->percentile);
    pb_random random;
    int64_t *drawn;
    pb_random_seed(&random, (uint32_t)(options->seed + 5000));
    PB_TRY(PB_NEW(drawn, count));
    const pb_status status = pb_random_choice(&random, n, count, false, drawn);
    for (int64_t i = 0; i < count && status == PB_STATUS_OK; i++)
        mask->keep[drawn[i]] = 0;
    pb_free(drawn);
    return status;
}

pb_status pb_purify_oracle_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    (void)references;
    PB_CHECK_ARG(options->contaminated,
                 "oracle_patch removes the images that are known to be bad, and nothing says which they are");
    for (int64_t i = 0; i < mask->n_images; i++)
        if (options->contaminated[i])
            pb_patch_mask_remove_image(i, mask);
    return PB_STATUS_OK;
}
