/* Sorting that somebody may be waiting for. */
#ifndef PB_BASE_SORT_H
#define PB_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

#include <purebank/status.h>

/* qsort(), which asks the thread's pb_cancel_fn (runtime.h) between blocks of items. The order of what compares as equal is not told.
 * @param items n of `size` bytes each
 * @return PB_STATUS_CANCELLED, the items then in any order, PB_STATUS_NO_MEMORY */
pb_status pb_sort(void *items, int64_t n, size_t size, int (*compare)(const void *a, const void *b));

#endif
