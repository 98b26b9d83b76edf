/* Distance to the mean patch in units of the spread (method.md#mahalanobis). */
#include "base/error.h"
#include "purify/methods.h"

pb_status pb_purify_mahalanobis_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const double *scores;
    PB_TRY(pb_references_mahalanobis_scores(references, &scores));
    return pb_patch_mask_remove_above(scores, options->percentile, mask);
}
