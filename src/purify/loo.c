/* Leave-one-out: a patch that looks like no patch of any other image is suspect (method.md#loo-patch, method.md#cosine-loo). */
#include "purify/methods.h"

#include "base/error.h"

static pb_status remove_by_loo(pb_references *references, pb_metric metric, double q, pb_patch_mask *mask)
{
    const double *scores;
    PB_TRY(pb_references_loo_scores(references, metric, &scores));
    return pb_patch_mask_remove_above(scores, q, mask);
}

pb_status pb_purify_loo_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    return remove_by_loo(references, PB_METRIC_EUCLIDEAN, options->percentile, mask);
}

pb_status pb_purify_cosine_loo(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    return remove_by_loo(references, PB_METRIC_COSINE, options->percentile, mask);
}
