/* All banks of a block from one pass. Every bank is a part of the block's images: for each test patch its nearest patches in
 * all images are found once, as a list in ascending order, and each bank takes the first k that are its own. The list holds
 * everything nearer than its last entry, so that these k are the bank's nearest: the distances are the same numbers, added
 * in the same order. Where ties stand in another order the sum is the same, since they are equal. Where a list holds fewer than
 * k of a bank's patches, the bank itself is searched. */
#include "experiment/one_pass.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "score/score.h"

enum { OPEN_AT_A_TIME = 4096 };

typedef struct pass {
    const pb_block *block;
    const pb_shared_images *shared;
    const pb_scoring *scoring;
    pb_index *index;     /* of all images */
    int64_t depth;       /* of a list */
    pb_study_bank *bank; /* those of this pass */
    uint8_t *own;        /* n_banks x patches of all images: which are the bank's */
    int64_t n_banks;
    float *queries;    /* of the images at hand */
    double *distances; /* a list for each of their patches */
    int64_t *indices;
    int64_t first; /* of the images at hand, in the order of the split */
} pass;

/* ---- The pass --------------------------------------------------------------------------------------------------- */

/* Score by the first k of the bank's patches; NaN where the list holds fewer. */
static double walk(const double *distances, const int64_t *indices, int64_t depth, const uint8_t *own, int64_t k)
{
    pb_patch_sum sum = {0};
    for (int64_t i = 0; i < depth; i++)
        if (own[indices[i]]) {
            pb_patch_sum_add(&sum, distances[i]);
            if (sum.n == k)
                return pb_patch_sum_mean(&sum);
        }
    return (double)NAN;
}

static pb_status walk_image(void *context, int64_t item, int worker)
{
    (void)worker;
    const pass *p = context;
    const int64_t n_patches = p->block->category->n_patches;
    for (int64_t b = 0; b < p->n_banks; b++) {
        const uint8_t *own = p->own + b * pb_block_patches(p->block);
        double *scores = p->bank[b].patch_scores + (p->first + item) * n_patches;
        for (int64_t q = 0; q < n_patches; q++) {
            const int64_t list = (item * n_patches + q) * p->depth;
            scores[q] = walk(p->distances + list, p->indices + list, p->depth, own, p->bank[b].k);
        }
    }
    return PB_STATUS_OK;
}

static pb_status walk_images(pass *p, int64_t n)
{
    const pb_features *test = p->block->category->test;
    const int64_t values = test->n_patches * test->dim;
    for (int64_t i = 0; i < n; i++) {
        const int64_t image = p->block->split.test[p->first + i];
        memcpy(p->queries + i * values, test->data + image * values, (size_t)values * sizeof *p->queries);
        pb_features_forget(test, image, 1);
    }
    PB_TRY(pb_index_search(p->index, p->queries, n * test->n_patches, p->depth, p->distances, p->indices));
    return pb_parallel_for(n, walk_image, p, NULL);
}

static void mark_own(const pass *p, int64_t b)
{
    const pb_study_bank *bank = &p->bank[b];
    const pb_reference_set *set = &p->block->set[bank->set];
    const int64_t n_patches = p->block->category->n_patches;
    uint8_t *own = p->own + b * pb_block_patches(p->block);
    for (int64_t i = 0; i < set->n_images; i++)
        memcpy(own + set->image[i] * n_patches, bank->keep + i * n_patches, (size_t)n_patches);
}

static pb_status walk_all(pass *p)
{
    const int64_t n_test = p->block->split.n_test, at_once = pb_images_at_a_time(p->block);
    const int64_t n_queries = at_once * p->block->category->n_patches;
    PB_TRY(PB_NEW_PRODUCT(p->own, p->n_banks, pb_block_patches(p->block)));
    for (int64_t b = 0; b < p->n_banks; b++)
        mark_own(p, b);
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(p->queries, n_queries, p->block->category->dim));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(p->distances, n_queries, p->depth));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(p->indices, n_queries, p->depth));
    for (p->first = 0; p->first < n_test; p->first += at_once) {
        PB_TRY(walk_images(p, n_test - p->first < at_once ? n_test - p->first : at_once));
        PB_TRY(pb_progress_report(&p->scoring->progress, p->first, n_test));
    }
    return PB_STATUS_OK;
}

static void pass_clear(pass *p)
{
    pb_free(p->own);
    pb_free(p->queries);
    pb_free(p->distances);
    pb_free(p->indices);
}

/* ---- Lists that ran out ----------------------------------------------------------------------------------------- */

