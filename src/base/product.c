#include "base/product.h"

#include <inttypes.h>

void *pb_new_product(const int64_t *factor, int n, size_t size, bool zeroed)
{
    int64_t count = 1;
    for (int i = 0; i < n; i++)
        if (factor[i] < 0 || __builtin_mul_overflow(count, factor[i], &count)) {
            (void)pb_fail(PB_STATUS_NO_MEMORY,
                          "cannot allocate %" PRId64 " x ... elements: the product of %d sizes overflows", factor[0],
                          n);
            return NULL;
        }
    return zeroed ? pb_calloc((size_t)count, size) : pb_malloc((size_t)count, size);
}
