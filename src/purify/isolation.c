/* Isolation forests over all patches, and over whole images. Both remove what scikit-learn's predict() calls an
 * outlier: scores below the percentile of the scores that the expected share stands at (method.md#isolation-forest, method.md#global-iforest). */
#include <math.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "io/features.h"
#include "purify/methods.h"
#include "references/forest.h"
#include "references/pooled.h"

pb_status pb_purify_isolation_forest_patch(pb_references *references, const pb_purify_options *options,
                                           pb_patch_mask *mask)
{
    const pb_features *features = pb_references_features(references);
    const int64_t n = mask->n_images * mask->n_patches;
    const double contamination = (100 - options->percentile) / 100;
    double *scores, offset;
    pb_status status;
    PB_TRY(PB_NEW_UNINITIALISED(scores, n));
    PB_TRY_GOTO(pb_forest_scores(features->data, n, features->dim, (uint32_t)(options->seed + 3000), scores));
    PB_TRY_GOTO(pb_percentile(scores, n, 100 * contamination, &offset));
    for (int64_t i = 0; i < n; i++)
        if (scores[i] < offset)
            mask->keep[i] = 0;
done:
    pb_free(scores);
    return status;
}

pb_status pb_purify_global_iforest(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    if (options->contamination <= 0 || mask->n_images < 3)
        return PB_STATUS_OK;
    const double contamination = fmin(fmax(options->contamination, 0.001), 0.5);
    double *scores, offset;
    pb_status status;
    PB_TRY(PB_NEW_UNINITIALISED(scores, mask->n_images));
    PB_TRY_GOTO(pb_pooled_forest(pb_references_features(references), (uint32_t)(options->seed + 4000), scores));
    PB_TRY_GOTO(pb_percentile(scores, mask->n_images, 100 * contamination, &offset));
    for (int64_t i = 0; i < mask->n_images; i++)
        if (scores[i] < offset)
            pb_patch_mask_remove_image(i, mask);
done:
    pb_free(scores);
    return status;
}
