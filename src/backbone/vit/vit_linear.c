/* Products with weights in every precision. F32 and BF16 leave all to oneDNN; INT8 multiplies bytes exactly and makes
 * numbers of the counts here. */
#include "backbone/vit/vit_linear.h"

#include <string.h>

#include "backbone/vit/vit_kernels.h"

size_t pb_vit_type_bytes(pb_vit_type type)
{
    static const size_t bytes[] = {
        [PB_VIT_F32] = sizeof(float), [PB_VIT_BF16] = sizeof(pb_bf16), [PB_VIT_INT8] = sizeof(uint8_t)};
    return bytes[type];
}

void pb_vit_store_row(pb_vit_type type, const float *row, int64_t n, int64_t r, const pb_vit_operand *out)
{
    switch (type) {
    case PB_VIT_F32:
        memcpy((float *)out->values + r * n, row, (size_t)n * sizeof *row);
        break;
    case PB_VIT_BF16:
        pb_vit_to_bf16(row, n, (pb_bf16 *)out->values + r * n);
        break;
    case PB_VIT_INT8:
        pb_vit_quantize(row, n, (uint8_t *)out->values + r * n, &out->steps[r], &out->zeros[r]);
        break;
    }
}

static pb_status run_bytes(const pb_vit_plan *plan, const pb_vit_layer *layer, const pb_vit_operand *operand,
                           const pb_vit_scratch *scratch, float *out)
{
    const pb_vit_linear *weights = layer->weights;
    const int64_t n = layer->columns;
    PB_TRY(
        pb_vit_product_run(layer->product, operand->values, weights->packed, NULL, scratch->counts, scratch->onednn));
    for (int64_t r = 0; r < plan->tile_rows; r++) {
        float *row = layer->finish == PB_VIT_ADD ? scratch->row : out + r * n;
        pb_vit_dequantize(scratch->counts + r * n, operand->steps[r], operand->zeros[r], weights->steps, weights->sums,
                          weights->bias, n, row);
        if (layer->finish == PB_VIT_ADD)
            pb_vit_add(row, n, out + r * n);
        else if (layer->finish == PB_VIT_ACTIVATE)
            pb_vit_activate(layer->activation, n, row);
    }
    return PB_STATUS_OK;
}

pb_status pb_vit_layer_run(const pb_vit_plan *plan, const pb_vit_layer *layer, const pb_vit_operand *operand,
                           const pb_vit_scratch *scratch, void *out)
{
    if (plan->type == PB_VIT_INT8)
        return run_bytes(plan, layer, operand, scratch, out);
    return pb_vit_product_run(layer->product, operand->values, layer->weights->packed, layer->weights->bias, out,
                              scratch->onednn);
}
