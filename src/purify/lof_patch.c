/* Local outlier factor of patches (method.md#lof). */
#include "base/memory.h"
#include "purify/methods.h"
#include "references/lof.h"

pb_status pb_purify_lof_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const int64_t n = mask->n_images * mask->n_patches;
    double *scores;
    PB_TRY(PB_NEW_UNINITIALISED(scores, n));
    pb_status status = pb_lof_reference_scores(references, scores);
    if (status == PB_STATUS_OK)
        status = pb_patch_mask_remove_above(scores, options->percentile, mask);
    pb_free(scores);
    return status;
}
