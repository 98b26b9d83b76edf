/* Products of a tile of rows with a block of columns, all pairs: oneDNN's matmul with the columns packed
 * beforehand. */
#ifndef PB_SEARCH_PRODUCT_H
#define PB_SEARCH_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What is multiplied: float32 rows into float32 products, or uint8 rows with int8 columns into exact int32
 * products. */
typedef enum pb_precision { PB_PRECISION_F32, PB_PRECISION_INT8 } pb_precision;

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

/* Does this CPU multiply bytes exactly? Without VNNI pairs of products saturate at 16 bits: wrong, so not
 * used. */
bool pb_product_is_exact_int8(const pb_product *product);

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
