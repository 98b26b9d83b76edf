#include "experiment/banks.h"

#include <string.h>

#include "base/memory.h"
#include "score/score.h"

static int64_t set_patches(const pb_block *block, int64_t set)
{
    return block->set[set].n_images * block->category->n_patches;
}

pb_status pb_banks_add(pb_study_banks *banks, const pb_block *block, int64_t set, int64_t k, pb_patch_mask *mask,
                       int64_t *out)
{
    for (int64_t b = 0; b < banks->n; b++) {
        const pb_study_bank *bank = &banks->bank[b];
        if (bank->set == set && bank->k == k && memcmp(bank->keep, mask->keep, (size_t)set_patches(block, set)) == 0) {
            pb_patch_mask_free(mask);
            *out = b;
            return PB_STATUS_OK;
        }
    }
    PB_TRY(PB_RESERVE(banks->bank, banks->n + 1, banks->capacity));
    banks->bank[banks->n] =
        (pb_study_bank){.set = set, .k = k, .keep = mask->keep, .n_kept = pb_patch_mask_count(mask)};
    mask->keep = NULL;
    *out = banks->n++;
    return PB_STATUS_OK;
}

void pb_banks_free(pb_study_banks *banks)
{
    for (int64_t b = 0; b < banks->n; b++) {
        pb_free(banks->bank[b].keep);
        pb_free(banks->bank[b].image_scores);
        pb_free(banks->bank[b].patch_scores);
    }
    pb_free(banks->bank);
    *banks = (pb_study_banks){0};
}

void pb_study_bank_gather(const pb_block *block, const pb_study_bank *bank, float *rows)
{
    const pb_reference_set *set = &block->set[bank->set];
    const int64_t n_patches = block->category->n_patches, dim = block->category->dim;
    for (int64_t i = 0; i < set->n_images; i++) {
        const float *image = pb_block_image(block, set->image[i]);
        for (int64_t p = 0; p < n_patches; p++)
            if (bank->keep[i * n_patches + p]) {
                memcpy(rows, image + p * dim, (size_t)dim * sizeof *rows);
                rows += dim;
            }
    }
}

pb_status pb_study_bank_open(const pb_block *block, const pb_study_bank *bank, pb_open_bank *out)
{
    const int64_t dim = block->category->dim;
    int64_t n;
    pb_open_bank opened = {0};
    PB_TRY(pb_size_multiply(bank->n_kept, dim, "patches of a bank", &n));
    PB_TRY(PB_NEW_UNINITIALISED(opened.rows, n));
    pb_study_bank_gather(block, bank, opened.rows);
    const pb_status status = pb_index_new(opened.rows, bank->n_kept, dim, PB_METRIC_EUCLIDEAN, &opened.index);
    if (status == PB_STATUS_OK)
        *out = opened;
    else
        pb_free(opened.rows);
    return status;
}

void pb_study_bank_close(pb_open_bank *opened)
{
    pb_index_free(opened->index);
    pb_free(opened->rows);
    *opened = (pb_open_bank){0};
}

pb_status pb_study_bank_score_images(const pb_block *block, pb_study_bank *bank)
{
    const int64_t n_patches = block->category->n_patches;
    for (int64_t i = 0; i < block->split.n_test; i++)
        PB_TRY(pb_image_score_of(PB_IMAGE_SCORE_P95, bank->patch_scores + i * n_patches, n_patches,
                                 &bank->image_scores[i]));
    return PB_STATUS_OK;
}
