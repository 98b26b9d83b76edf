#include "audit/photos.h"

#include <inttypes.h>

#include "base/memory.h"
#include "guard/copies.h"
#include "io/augment.h"
#include "io/features.h"

pb_status pb_photos_flag(const pb_photo *photos, int64_t n, const pb_augment *augment, double rate, pb_audit *audit,
                         pb_guard *out, pb_guard_verdict *verdicts)
{
    PB_TRY(pb_guard_fit(photos, n, rate, out, verdicts));
    for (int64_t i = 0; i < n; i++)
        if (!verdicts[i].usable && pb_augment_is_any(augment))
            pb_guard_judge_as_copies(out, augment, &photos[i], &verdicts[i]);
    for (int64_t i = 0; audit && i < n; i++)
        if (!verdicts[i].usable)
            PB_TRY(pb_audit_flag(audit, i, verdicts[i].reason));
    return PB_STATUS_OK;
}

pb_status pb_photos_note(const pb_photo *photos, const pb_scored_photo *scored, int64_t n, double rate, pb_audit *audit,
                         pb_guard *out, pb_guard_verdict *verdicts)
{
    pb_photo *known = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW(known, n));
    for (int64_t i = 0; i < n; i++) {
        known[i] = photos[scored[i].image];
        PB_TRY_GOTO(pb_photo_add_patch_scores(scored[i].scores, scored[i].n_scores, &known[i]));
    }
    PB_TRY_GOTO(pb_guard_fit(known, n, rate, out, verdicts));
    for (int64_t i = 0; audit && i < n; i++)
        PB_TRY_GOTO(pb_audit_note(audit, scored[i].image, verdicts[i].stands_out));
done:
    pb_free(known);
    return status;
}

/* By the limits of a bank of all of them. */
static pb_status note_oddities(pb_audit *audit, pb_references *references, const pb_photo *photos, pb_scored_photo *all,
                               pb_guard_verdict *verdicts)
{
    const pb_features *features = pb_references_features(references);
    const double *scores;
    pb_guard guard;
    PB_TRY(pb_references_loo_scores(references, PB_METRIC_EUCLIDEAN, &scores));
    for (int64_t i = 0; i < features->n_images; i++)
        all[i] = (pb_scored_photo){i, scores + i * features->n_patches, pb_features_n_own(features)};
    return pb_photos_note(photos, all, features->n_images, PB_DEFAULT_GUARD_RATE, audit, &guard, verdicts);
}

pb_status pb_audit_photos(pb_audit *audit, pb_references *references, const pb_photo *photos)
{
    const int64_t n = pb_audit_n_images(audit), n_references = pb_references_features(references)->n_images;
    pb_scored_photo *all = NULL;
    pb_guard_verdict *verdicts = NULL;
    pb_guard guard;
    pb_status status;
    if (n_references != n)
        return pb_fail(PB_STATUS_MISMATCH, "an audit of %" PRId64 " images, and %" PRId64 " references", n,
                       n_references);
    PB_TRY_GOTO(PB_NEW(all, n));
    PB_TRY_GOTO(PB_NEW(verdicts, n));
    PB_TRY_GOTO(pb_photos_flag(photos, n, &pb_references_features(references)->augment, PB_DEFAULT_GUARD_RATE, audit,
                               &guard, verdicts));
    PB_TRY_GOTO(note_oddities(audit, references, photos, all, verdicts));
done:
    pb_free(all);
    pb_free(verdicts);
    return status;
}
