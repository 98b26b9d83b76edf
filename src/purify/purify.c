/* The table of purification methods. A new method: write pb_purify_<name>() in a file of its own, declare it in
 * methods.h, add its row here. */
#include <purebank/purify.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/features.h"
#include "purify/methods.h"

static const pb_purify_method methods[] = {
    {"none", "keep every patch", pb_purify_none, PB_NEEDS_NOTHING},
    {"loo_patch", "remove patches far from all other images", pb_purify_loo_patch, PB_NEEDS_NOTHING},
    {"cosine_loo", "remove patches far from all other images by cosine distance", pb_purify_cosine_loo,
     PB_NEEDS_COSINE},
    {"mahalanobis_patch", "remove patches far from the mean patch, in units of the spread", pb_purify_mahalanobis_patch,
     PB_NEEDS_SPREAD},
    {"ensemble_loo_mahal", "remove patches by loo_patch and mahalanobis_patch in equal parts",
     pb_purify_ensemble_loo_mahal, PB_NEEDS_SPREAD},
    {"random_patch", "remove the same share of patches at random: what a method must beat", pb_purify_random_patch,
     PB_NEEDS_NOTHING},
    {"oracle_patch", "remove the images known to be bad: what no method can beat", pb_purify_oracle_patch,
     PB_NEEDS_TRUTH},
    {"lof_patch", "remove patches in thinner surroundings than their neighbours (local outlier factor)",
     pb_purify_lof_patch, PB_NEEDS_AROUND},
    {"pca_patch", "remove patches that the principal components explain worst", pb_purify_pca_patch, PB_NEEDS_SPREAD},
    {"isolation_forest_patch", "remove patches that random splits isolate soonest", pb_purify_isolation_forest_patch,
     PB_NEEDS_NOTHING},
    {"iterative_loo", "loo_patch in three rounds, each among what is left", pb_purify_iterative_loo, PB_NEEDS_NOTHING},
    {"image_level_loo", "remove the expected share of bad images, those farthest from the others",
     pb_purify_image_level_loo, PB_NEEDS_SHARE},
    {"global_iforest", "remove the expected share of bad images by an isolation forest on their mean patches",
     pb_purify_global_iforest, PB_NEEDS_SHARE},
    {"adaptive_loo_patch", "loo_patch, but only if the image scores are skewed", pb_purify_adaptive_loo_patch,
     PB_NEEDS_NOTHING},
    {"grubbs_adaptive_loo", "loo_patch, but only if Grubbs' test finds an image that stands out",
     pb_purify_grubbs_adaptive_loo, PB_NEEDS_NOTHING},
    {"gmm_adaptive_loo", "loo_patch, but only if the image scores fall into two groups", pb_purify_gmm_adaptive_loo,
     PB_NEEDS_NOTHING},
    {"mad_adaptive_loo", "loo_patch, but only if an image score is far above the median", pb_purify_mad_adaptive_loo,
     PB_NEEDS_NOTHING},
};

enum { N_METHODS = sizeof methods / sizeof *methods };

pb_status pb_purify_none(pb_references *references, const pb_purify_options *options, pb_mask *mask)
{
    (void)references;
    (void)options;
    (void)mask;
    return PB_STATUS_OK;
}

const pb_purify_method *pb_purify_methods(int64_t *out_n)
{
    *out_n = N_METHODS;
    return methods;
}

pb_status pb_purify_method_find(const char *name, const pb_purify_method **out)
{
    char known[512] = "";
    for (int i = 0; i < N_METHODS; i++) {
        if (strcmp(methods[i].name, name) == 0) {
            *out = &methods[i];
            return PB_STATUS_OK;
        }
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", methods[i].name);
    }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no purification method \"%s\"; there are %s", name, known);
}

static pb_status check_options(const pb_purify_options *options)
{
    PB_CHECK_ARG(options->percentile >= 0 && options->percentile <= 100,
                 "the percentile must be between 0 and 100, not %g", options->percentile);
    PB_CHECK_ARG(options->contamination >= 0 && options->contamination <= 1,
                 "the expected share of bad images must be between 0 and 1, not %g", options->contamination);
    PB_CHECK_ARG(options->seed >= 0 && options->seed <= PB_SEED_MAX,
                 "a seed must be between 0 and %" PRId64 ", not %" PRId64, PB_SEED_MAX, options->seed);
    return PB_STATUS_OK;
}

pb_status pb_purify(pb_references *references, const char *name, const pb_purify_options *options, pb_mask *out)
{
    const pb_purify_method *method = NULL;
    const pb_features *features = pb_references_features(references);
    pb_mask mask;
    PB_TRY(pb_purify_method_find(name, &method));
    PB_TRY(check_options(options));
    PB_TRY(pb_mask_new(features->n_images, features->n_patches, &mask));
    const pb_status status = method->run(references, options, &mask);
    if (status == PB_STATUS_OK)
        *out = mask;
    else
        pb_mask_free(&mask);
    return status;
}
