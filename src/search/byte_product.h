/* Products of bytes on CPUs without VNNI: of 7 bits, so that AVX2's pmaddubsw, whose sums saturate at 16 bits, is exact. */
#ifndef PB_SEARCH_BYTE_PRODUCT_H
#define PB_SEARCH_BYTE_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

/* Rows hold 0..127, columns -63..63: two pairs of products are at most 4 * 127 * 63 = 32004. */
enum { PB_BYTE_PRODUCT_MOST = 63 };

/* Does this CPU multiply so faster than in float32? Elsewhere it is as right, and slow. */
bool pb_byte_product_pays(void);

int64_t pb_byte_product_packed_bytes(int64_t columns, int64_t dim);

/* @param b columns x dim @param packed as many bytes as said above */
void pb_byte_product_pack(const int8_t *b, int64_t columns, int64_t dim, int8_t *packed);
void pb_byte_product_unpack(const int8_t *packed, int64_t columns, int64_t dim, int8_t *b);

/* Bytes of scratch that pb_byte_product_run() takes. */
int64_t pb_byte_product_scratch_bytes(int64_t rows, int64_t dim);

/* C (rows x columns) = A (rows x dim) times the transpose of what was packed, exactly, for dim <= 2^18. */
void pb_byte_product_run(const uint8_t *a, int64_t rows, const int8_t *packed, int64_t columns, int64_t dim,
                         uint8_t *scratch, int32_t *c);

#endif
