/* New parts against the bank. */
#include "bank/bank.h"

#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "score/score.h"

enum { IMAGES_AT_A_TIME = 16 }; /* bounds the memory of the distance lists, whatever the number of images */

/* Whoever comes first makes it, and the others wait for it. */
static pb_status get_index(const pb_bank *bank, const pb_index **out)
{
    pb_bank_search *search = bank->search;
    pb_status status = PB_STATUS_OK;
    pthread_mutex_lock(&search->lock);
    if (!search->index)
        status = pb_index_new(bank->rows, bank->n_rows, bank->dim, PB_METRIC_EUCLIDEAN, &search->index);
    *out = search->index;
    pthread_mutex_unlock(&search->lock);
    return status;
}

pb_status pb_bank_score(const pb_bank *bank, const pb_features *features, double *patch_scores, double *image_scores)
{
    PB_TRY(pb_origin_match(&bank->origin, "the bank", &features->origin, "the part"));
    const pb_index *index;
    PB_TRY(get_index(bank, &index));
    const int64_t n_patches = features->n_patches, k = bank->k;
    double *distances;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(distances, IMAGES_AT_A_TIME, n_patches, k));
    pb_status status = PB_STATUS_OK;
    for (int64_t first = 0; first < features->n_images && status == PB_STATUS_OK; first += IMAGES_AT_A_TIME) {
        const int64_t left = features->n_images - first;
        const int64_t n = left < IMAGES_AT_A_TIME ? left : IMAGES_AT_A_TIME;
        const float *rows = features->data + first * n_patches * features->dim;
        double *scores = patch_scores + first * n_patches;
        PB_TRY_GOTO(pb_index_search(index, rows, n * n_patches, k, distances, NULL));
        pb_patch_scores(distances, n * n_patches, k, scores);
        for (int64_t i = 0; i < n; i++)
            PB_TRY_GOTO(
                pb_image_score_of(bank->image_score, scores + i * n_patches, n_patches, &image_scores[first + i]));
    }
done:
    pb_free(distances);
    return status;
}

pb_status pb_bank_judge_photos(const pb_bank *bank, pb_photo *photos, const double *patch_scores, int64_t n,
                               pb_guard_verdict *out)
{
    const pb_guard *guard = pb_bank_guard(bank);
    const int64_t n_patches = (int64_t)bank->origin.grid_height * bank->origin.grid_width;
    for (int64_t i = 0; i < n; i++) {
        pb_photo unknown = {0}, *photo = photos ? &photos[i] : &unknown;
        out[i] = (pb_guard_verdict){.usable = true};
        if (!guard)
            continue;
        if (!photos)
            pb_photo_unknown(&unknown);
        PB_TRY(pb_photo_add_patch_scores(patch_scores + i * n_patches, n_patches, photo));
        pb_guard_judge(guard, photo, &out[i]);
    }
    return PB_STATUS_OK;
}

pb_verdict pb_bank_verdict(const pb_bank *bank, double image_score, const pb_guard_verdict *photo)
{
    if (photo && photo->no_part)
        return PB_VERDICT_UNUSABLE;
    if (image_score > bank->threshold.value)
        return PB_VERDICT_FAIL;
    return photo && !photo->usable ? PB_VERDICT_UNUSABLE : PB_VERDICT_PASS;
}

const char *pb_verdict_name(pb_verdict verdict)
{
    static const char *const names[] = {"pass", "fail", "unusable"};
    return verdict >= PB_VERDICT_PASS && verdict <= PB_VERDICT_UNUSABLE ? names[verdict] : "unknown";
}
