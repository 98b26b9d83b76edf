/* Scores of references decide about parts that the coreset has never seen, so that they must come from coresets that have not seen
 * them: what is left of the bank's own where a reference's patches are taken out has holes, since they stood for others'. */
#include "bank/choose_coreset.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "io/features.h"
#include "score/score.h"
#include "search/coreset.h"

typedef struct coreset_choice {
    const pb_features *features;
    const pb_bank_options *options;
    int32_t *group; /* n_images; -1: no good one */
    int64_t n;      /* patches to choose from */
    float *rows;    /* n x dim */
    int32_t *image; /* n */
    pb_coreset *coreset;
    uint8_t *left_out; /* n */
    int64_t *selected; /* as many as the whole coreset has */
    float *chosen;     /* their rows */
    double *distances; /* n_patches x k */
} coreset_choice;

int64_t pb_coreset_size(const pb_bank_options *options, int64_t n)
{
    const int64_t wanted =
        options->coreset_rows > 0 ? options->coreset_rows : (int64_t)ceil(options->coreset_share * (double)n);
    return wanted > 0 && wanted < n ? wanted : n;
}

static pb_status deal_groups(coreset_choice *t, const bool *good, int64_t *out_n_groups)
{
    int64_t n_good = 0, dealt = 0;
    for (int64_t i = 0; i < t->features->n_images; i++)
        n_good += good[i];
    if (n_good < 2)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " reference%s patches in the bank: to score one without itself takes at least 2",
                       n_good, n_good == 1 ? " has" : "s have");
    *out_n_groups = n_good < PB_CORESET_GROUPS ? n_good : PB_CORESET_GROUPS;
    for (int64_t i = 0; i < t->features->n_images; i++)
        t->group[i] = good[i] ? (int32_t)(dealt++ % *out_n_groups) : -1;
    return PB_STATUS_OK;
}

static void copy_rows(coreset_choice *t, const uint8_t *keep)
{
    const int64_t n_patches = t->features->n_patches, dim = t->features->dim;
    for (int64_t i = 0, to = 0; to < t->n; i++) {
        if (!keep[i])
            continue;
        memcpy(t->rows + to * dim, t->features->data + i * dim, (size_t)dim * sizeof *t->rows);
        t->image[to++] = (int32_t)(i / n_patches);
    }
}

static pb_status prepare(coreset_choice *t, const uint8_t *keep)
{
    const pb_features *features = t->features;
    const int64_t most = pb_coreset_size(t->options, t->n);
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(t->rows, t->n, features->dim));
    PB_TRY(PB_NEW_UNINITIALISED(t->image, t->n));
    PB_TRY(PB_NEW(t->left_out, t->n));
    PB_TRY(PB_NEW(t->selected, most));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(t->chosen, most, features->dim));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(t->distances, features->n_patches, t->options->k));
    copy_rows(t, keep);
    return pb_coreset_new(t->rows, t->n, features->dim, &t->coreset);
}

/* The coreset of all but one group's patches; of all where there is no such group. @param out_n how many were chosen */
static pb_status choose(coreset_choice *t, int64_t group, int64_t *out_n)
{
    const int64_t dim = t->features->dim;
    int64_t left = 0;
    for (int64_t row = 0; row < t->n; row++) {
        t->left_out[row] = t->group[t->image[row]] == group;
        left += !t->left_out[row];
    }
    *out_n = pb_coreset_size(t->options, left);
    if (*out_n < t->options->k)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " of %" PRId64 " patches would be left of the bank without some of its references, "
                       "fewer than K = %" PRId64 ": lower K or keep more",
                       *out_n, left, t->options->k);
    PB_TRY(pb_coreset_select_of(t->coreset, t->left_out, *out_n, NULL, t->selected));
    for (int64_t s = 0; s < *out_n; s++)
        memcpy(t->chosen + s * dim, t->rows + t->selected[s] * dim, (size_t)dim * sizeof *t->chosen);
    return PB_STATUS_OK;
}

/* Images of the group, against the n rows that were chosen without them. */
static pb_status score_group(const coreset_choice *t, int64_t group, int64_t n, double *patch_scores)
{
    const pb_features *features = t->features;
    const int64_t n_patches = features->n_patches, dim = features->dim, k = t->options->k;
    pb_index *index;
    PB_TRY(pb_index_new(t->chosen, n, dim, PB_METRIC_EUCLIDEAN, &index));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < features->n_images && status == PB_STATUS_OK; i++) {
        if (t->group[i] != group)
            continue;
        status = pb_index_search(index, features->data + i * n_patches * dim, n_patches, k, t->distances, NULL);
        if (status == PB_STATUS_OK)
            pb_patch_scores(t->distances, n_patches, k, patch_scores + i * n_patches);
    }
    pb_index_free(index);
    return status;
}

static void mark_chosen(coreset_choice *t, int64_t n, uint8_t *keep)
{
    memset(t->left_out, 1, (size_t)t->n);
    for (int64_t s = 0; s < n; s++)
        t->left_out[t->selected[s]] = 0;
    for (int64_t i = 0, row = 0; row < t->n; i++)
        if (keep[i])
            keep[i] = !t->left_out[row++];
}

static pb_status run(coreset_choice *t, const bool *good, uint8_t *keep, double *patch_scores)
{
    int64_t n_groups = 0, n;
    PB_TRY(PB_NEW(t->group, t->features->n_images));
    PB_TRY(deal_groups(t, good, &n_groups));
    PB_TRY(prepare(t, keep));
    for (int64_t group = 0; group < n_groups; group++) {
        PB_TRY(choose(t, group, &n));
        PB_TRY(score_group(t, group, n, patch_scores));
    }
    PB_TRY(choose(t, n_groups, &n));
    mark_chosen(t, n, keep);
    return score_group(t, -1, n, patch_scores);
}

pb_status pb_choose_coreset(const pb_features *features, const pb_bank_options *options, const bool *good,
                            uint8_t *keep, double *patch_scores)
{
    coreset_choice t = {.features = features, .options = options};
    for (int64_t i = 0; i < features->n_images * features->n_patches; i++)
        t.n += keep[i] != 0;
    const pb_status status = run(&t, good, keep, patch_scores);
    pb_coreset_free(t.coreset);
    pb_free(t.group);
    pb_free(t.rows);
    pb_free(t.image);
    pb_free(t.left_out);
    pb_free(t.selected);
    pb_free(t.chosen);
    pb_free(t.distances);
    return status;
}
