/* Matrix products of a transformer: a tile of rows with a packed matrix, with what follows fused into it. */
#ifndef PB_BACKBONE_VIT_PRODUCT_H
#define PB_BACKBONE_VIT_PRODUCT_H

#include "backbone/vit/vit_model.h"

typedef enum pb_vit_type { PB_VIT_F32, PB_VIT_BF16, PB_VIT_INT8 } pb_vit_type;

typedef enum pb_vit_finish {
    PB_VIT_STORE,   /* C = A B + bias */
    PB_VIT_ADD,     /* C += A B + bias */
    PB_VIT_ACTIVATE /* C = activation(A B + bias) */
} pb_vit_finish;

/* A is rows x depth, B is depth x columns, C is rows x columns. INT8: A is unsigned, B signed, C int32, all bare. */
typedef struct pb_vit_product_shape {
    int64_t rows, columns, depth;
    pb_vit_type type;   /* of A and of B packed */
    pb_vit_type given;  /* of B as pb_vit_product_pack() takes it */
    pb_vit_type result; /* of C, but for INT8 */
    bool transposed;    /* B is given as columns x depth, as linear layers are stored */
    bool reused;        /* B is packed once for very many runs; transposed then */
    bool bias;
    pb_vit_finish finish;
    pb_vit_activation activation;
} pb_vit_product_shape;

/* Immutable; any number of threads may run it at once, inside work items of pb_parallel_for(). */
typedef struct pb_vit_product pb_vit_product;

/* Not inside a work item. */
pb_status pb_vit_product_new(const pb_vit_product_shape *shape, pb_vit_product **out);

/* Does this CPU have instructions for products of this type? Sets the message when not. */
pb_status pb_vit_type_check(pb_vit_type type);

/* False where every run lays B out again, which takes as long as multiplying a tile by it. */
bool pb_vit_product_is_prepacked(const pb_vit_product *product);

size_t pb_vit_product_packed_bytes(const pb_vit_product *product);
size_t pb_vit_product_scratch_bytes(const pb_vit_product *product);

pb_status pb_vit_product_pack(const pb_vit_product *product, const void *b, void *packed);

/* @param bias    columns values; not looked at where the shape has none
 *  @param scratch pb_vit_product_scratch_bytes(), of this thread */
pb_status pb_vit_product_run(const pb_vit_product *product, const void *a, const void *packed, const float *bias,
                             void *c, void *scratch);

/* Accepts NULL. */
void pb_vit_product_free(pb_vit_product *product);

#endif
