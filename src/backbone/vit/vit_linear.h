/* Products with weights in every precision. */
#ifndef PB_BACKBONE_VIT_LINEAR_H
#define PB_BACKBONE_VIT_LINEAR_H

#include "backbone/vit/vit_batch.h"

size_t pb_vit_type_bytes(pb_vit_type type);

/* Row `r` of n values becomes a row of an operand of the given type. */
void pb_vit_store_row(pb_vit_type type, const float *row, int64_t n, int64_t r, const pb_vit_operand *out);

/* What a product with weights makes of a tile. `product` is of the plan's type and finishes as told. */
typedef struct pb_vit_layer {
    const pb_vit_product *product;
    const pb_vit_linear *weights;
    int64_t columns;
    pb_vit_finish finish;
    pb_vit_activation activation;
} pb_vit_layer;

/* @param out tile_rows x columns float; bfloat16 where a BF16 product activates. With PB_VIT_ADD they are added to */
pb_status pb_vit_layer_run(const pb_vit_plan *plan, const pb_vit_layer *layer, const pb_vit_operand *operand,
                           const pb_vit_scratch *scratch, void *out);

#endif
