/* New parts against the bank. */
#include "bank/bank.h"

#include <stdio.h>

#include "bank/search.h"
#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "score/score.h"

enum { IMAGES_AT_A_TIME = 16 }; /* bounds the memory of the distance lists, whatever the number of images */

static pb_status score_images(const pb_bank *bank, const pb_index *index, const pb_features *features,
                              double *patch_scores, double *image_scores)
{
    const int64_t n_patches = features->n_patches, k = bank->k;
    double *distances;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(distances, features->n_images, n_patches, k));
    pb_status status = pb_index_search(index, features->data, features->n_images * n_patches, k, distances, NULL);
    if (status == PB_STATUS_OK)
        pb_patch_scores(distances, features->n_images * n_patches, k, patch_scores);
    for (int64_t i = 0; status == PB_STATUS_OK && i < features->n_images; i++)
        status = pb_image_score_of(bank->image_score, patch_scores + i * n_patches, n_patches, &image_scores[i]);
    pb_free(distances);
    return status;
}

/* By the patches inside alone, as if there were no others. */
static pb_status score_region(const pb_bank *bank, const pb_index *index, const pb_features *features,
                              double *patch_scores, double *image_scores)
{
    const pb_roi *roi = bank->roi;
    pb_features *cut = NULL;
    double *scores = NULL;
    pb_status status;
    PB_TRY_GOTO(pb_features_cut(features, roi, &cut));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(scores, cut->n_images, cut->n_patches));
    PB_TRY_GOTO(score_images(bank, index, cut, scores, image_scores));
    for (int64_t i = 0; i < cut->n_images; i++)
        pb_roi_scatter(roi, scores + i * cut->n_patches, sizeof *scores, patch_scores + i * features->n_patches);
done:
    pb_features_free(cut);
    pb_free(scores);
    return status;
}

pb_status pb_bank_score_by(const pb_bank *bank, const pb_index *index, const pb_features *features,
                           double *patch_scores, double *image_scores)
{
    for (int64_t first = 0; first < features->n_images; first += IMAGES_AT_A_TIME) {
        const int64_t left = features->n_images - first;
        pb_features some;
        pb_features_view_like(features, pb_features_image_at(features, first),
                              left < IMAGES_AT_A_TIME ? left : IMAGES_AT_A_TIME, &some);
        PB_TRY((bank->roi ? score_region : score_images)(bank, index, &some, patch_scores + first * features->n_patches,
                                                         image_scores + first));
    }
    return PB_STATUS_OK;
}

static pb_status check_whole(const pb_features *features, const char *name)
{
    if (!features->roi)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_MISMATCH,
                   "the features of %s are of the region of interest %s alone: give those of the whole photo", name,
                   features->roi->name);
}

pb_status pb_bank_check_part(const pb_bank *bank, const pb_features *features, const char *name)
{
    PB_TRY(pb_origin_match(&bank->origin, "the bank", &features->origin, name));
    PB_TRY(check_whole(features, name));
    if (!pb_augment_is_any(&features->augment))
        return PB_STATUS_OK;
    char text[PB_AUGMENT_TEXT];
    pb_augment_text(&features->augment, text, sizeof text);
    return pb_fail(PB_STATUS_MISMATCH, "the features of %s are of its copies (%s), too: give those of the photo alone",
                   name, text);
}

static void words_of(const pb_augment *augment, char out[PB_AUGMENT_TEXT])
{
    pb_augment_text(augment, out, PB_AUGMENT_TEXT);
    if (!*out)
        snprintf(out, PB_AUGMENT_TEXT, "none");
}

pb_status pb_bank_check_reference(const pb_bank *bank, const pb_features *features, const char *name)
{
    char given[PB_AUGMENT_TEXT], own[PB_AUGMENT_TEXT];
    PB_TRY(pb_origin_match(&bank->origin, "the bank", &features->origin, name));
    PB_TRY(check_whole(features, name));
    if (pb_augment_same(&features->augment, &bank->augment))
        return PB_STATUS_OK;
    words_of(&features->augment, given);
    words_of(&bank->augment, own);
    return pb_fail(PB_STATUS_MISMATCH, "the features of %s have other copies than the bank's references: %s, not %s",
                   name, given, own);
}

pb_status pb_bank_score(const pb_bank *bank, const pb_features *features, double *patch_scores, double *image_scores)
{
    const pb_index *index;
    PB_TRY(pb_bank_check_part(bank, features, "the part"));
    PB_TRY(pb_bank_index(bank, &index));
    return pb_bank_score_by(bank, index, features, patch_scores, image_scores);
}
