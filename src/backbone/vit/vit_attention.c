/* softmax(Q K^T) V of one head of one image, tile by tile of queries: weights of a tile stay in the core's cache, those
 * of all queries never exist at once. Queries come scaled. */
#include "backbone/vit/vit_attention.h"

#include "backbone/vit/vit_kernels.h"
#include "backbone/vit/vit_linear.h"

/* Weights before their division by the sum, which is left to the few channels of the result. */
static void weigh(const pb_vit_plan *plan, const pb_vit_scratch *scratch)
{
    const int64_t n = plan->n_tokens;
    for (int64_t r = 0; r < plan->tile_rows; r++) {
        float *row = scratch->scores + r * n;
        scratch->sums[r] = pb_vit_exponentials(row, n);
        if (plan->attention == PB_VIT_BF16)
            pb_vit_to_bf16(row, n, (pb_bf16 *)scratch->weights + r * n);
    }
}

/* The head's channels of the attended rows. */
static void store(const pb_vit_batch *batch, const pb_vit_scratch *scratch, int64_t first_row, int64_t head)
{
    const pb_vit_plan *plan = &batch->engine->plan;
    const int64_t n = plan->model.head_dim;
    for (int64_t r = 0; r < plan->tile_rows; r++) {
        const int64_t at = (first_row + r) * plan->model.dim + head * n;
        char *out = (char *)batch->attended + (size_t)at * pb_vit_type_bytes(plan->attention);
        const pb_vit_operand row = {.values = out};
        pb_vit_scale(scratch->mixed + r * n, 1 / scratch->sums[r], n, scratch->row);
        pb_vit_store_row(plan->attention, scratch->row, n, 0, &row);
    }
}

pb_status pb_vit_attend(pb_vit_batch *batch, int64_t index, int worker)
{
    const pb_vit_engine *engine = batch->engine;
    const pb_vit_plan *plan = &engine->plan;
    const pb_vit_products *products = &engine->products;
    const pb_vit_scratch *scratch = &batch->scratch[worker];
    const int64_t image = index / plan->model.n_heads, head = index % plan->model.n_heads;
    const size_t row_bytes = (size_t)plan->model.head_dim * pb_vit_type_bytes(plan->attention);
    const size_t head_at = (size_t)(index * plan->n_rows) * row_bytes;
    const char *queries = (const char *)batch->queries + head_at;
    PB_TRY(pb_vit_product_pack(products->scores, (const char *)batch->keys + head_at, scratch->keys));
    PB_TRY(pb_vit_product_pack(products->mix, (const char *)batch->values + head_at, scratch->values));
    for (int64_t first = 0; first < plan->n_rows; first += plan->tile_rows) {
        PB_TRY(pb_vit_product_run(products->scores, queries + (size_t)first * row_bytes, scratch->keys, NULL,
                                  scratch->scores, scratch->onednn));
        weigh(plan, scratch);
        PB_TRY(pb_vit_product_run(products->mix, scratch->weights, scratch->values, NULL, scratch->mixed,
                                  scratch->onednn));
        store(batch, scratch, image * plan->n_rows + first, head);
    }
    return PB_STATUS_OK;
}
