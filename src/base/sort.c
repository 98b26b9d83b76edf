#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

enum { BLOCK = 1 << 18 }; /* some hundredths of a second */

typedef struct sorting {
    size_t size;
    int (*compare)(const void *a, const void *b);
    char *spare; /* half of the items */
} sorting;

/* Merges the sorted items [0, half) and [half, n). */
static void merge(const sorting *how, char *items, int64_t half, int64_t n)
{
    const size_t size = how->size, left_bytes = (size_t)half * size;
    memcpy(how->spare, items, left_bytes);
    const char *left = how->spare, *const left_end = left + left_bytes;
    const char *right = items + left_bytes, *const right_end = items + (size_t)n * size;
    for (char *out = items; left < left_end; out += size) {
        const char **from = right < right_end && how->compare(left, right) > 0 ? &right : &left;
        memcpy(out, *from, size);
        *from += size;
    }
}

static pb_status sort(const sorting *how, char *items, int64_t n) /* NOLINT(misc-no-recursion) */
{
    PB_TRY(pb_progress_report(NULL, 0, n));
    if (n <= BLOCK) {
        qsort(items, (size_t)n, how->size, how->compare);
        return PB_STATUS_OK;
    }
    const int64_t half = n / 2;
    PB_TRY(sort(how, items, half));
    PB_TRY(sort(how, items + (size_t)half * how->size, n - half));
    merge(how, items, half, n);
    return PB_STATUS_OK;
}

pb_status pb_sort(void *items, int64_t n, size_t size, int (*compare)(const void *a, const void *b))
{
    sorting how = {size, compare, NULL};
    if (n < 1)
        return PB_STATUS_OK;
    if (n > BLOCK)
        PB_TRY(PB_NEW_PRODUCT(how.spare, n / 2, (int64_t)size));
    const pb_status status = sort(&how, items, n);
    pb_free(how.spare);
    return status;
}
