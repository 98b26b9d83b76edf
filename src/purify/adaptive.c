/* Leave-one-out only where the image scores look as if something did not belong: clean references stay whole. */
#include "base/memory.h"
#include "purify/methods.h"
#include "purify/outliers.h"

static pb_status ask(pb_references *references, pb_outlier_test test, const pb_patch_mask *mask, bool *out)
{
    double *scores;
    PB_TRY(pb_loo_image_scores(references, mask, &scores));
    const pb_status status = test(scores, mask->n_images, out);
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
