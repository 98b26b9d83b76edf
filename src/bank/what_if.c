/* Two banks, and what they say of the same parts. */
#include <purebank/mend.h>

#include <inttypes.h>
#include <string.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"

/* One bank's view. */
typedef struct view {
    double *patch_scores, *image_scores;
    pb_photo *photos;
    pb_guard_verdict *guarded;
} view;

static void free_view(view *v)
{
    pb_free(v->patch_scores);
    pb_free(v->image_scores);
    pb_free(v->photos);
    pb_free(v->guarded);
}

static pb_status look(const pb_bank *bank, const pb_features *features, const pb_photo *photos, view *out)
{
    const int64_t n = features->n_images;
    PB_TRY(PB_NEW_PRODUCT(out->patch_scores, n, features->n_patches));
    PB_TRY(PB_NEW(out->image_scores, n));
    PB_TRY(PB_NEW(out->guarded, n));
    if (photos) {
        PB_TRY(PB_NEW(out->photos, n));
        memcpy(out->photos, photos, (size_t)n * sizeof *photos);
    }
    PB_TRY(pb_bank_score(bank, features, out->patch_scores, out->image_scores));
    return pb_bank_judge_photos(bank, out->photos, out->patch_scores, n, out->guarded);
}

pb_status pb_bank_what_if(const pb_bank *old, const pb_bank *changed, const pb_features *features,
                          const pb_photo *photos, pb_verdict_change *out)
{
    view before = {0}, after = {0};
    pb_status status;
    PB_TRY_GOTO(look(old, features, photos, &before));
    PB_TRY_GOTO(look(changed, features, photos, &after));
    for (int64_t i = 0; i < features->n_images; i++)
        out[i] = (pb_verdict_change){before.image_scores[i], after.image_scores[i],
                                     pb_bank_verdict(old, before.image_scores[i], &before.guarded[i]),
                                     pb_bank_verdict(changed, after.image_scores[i], &after.guarded[i])};
done:
    free_view(&before);
    free_view(&after);
    return status;
}

/* ---- what the old bank knew --------------------------------------------------------------------------------------- */

pb_status pb_mend_recalibrate(const pb_bank *old, const pb_features *features, const int64_t *known, pb_bank *changed)
{
    const int64_t n = features->n_images;
    view v = {0};
    pb_known_part *parts = NULL;
    int64_t n_parts = 0;
    pb_status status;
    for (int64_t i = 0; i < n; i++)
        PB_CHECK_ARG(known[i] >= 0 && known[i] < old->n_known,
                     "there is no part %" PRId64 " among the %" PRId64 " that the bank knows", known[i], old->n_known);
    PB_TRY_GOTO(PB_NEW(parts, n + 1));
    PB_TRY_GOTO(look(changed, features, NULL, &v));
    for (int64_t i = 0; i < n; i++) {
        const pb_known_part *part = &old->known[known[i]];
        if (pb_bank_find_reference(changed, part->path, part->sha256) >= 0)
            continue;
        parts[n_parts] = *part;
        parts[n_parts].unusable = false; /* by the old limits, if it was */
        parts[n_parts++].score = v.image_scores[i];
    }
    PB_TRY_GOTO(pb_bank_calibrate(changed, parts, n_parts, old->threshold.false_alarm_rate));
done:
    free_view(&v);
    pb_free(parts); /* their paths are the old bank's */
    return status;
}
