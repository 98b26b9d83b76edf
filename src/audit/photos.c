/* References as photos: what stands out there is suspicious whatever its patches say. */
#include <purebank/audit.h>

#include <inttypes.h>

#include "base/memory.h"
#include "io/features.h"

/* By limits from the photos alone. */
static pb_status flag_unusable(pb_audit *audit, const pb_photo *photos, int64_t n, pb_guard_verdict *verdicts)
{
    pb_guard guard;
    PB_TRY(pb_guard_fit(photos, n, PB_DEFAULT_GUARD_RATE, &guard, verdicts));
    for (int64_t i = 0; i < n; i++)
        if (!verdicts[i].usable)
            PB_TRY(pb_audit_flag(audit, i, verdicts[i].reason));
    return PB_STATUS_OK;
}

/* By the limits of a bank of all of them, which know of patch scores, too: these go into the photos. */
static pb_status note_oddities(pb_audit *audit, pb_references *references, pb_photo *photos, pb_guard_verdict *verdicts)
{
    const pb_features *features = pb_references_features(references);
    const int64_t n = pb_features_n_images(features), n_patches = pb_features_n_patches(features);
    const int64_t n_own = pb_features_n_own_patches(features); /* parts have no altered copies */
    const double *scores;
    pb_guard guard;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &scores));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_photo_add_patch_scores(scores + i * n_patches, n_own, &photos[i]));
    PB_TRY(pb_guard_fit(photos, n, PB_DEFAULT_GUARD_RATE, &guard, verdicts));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_audit_note(audit, i, verdicts[i].stands_out));
    return PB_STATUS_OK;
}

pb_status pb_audit_photos(pb_audit *audit, pb_references *references, const pb_photo *photos)
{
    const int64_t n = pb_audit_n_images(audit);
    pb_photo *scored = NULL;
    pb_guard_verdict *verdicts = NULL;
    pb_status status;
    if (pb_features_n_images(pb_references_features(references)) != n)
        return pb_fail(PB_STATUS_MISMATCH, "an audit of %" PRId64 " images, and %" PRId64 " references", n,
                       pb_features_n_images(pb_references_features(references)));
    PB_TRY_GOTO(PB_NEW(scored, n));
    PB_TRY_GOTO(PB_NEW(verdicts, n));
    PB_TRY_GOTO(flag_unusable(audit, photos, n, verdicts));
    for (int64_t i = 0; i < n; i++)
        scored[i] = photos[i];
    PB_TRY_GOTO(note_oddities(audit, references, scored, verdicts));
done:
    pb_free(scored);
    pb_free(verdicts);
    return status;
}
