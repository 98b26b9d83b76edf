/* Arrays of as many elements as a product says. */
#ifndef PB_BASE_PRODUCT_H
#define PB_BASE_PRODUCT_H

#include <stdbool.h>

#include "base/memory.h"

/* *p = new array of as many elements as the product of what follows, each >= 0: PB_NEW_PRODUCT(scores, n_images, n_patches). A product
 * within PB_NEW() would wrap around before anybody sees it; scripts/check_sizes.sh finds those where sizes come from files. */
#define PB_NEW_PRODUCT(p, ...) PB_NEW_PRODUCT_AS(p, true, __VA_ARGS__)
#define PB_NEW_PRODUCT_UNINITIALISED(p, ...) PB_NEW_PRODUCT_AS(p, false, __VA_ARGS__)
#define PB_NEW_PRODUCT_AS(p, zeroed, ...)                                                                              \
    (((p) = pb_new_product((const int64_t[]){__VA_ARGS__},                                                             \
                           (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), sizeof *(p), zeroed))      \
         ? PB_STATUS_OK                                                                                                \
         : PB_STATUS_NO_MEMORY)

/* What the macros call: n factors, elements of `size` bytes; NULL with the message set. */
void *pb_new_product(const int64_t *factor, int n, size_t size, bool zeroed);

#endif
