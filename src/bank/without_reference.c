#include "bank/without_reference.h"

#include <inttypes.h>
#include <string.h>

#include "bank/search.h"
#include "base/memory.h"
#include "base/product.h"

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
    PB_TRY(pb_bank_check_part(bank, features, "the part"));
    return pb_bank_score_by(bank, rest->index, features, patch_scores, image_scores);
}

void pb_bank_rest_free(pb_bank_rest *rest)
{
    pb_index_free(rest->index);
    pb_free(rest->rows);
    *rest = (pb_bank_rest){0};
}
