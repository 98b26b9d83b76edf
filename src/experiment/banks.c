/* Banks of a block, and the straightforward way to their scores. */
#include "experiment/banks.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "experiment/score.h"
#include "io/features.h"
#include "score/score.h"

static int64_t set_patches(const pb_block *block, int64_t set)
{
    return block->set[set].n_images * block->category->n_patches;
}

static pb_status make_room(pb_study_banks *banks)
{
    if (banks->n < banks->capacity)
        return PB_STATUS_OK;
    const int64_t capacity = banks->capacity ? 2 * banks->capacity : 64;
    pb_study_bank *larger = pb_realloc(banks->bank, (size_t)capacity, sizeof *larger);
    if (!larger)
        return PB_STATUS_NO_MEMORY;
    banks->bank = larger;
    banks->capacity = capacity;
    return PB_STATUS_OK;
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
    PB_TRY(make_room(banks));
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

void pb_bank_gather(const pb_block *block, const pb_study_bank *bank, float *rows)
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

pb_status pb_bank_open(const pb_block *block, const pb_study_bank *bank, pb_open_bank *out)
{
    const int64_t dim = block->category->dim;
    int64_t n;
    pb_open_bank opened = {0};
    PB_TRY(pb_size_multiply(bank->n_kept, dim, "patches of a bank", &n));
    PB_TRY(PB_NEW_UNINITIALISED(opened.rows, n));
    pb_bank_gather(block, bank, opened.rows);
    const pb_status status = pb_index_new(opened.rows, bank->n_kept, dim, PB_METRIC_EUCLIDEAN, &opened.index);
    if (status == PB_STATUS_OK)
        *out = opened;
    else
        pb_free(opened.rows);
    return status;
}

void pb_bank_close(pb_open_bank *opened)
{
    pb_index_free(opened->index);
    pb_free(opened->rows);
    *opened = (pb_open_bank){0};
}

pb_status pb_bank_score_images(const pb_block *block, pb_study_bank *bank)
{
    const int64_t n_patches = block->category->n_patches;
    for (int64_t i = 0; i < block->split.n_test; i++)
        PB_TRY(pb_image_score_of(PB_IMAGE_SCORE_P95, bank->patch_scores + i * n_patches, n_patches,
                                 &bank->image_scores[i]));
    return PB_STATUS_OK;
}

static pb_status search_images(const pb_block *block, const pb_open_bank *opened, pb_study_bank *bank,
                               double *distances)
{
    const pb_features *test = block->category->test;
    const int64_t n_patches = test->n_patches;
    for (int64_t i = 0; i < block->split.n_test; i++) {
        const int64_t image = block->split.test[i];
        PB_TRY(pb_index_search(opened->index, test->data + image * n_patches * test->dim, n_patches, bank->k, distances,
                               NULL));
        pb_patch_scores(distances, n_patches, bank->k, bank->patch_scores + i * n_patches);
    }
    return PB_STATUS_OK;
}

static pb_status score_alone(const pb_block *block, pb_study_bank *bank)
{
    const int64_t n_patches = block->category->n_patches;
    double *distances = NULL;
    pb_open_bank opened = {0};
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(bank->patch_scores, block->split.n_test * n_patches));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(distances, n_patches * bank->k));
    PB_TRY_GOTO(pb_bank_open(block, bank, &opened));
    PB_TRY_GOTO(search_images(block, &opened, bank, distances));
    status = pb_bank_score_images(block, bank);
done:
    pb_bank_close(&opened);
    pb_free(distances);
    return status;
}

static pb_status check_bank(const pb_study_bank *bank)
{
    if (bank->n_kept >= bank->k)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_SHAPE, "a bank of %" PRId64 " patches is left: fewer than its %" PRId64 " neighbours",
                   bank->n_kept, bank->k);
}

pb_status pb_banks_score(const pb_block *block, const pb_shared_images *shared, const pb_scoring *scoring,
                         pb_study_banks *banks)
{
    for (int64_t b = 0; b < banks->n; b++) {
        PB_TRY(check_bank(&banks->bank[b]));
        PB_TRY(PB_NEW(banks->bank[b].image_scores, block->split.n_test));
    }
    if (!scoring->one_by_one)
        return pb_banks_score_together(block, shared, scoring, banks);
    for (int64_t b = 0; b < banks->n; b++) {
        PB_TRY(score_alone(block, &banks->bank[b]));
        if (!scoring->keep_patches) {
            pb_free(banks->bank[b].patch_scores);
            banks->bank[b].patch_scores = NULL;
        }
        PB_TRY(pb_progress_report(&scoring->progress, b + 1, banks->n));
    }
    return PB_STATUS_OK;
}
