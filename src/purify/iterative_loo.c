/* Leave-one-out in rounds: what the worst patches vouched for loses its support once they are gone (method.md#iterative-loo). */
#include "base/memory.h"
#include "base/order.h"
#include "purify/methods.h"
#include "references/references.h"

enum { ROUNDS = 3 };

/* The kept patches and their scores, in the order of the patches; their number. */
static int64_t gather_kept(const pb_patch_mask *mask, const double *scores, int64_t *patches, double *kept_scores)
{
    int64_t n = 0;
    for (int64_t i = 0; i < mask->n_images * mask->n_patches; i++)
        if (mask->keep[i]) {
            patches[n] = i;
            kept_scores[n++] = scores[i];
        }
    return n;
}

/* One round; *removed says how many patches went. Ties go by index. */
static pb_status remove_worst(const pb_neighbors *neighbors, int64_t k, double q, pb_patch_mask *mask, int64_t *removed)
{
    const int64_t n_all = mask->n_images * mask->n_patches;
    double *scores = NULL, *kept_scores = NULL;
    int64_t *patches = NULL, *order = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(scores, n_all));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(kept_scores, n_all));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(patches, n_all));
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(order, n_all));
    PB_TRY_GOTO(pb_neighbors_scores(neighbors, k, mask->keep, scores));
    const int64_t n = gather_kept(mask, scores, patches, kept_scores);
    *removed = pb_share_above(n, q);
    PB_TRY_GOTO(pb_order_descending(kept_scores, n, order));
    for (int64_t i = 0; i < *removed; i++)
        mask->keep[patches[order[i]]] = 0;
done:
    pb_free(scores);
    pb_free(kept_scores);
    pb_free(patches);
    pb_free(order);
    return status;
}

pb_status pb_purify_iterative_loo(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    const pb_neighbors *neighbors;
    pb_references_expect_subsets(references);
    PB_TRY(pb_references_neighbors(references, &neighbors));
    for (int64_t round = 0, removed = 1; round < ROUNDS && removed > 0 && pb_patch_mask_count(mask) > 0; round++)
        PB_TRY(remove_worst(neighbors, pb_references_k(references), options->percentile, mask, &removed));
    return PB_STATUS_OK;
}
