/* Products of a tile of rows with a block of columns, all pairs: oneDNN's matmul with the columns packed
 * beforehand, or our own of 7 bits. */
#ifndef PB_SEARCH_PRODUCT_H
#define PB_SEARCH_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "search/byte_product.h"

/* What is multiplied: float32 rows into float32 products, or uint8 rows with int8 columns into exact int32 products, of 8 bits by
 * VNNI, or of 7 bits by AVX2 (byte_product.h). */
typedef enum pb_precision { PB_PRECISION_F32, PB_PRECISION_INT8, PB_PRECISION_INT7, PB_PRECISIONS } pb_precision;

/* The largest integer of a precision: values are -most..most. 0 where they are floats. */
static inline int pb_precision_most(pb_precision precision)
{
    return precision == PB_PRECISION_INT8 ? INT8_MAX : precision == PB_PRECISION_INT7 ? PB_BYTE_PRODUCT_MOST : 0;
}

/* uint8_t = bias + value, which is above 0. */
static inline int pb_precision_bias(pb_precision precision)
{
    return pb_precision_most(precision) + 1;
}

/* "float32", "int8" or "int7". */
const char *pb_precision_name(pb_precision precision);

/* One shape of product, immutable; any number of threads may run it at once. */
typedef struct pb_product pb_product;

typedef struct pb_product_shape {
    int64_t rows, columns, dim;
    pb_precision precision;
} pb_product_shape;

/* C (rows x columns) = A (rows x dim) times the transpose of B (columns x dim).
 * @param packed_like NULL, or a product of the same columns, dim and precision whose packed form is to be
 * shared */
pb_status pb_product_new(pb_product_shape shape, const pb_product *packed_like, pb_product **out);

/* Is this product exact, and worth while on this CPU? oneDNN's pairs of products of 8 bits saturate at 16 without VNNI: wrong, so
 * not used. */
bool pb_product_pays(const pb_product *product);

int64_t pb_product_packed_bytes(const pb_product *product);

/* packed = B as the product wants it. @param b columns x dim: float or int8_t */
pb_status pb_product_pack(const pb_product *product, const void *b, void *packed);

/* The way back: b = the columns of `packed`. */
pb_status pb_product_unpack(const pb_product *product, const void *packed, void *b);

/* @param a rows x dim: float or uint8_t
 * @param c rows x columns: float or int32_t */
pb_status pb_product_run(const pb_product *product, const void *a, const void *packed, void *c);

/* Accepts NULL. */
void pb_product_free(pb_product *product);

#endif
