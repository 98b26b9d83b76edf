#include "experiment/bank_scores.h"

#include <inttypes.h>

#include "base/memory.h"
#include "base/product.h"
#include "experiment/one_pass.h"
#include "score/score.h"

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
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(bank->patch_scores, block->split.n_test, n_patches));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(distances, n_patches, bank->k));
    PB_TRY_GOTO(pb_study_bank_open(block, bank, &opened));
    PB_TRY_GOTO(search_images(block, &opened, bank, distances));
    status = pb_study_bank_score_images(block, bank);
done:
    pb_study_bank_close(&opened);
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
