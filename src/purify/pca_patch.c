/* What the principal components leave unexplained (method.md#pca). */
#include "base/memory.h"
#include "base/product.h"
#include "purify/methods.h"
#include "references/pca.h"
#include "references/references.h"

pb_status pb_purify_pca_patch(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const pb_patch_set set = pb_references_patches(references);
    const pb_spread *spread;
    double *scores;
    PB_TRY(pb_references_spread(references, &spread));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(scores, set.n_images, set.n_patches));
    pb_status status = pb_pca_scores(&set, spread, 0.95, scores, NULL);
    if (status == PB_STATUS_OK)
        status = pb_patch_mask_remove_above(scores, options->percentile, mask);
    pb_free(scores);
    return status;
}
