/* What made patches look normal. */
#include <purebank/mend.h>

#include <inttypes.h>
#include <stdlib.h>

#include "bank/bank.h"
#include "bank/search.h"
#include "base/memory.h"
#include "base/order.h"
#include "base/product.h"
#include "io/features.h"

static pb_status check_patches(const pb_bank *bank, const int32_t *patches, int64_t n, int64_t n_patches)
{
    PB_CHECK_ARG(n >= 1, "no patches are named");
    for (int64_t i = 0; i < n; i++) {
        PB_CHECK_ARG(patches[i] >= 0 && patches[i] < n_patches, "there is no patch %d: a part has %" PRId64,
                     (int)patches[i], n_patches);
        PB_CHECK_ARG(!bank->roi || bank->roi->inside[patches[i]], "patch %d lies outside of the region of interest %s",
                     (int)patches[i], bank->roi->name);
    }
    return PB_STATUS_OK;
}

static void describe_row(const pb_bank *bank, int64_t row, double distance, pb_trace_row *out)
{
    const int64_t number = bank->patch_of_row[row], n = pb_bank_n_places(bank);
    *out = (pb_trace_row){row, bank->image_of_row[row], (int32_t)(number % n), distance, (int32_t)(number / n)};
}

pb_status pb_bank_trace(const pb_bank *bank, const pb_features *features, const int32_t *patches, int64_t n, int64_t k,
                        pb_trace_row *out)
{
    const int64_t dim = bank->dim;
    const pb_index *index;
    float *queries = NULL;
    double *distances = NULL;
    int64_t *rows = NULL;
    pb_status status;
    PB_TRY(pb_bank_check_part(bank, features, "the part"));
    PB_CHECK_ARG(features->n_images == 1, "one part is traced at a time, not %" PRId64, features->n_images);
    PB_CHECK_ARG(k >= 1 && k <= bank->n_rows, "%" PRId64 " neighbours of a bank of %" PRId64 " rows", k, bank->n_rows);
    PB_TRY(check_patches(bank, patches, n, features->n_patches));
    PB_TRY(pb_bank_index(bank, &index));
    PB_TRY_GOTO(PB_NEW_PRODUCT(queries, n, dim));
    PB_TRY_GOTO(PB_NEW_PRODUCT(distances, n, k));
    PB_TRY_GOTO(PB_NEW_PRODUCT(rows, n, k));
    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < dim; d++)
            queries[i * dim + d] = features->data[patches[i] * dim + d];
    PB_TRY_GOTO(pb_index_search(index, queries, n, k, distances, rows));
    for (int64_t i = 0; i < n * k; i++)
        describe_row(bank, rows[i], distances[i], &out[i]);
done:
    pb_free(queries);
    pb_free(distances);
    pb_free(rows);
    return status;
}

/* ---- the worst patches -------------------------------------------------------------------------------------------- */

pb_status pb_worst_patches(const double *patch_scores, int64_t n_patches, int64_t n, int32_t *out)
{
    int64_t *all;
    PB_CHECK_ARG(n >= 1 && n <= n_patches && n_patches <= INT32_MAX, "the %" PRId64 " worst of %" PRId64 " patches", n,
                 n_patches);
    PB_TRY(PB_NEW(all, n_patches));
    const pb_status status = pb_order_descending(patch_scores, n_patches, all);
    for (int64_t i = 0; status == PB_STATUS_OK && i < n; i++)
        out[i] = (int32_t)all[i];
    pb_free(all);
    return status;
}

/* ---- culprits ----------------------------------------------------------------------------------------------------- */

static int64_t compare_places(const pb_trace_culprit *x, const pb_trace_culprit *y)
{
    return x->reference != y->reference ? (int64_t)x->reference - y->reference : x->row - y->row;
}

static int by_place(const void *a, const void *b)
{
    const int64_t order = compare_places(a, b);
    return (order > 0) - (order < 0);
}

static int by_weight(const void *a, const void *b)
{
    const pb_trace_culprit *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    if (x->nearest != y->nearest)
        return x->nearest < y->nearest ? -1 : 1;
    return by_place(a, b);
}

pb_status pb_trace_culprits(const pb_trace_row *trace, int64_t n, bool by_reference, pb_trace_culprit *out,
                            int64_t *out_n)
{
    int64_t n_found = 0;
    PB_CHECK_ARG(n >= 1, "a trace of no rows has no culprits");
    for (int64_t i = 0; i < n; i++)
        out[i] = (pb_trace_culprit){by_reference ? -1 : trace[i].row, trace[i].reference,
                                    by_reference ? -1 : trace[i].patch, 1, trace[i].distance};
    qsort(out, (size_t)n, sizeof *out, by_place);
    for (int64_t i = 0; i < n; i++) {
        pb_trace_culprit *last = n_found > 0 ? &out[n_found - 1] : NULL;
        if (last && compare_places(last, &out[i]) == 0) {
            last->n++;
            last->nearest = out[i].nearest < last->nearest ? out[i].nearest : last->nearest;
        } else {
            out[n_found++] = out[i];
        }
    }
    qsort(out, (size_t)n_found, sizeof *out, by_weight);
    *out_n = n_found;
    return PB_STATUS_OK;
}
