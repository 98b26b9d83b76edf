/* New parts against the bank. */
#include "bank/bank.h"

#include <inttypes.h>
#include <string.h>

#include "bank/rest.h"
#include "bank/search.h"
#include "bank/soon.h"
#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "score/score.h"

enum { IMAGES_AT_A_TIME = 16 }; /* bounds the memory of the distance lists, whatever the number of images */

pb_status pb_bank_index(const pb_bank *bank, const pb_index **out)
{
    pb_bank_search *search = bank->search;
    pb_status status = PB_STATUS_OK;
    pthread_mutex_lock(&search->lock);
    if (!search->index)
        status = pb_bank_soon_index(bank, &search->index);
    if (status == PB_STATUS_OK && !search->index)
        status = pb_index_new(bank->rows, bank->n_rows, bank->dim, PB_METRIC_EUCLIDEAN, &search->index);
    *out = search->index;
    pthread_mutex_unlock(&search->lock);
    return status;
}

static pb_status score_by(const pb_bank *bank, const pb_index *index, const pb_features *features, double *patch_scores,
                          double *image_scores)
{
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

pb_status pb_bank_score(const pb_bank *bank, const pb_features *features, double *patch_scores, double *image_scores)
{
    const pb_index *index;
    PB_TRY(pb_origin_match(&bank->origin, "the bank", &features->origin, "the part"));
    PB_TRY(pb_bank_index(bank, &index));
    return score_by(bank, index, features, patch_scores, image_scores);
}

/* ---- without a reference ------------------------------------------------------------------------------------------ */

pb_status pb_bank_rest_new(const pb_bank *bank, int64_t reference, pb_bank_rest *out)
{
    int64_t n = 0;
    *out = (pb_bank_rest){0};
    for (int64_t row = 0; row < bank->n_rows; row++)
        n += bank->image_of_row[row] != reference;
    if (n < bank->k)
        return pb_fail(PB_STATUS_BAD_SHAPE, "without %s only %" PRId64 " patches are left, fewer than K = %" PRId64,
                       bank->references[reference].path, n, bank->k);
    PB_TRY(PB_NEW_PRODUCT(out->rows, n, bank->dim));
    int64_t to = 0;
    for (int64_t row = 0; row < bank->n_rows; row++)
        if (bank->image_of_row[row] != reference)
            memcpy(out->rows + to++ * bank->dim, bank->rows + row * bank->dim, (size_t)bank->dim * sizeof *out->rows);
    const pb_status status = pb_index_new(out->rows, n, bank->dim, PB_METRIC_EUCLIDEAN, &out->index);
    if (status != PB_STATUS_OK)
        pb_bank_rest_free(out);
    return status;
}

pb_status pb_bank_rest_score(const pb_bank *bank, const pb_bank_rest *rest, const pb_features *features,
                             double *patch_scores, double *image_scores)
{
    PB_TRY(pb_origin_match(&bank->origin, "the bank", &features->origin, "the part"));
    return score_by(bank, rest->index, features, patch_scores, image_scores);
}

void pb_bank_rest_free(pb_bank_rest *rest)
{
    pb_index_free(rest->index);
    pb_free(rest->rows);
    *rest = (pb_bank_rest){0};
}

/* ---- verdicts ----------------------------------------------------------------------------------------------------- */

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
