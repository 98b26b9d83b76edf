/* Leave-one-out only where the image scores look as if something did not belong: clean references stay whole. */
#include "base/memory.h"
#include "purify/methods.h"
#include "purify/outliers.h"
#include "score/score.h"

static pb_status ask(pb_references *references, pb_outlier_test test, const pb_patch_mask *mask, bool *out)
{
    const double *patch_scores;
    double *scores;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &patch_scores));
    PB_TRY(PB_NEW_UNINITIALISED(scores, mask->n_images));
    pb_status status = pb_image_means(patch_scores, mask->n_images, mask->n_patches, scores);
    if (status == PB_STATUS_OK)
        status = test(scores, mask->n_images, out);
    pb_free(scores);
    return status;
}

static pb_status remove_if(pb_references *references, pb_outlier_test test, const pb_purify_options *options,
                           pb_patch_mask *mask)
{
    bool suspicious = false;
    PB_TRY(ask(references, test, mask, &suspicious));
    return suspicious ? pb_purify_loo_patch(references, options, mask) : PB_STATUS_OK;
}

/* method.md#adaptive */
pb_status pb_purify_adaptive_loo_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    return remove_if(references, pb_test_skewness, options, mask);
}

/* method.md#grubbs */
pb_status pb_purify_grubbs_adaptive_loo(pb_references *references, const pb_purify_options *options,
                                        pb_patch_mask *mask)
{
    return remove_if(references, pb_test_grubbs, options, mask);
}

/* method.md#gmm */
pb_status pb_purify_gmm_adaptive_loo(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    return remove_if(references, pb_test_mixture, options, mask);
}

/* method.md#mad */
pb_status pb_purify_mad_adaptive_loo(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    return remove_if(references, pb_test_mad, options, mask);
}