/* Answers the open patches [first, end) of a list of their numbers. */
static pb_status search_open(const pass *p, const pb_open_bank *opened, pb_study_bank *bank, const int64_t *open,
                             int64_t n)
{
    const pb_features *test = p->block->category->test;
    const int64_t n_patches = test->n_patches, dim = test->dim;
    float *queries = NULL;
    double *distances = NULL, *scores = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(queries, n, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT_UNINITIALISED(distances, n, bank->k));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(scores, n));
    for (int64_t i = 0; i < n; i++) {
        const int64_t image = p->block->split.test[open[i] / n_patches], patch = open[i] % n_patches;
        memcpy(queries + i * dim, test->data + (image * n_patches + patch) * dim, (size_t)dim * sizeof *queries);
    }
    PB_TRY_GOTO(pb_index_search(opened->index, queries, n, bank->k, distances, NULL));
    pb_patch_scores(distances, n, bank->k, scores);
    for (int64_t i = 0; i < n; i++)
        bank->patch_scores[open[i]] = scores[i];
done:
    pb_free(queries);
    pb_free(distances);
    pb_free(scores);
    return status;
}

static pb_status answer_open(const pass *p, pb_study_bank *bank, const int64_t *open)
{
    pb_open_bank opened = {0};
    PB_TRY(pb_study_bank_open(p->block, bank, &opened));
    pb_status status = PB_STATUS_OK;
    for (int64_t at = 0; at < bank->n_open && status == PB_STATUS_OK; at += OPEN_AT_A_TIME) {
        const int64_t left = bank->n_open - at;
        status = search_open(p, &opened, bank, open + at, left < OPEN_AT_A_TIME ? left : OPEN_AT_A_TIME);
    }
    pb_study_bank_close(&opened);
    return status;
}

static pb_status finish_bank(const pass *p, pb_study_bank *bank)
{
    const int64_t n = p->block->split.n_test * p->block->category->n_patches;
    int64_t *open;
    for (int64_t i = 0; i < n; i++)
        bank->n_open += isnan(bank->patch_scores[i]);
    if (bank->n_open > 0) {
        PB_TRY(PB_NEW_UNINITIALISED(open, bank->n_open));
        for (int64_t i = 0, filled = 0; i < n; i++)
            if (isnan(bank->patch_scores[i]))
                open[filled++] = i;
        const pb_status status = answer_open(p, bank, open);
        pb_free(open);
        PB_TRY(status);
    }
    PB_TRY(pb_study_bank_score_images(p->block, bank));
    if (!p->scoring->keep_patches) {
        pb_free(bank->patch_scores);
        bank->patch_scores = NULL;
    }
    return PB_STATUS_OK;
}

/* ---- As many banks in a pass as memory holds -------------------------------------------------------------------- */

static pb_status run_pass(const pass *like, pb_study_bank *bank, int64_t n)
{
    pass p = *like;
    p.bank = bank;
    p.n_banks = n;
    for (int64_t b = 0; b < n; b++)
        PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(bank[b].patch_scores, p.block->split.n_test, p.block->category->n_patches));
    const pb_status status = walk_all(&p);
    pass_clear(&p);
    PB_TRY(status);
    for (int64_t b = 0; b < n; b++)
        PB_TRY(finish_bank(&p, &bank[b]));
    return PB_STATUS_OK;
}

static pb_status banks_of_a_pass(const pb_block *block, const pb_scoring *scoring, int64_t fixed, int64_t n_banks,
                                 int64_t *out)
{
    const int64_t n = (scoring->memory - fixed) / pb_scoring_memory_of_bank(block);
    if (n < 1 || (scoring->keep_patches && n < n_banks))
        return pb_suggest(
            pb_fail(PB_STATUS_LIMIT, "%" PRId64 " bytes of memory are too little: this block takes at least %" PRId64,
                    scoring->memory, fixed + (scoring->keep_patches ? n_banks : 1) * pb_scoring_memory_of_bank(block)),
            PB_HINT_MEMORY, NULL);
    *out = n < n_banks ? n : n_banks;
    return PB_STATUS_OK;
}

pb_status pb_banks_score_together(const pb_block *block, const pb_shared_images *shared, const pb_scoring *scoring,
                                  pb_study_banks *banks)
{
    pass p = {.block = block, .shared = shared, .scoring = scoring, .depth = shared->depth};
    pb_sharing sharing = {.k = 1, .cosine = shared->lists[PB_METRIC_COSINE] != NULL};
    int64_t at_once = 0;
    for (int64_t b = 0; b < banks->n; b++)
        sharing.k = banks->bank[b].k > sharing.k ? banks->bank[b].k : sharing.k;
    const int64_t fixed = pb_scoring_memory_fixed(block, &sharing);
    PB_TRY(banks_of_a_pass(block, scoring, fixed, banks->n, &at_once));
    PB_TRY(pb_index_new(shared->rows, pb_block_patches(block), block->category->dim, PB_METRIC_EUCLIDEAN, &p.index));
    pb_status status = PB_STATUS_OK;
    for (int64_t b = 0; b < banks->n && status == PB_STATUS_OK; b += at_once)
        status = run_pass(&p, banks->bank + b, banks->n - b < at_once ? banks->n - b : at_once);
    pb_index_free(p.index);
    return status;
}
