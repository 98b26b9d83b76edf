/* Leave-one-out: a patch that looks like no patch of any other image is suspect (method.md#loo-patch, method.md#cosine-loo). */
#include "purify/methods.h"

#include "base/memory.h"
#include "io/features.h"
#include "score/score.h"

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

pb_status pb_loo_image_scores(pb_references *references, const pb_patch_mask *mask, double **out)
{
    const int64_t n_own = pb_features_n_own(pb_references_features(references));
    const double *patch_scores;
    double *scores;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &patch_scores));
    PB_TRY(PB_NEW(scores, mask->n_images));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < mask->n_images && status == PB_STATUS_OK; i++)
        status = pb_aggregate_mean(patch_scores + i * mask->n_patches, n_own, &scores[i]);
    if (status == PB_STATUS_OK)
        *out = scores;
    else
        pb_free(scores);
    return status;
}
