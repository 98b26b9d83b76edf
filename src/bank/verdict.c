/* What scores and photos amount to. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bank/bank.h"
#include "base/memory.h"
#include "guard/copies.h"
#include "score/score.h"

/* A region of interest lies elsewhere on a photo of another shape. */
static bool is_of_other_shape(const pb_roi *roi, const pb_photo *photo, pb_guard_verdict *out)
{
    if (!roi || photo->width == 0 || pb_roi_fits(roi, photo->width, photo->height))
        return false;
    *out = (pb_guard_verdict){.no_part = true, .measure = PB_GUARD_SIZE, .excess = HUGE_VAL};
    snprintf(out->reason, sizeof out->reason,
             "%d x %d pixels: not of the shape of the region of interest's mask, %d x %d", (int)photo->width,
             (int)photo->height, (int)pb_roi_mask_width(roi), (int)pb_roi_mask_height(roi));
    return true;
}

/* At a resolution that was taken from the references, a photo of another size would be seen at another scale. */
static bool is_of_other_size(const pb_origin *origin, const pb_photo *photo, pb_guard_verdict *out)
{
    if (origin->photo_width == 0 || photo->width == 0 ||
        (photo->width == origin->photo_width && photo->height == origin->photo_height))
        return false;
    *out = (pb_guard_verdict){.no_part = true, .measure = PB_GUARD_SIZE, .excess = HUGE_VAL};
    snprintf(out->reason, sizeof out->reason, "%d x %d pixels, where the references have %d x %d", (int)photo->width,
             (int)photo->height, (int)origin->photo_width, (int)origin->photo_height);
    return true;
}

static pb_status add_patch_scores(const pb_bank *bank, const double *patch_scores, int64_t n_patches, pb_photo *photo)
{
    double *inside;
    if (!bank->roi)
        return pb_photo_add_patch_scores(patch_scores, n_patches, photo);
    PB_TRY(PB_NEW(inside, bank->roi->n_inside));
    pb_roi_gather(bank->roi, patch_scores, sizeof *inside, inside);
    const pb_status status = pb_photo_add_patch_scores(inside, bank->roi->n_inside, photo);
    pb_free(inside);
    return status;
}

/* Measured alike to the last bit: the very photo of a reference in the bank. */
static bool is_photo_of(const pb_photo *reference, const pb_photo *photo)
{
    if (photo->width != reference->width || photo->height != reference->height || isnan(photo->value[0]))
        return false;
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++)
        if (m != PB_GUARD_LAYOUT && m != PB_GUARD_TYPICAL && m != PB_GUARD_SPREAD &&
            memcmp(&photo->value[m], &reference->value[m], sizeof *photo->value) != 0)
            return false;
    return memcmp(photo->thumbnail, reference->thumbnail, sizeof photo->thumbnail) == 0;
}

/* A reference finds its own patches in the bank: that it lies closer to it than any part can says nothing about the picture. */
static void judge(const pb_bank *bank, const pb_photo *photo, pb_guard_verdict *out)
{
    pb_photo known = *photo;
    for (int64_t i = 0; bank->left_out.photos && i < bank->n_references; i++)
        if (bank->references[i].decision == PB_DECISION_KEEP && is_photo_of(&bank->left_out.photos[i], photo))
            known.value[PB_GUARD_TYPICAL] = known.value[PB_GUARD_SPREAD] = (double)NAN;
    pb_guard_judge_as_copies(&bank->guard, &bank->augment, &known, out);
}

pb_status pb_bank_judge_photos(const pb_bank *bank, pb_photo *photos, const double *patch_scores, int64_t n,
                               pb_guard_verdict *out)
{
    const int64_t n_patches = (int64_t)bank->origin.grid_height * bank->origin.grid_width;
    for (int64_t i = 0; i < n; i++) {
        pb_photo unknown = {0}, *photo = photos ? &photos[i] : &unknown;
        out[i] = (pb_guard_verdict){.usable = true};
        if (photos && (is_of_other_size(&bank->origin, photo, &out[i]) || is_of_other_shape(bank->roi, photo, &out[i])))
            continue;
        if (!bank->has_guard)
            continue;
        if (!photos)
            pb_photo_unknown(&unknown);
        if (patch_scores)
            PB_TRY(add_patch_scores(bank, patch_scores + i * n_patches, n_patches, photo));
        judge(bank, photo, &out[i]);
    }
    return PB_STATUS_OK;
}

pb_verdict pb_bank_verdict(const pb_bank *bank, double image_score, const pb_guard_verdict *photo)
{
    if (photo && photo->no_part)
        return PB_VERDICT_UNUSABLE;
    if (pb_score_fails(image_score, bank->threshold.value))
        return PB_VERDICT_FAIL;
    return photo && !photo->usable ? PB_VERDICT_UNUSABLE : PB_VERDICT_PASS;
}

const char *pb_verdict_name(pb_verdict verdict)
{
    static const char *const names[] = {"pass", "fail", "unusable"};
    return verdict >= PB_VERDICT_PASS && verdict <= PB_VERDICT_UNUSABLE ? names[verdict] : "unknown";
}
