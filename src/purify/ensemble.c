/* Two opinions in equal parts, each brought to 0..1 first (method.md#ensemble). */
#include "purify/methods.h"

#include "base/memory.h"

typedef struct scale {
    double min, divisor;
} scale;

/* x -> (x - min) / (max - min + 1e-8), method.md#ensemble. */
static scale minmax_of(const double *scores, int64_t n)
{
    double min = scores[0], max = scores[0];
    for (int64_t i = 1; i < n; i++) {
        min = scores[i] < min ? scores[i] : min;
        max = scores[i] > max ? scores[i] : max;
    }
    return (scale){min, max - min + 1e-8};
}

pb_status pb_purify_ensemble_loo_mahal(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const int64_t n = mask->n_images * mask->n_patches;
    const double *loo, *mahalanobis;
    double *scores;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &loo));
    PB_TRY(pb_references_mahalanobis_scores(references, &mahalanobis));
    PB_TRY(PB_NEW_UNINITIALISED(scores, n));
    const scale a = minmax_of(loo, n), b = minmax_of(mahalanobis, n);
    for (int64_t i = 0; i < n; i++)
        scores[i] = 0.5 * ((loo[i] - a.min) / a.divisor) + 0.5 * ((mahalanobis[i] - b.min) / b.divisor);
    const pb_status status = pb_patch_mask_remove_above(scores, options->percentile, mask);
    pb_free(scores);
    return status;
}
