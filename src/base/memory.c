#define _DEFAULT_SOURCE /* madvise(), posix_memalign() */
#include "base/memory.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <purebank/runtime.h>

/* A block is preceded by one aligned header that remembers its size, so that freeing can be counted. */
typedef struct block_header {
    size_t bytes;
} block_header;

static atomic_size_t live_bytes;
static atomic_size_t peak_bytes;

static void count_allocation(size_t bytes)
{
    const size_t live = atomic_fetch_add(&live_bytes, bytes) + bytes;
    size_t peak = atomic_load(&peak_bytes);
    while (live > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, live)) {
    }
}

enum { HUGE_PAGE = 1 << 21, LARGE = 2 * HUGE_PAGE };

/* Large blocks in huge pages where the system has them for who asks: fewer page faults, and rows that are read in no order are found
 * faster. Not by aligned_alloc(), which need not take a size that is no multiple of the alignment: sanitizers end the process there. */
static char *allocate_raw(size_t bytes)
{
    const bool large = bytes >= LARGE;
    void *raw = NULL;
    if (posix_memalign(&raw, large ? HUGE_PAGE : PB_ALIGNMENT, bytes) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (large)
        (void)madvise(raw, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return raw;
}

static void *allocate(size_t count, size_t size, bool zeroed)
{
    size_t bytes, total;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, (size_t)2 * PB_ALIGNMENT, &total)) {
        (void)pb_fail(PB_STATUS_NO_MEMORY, "cannot allocate %zu x %zu bytes: the size overflows", count, size);
        return NULL;
    }
    total -= total % PB_ALIGNMENT;
    char *raw = allocate_raw(total);
    if (!raw) {
        (void)pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot allocate %zu bytes", bytes);
        return NULL;
    }
    char *block = raw + PB_ALIGNMENT;
    ((block_header *)raw)->bytes = bytes;
    if (zeroed)
        memset(block, 0, bytes);
    count_allocation(bytes);
    return block;
}

void *pb_calloc(size_t count, size_t size)
{
    return allocate(count, size, true);
}

void *pb_malloc(size_t count, size_t size)
{
    return allocate(count, size, false);
}

void *pb_realloc(void *block, size_t count, size_t size)
{
    void *larger = allocate(count, size, false);
    if (!larger || !block)
        return larger;
    const size_t old_bytes = ((block_header *)((char *)block - PB_ALIGNMENT))->bytes;
    const size_t new_bytes = count * size;
    memcpy(larger, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    pb_free(block);
    return larger;
}

void pb_free(void *block)
{
    if (!block)
        return;
    char *raw = (char *)block - PB_ALIGNMENT;
    atomic_fetch_sub(&live_bytes, ((block_header *)raw)->bytes);
    free(raw);
}

char *pb_strdup(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = pb_malloc(bytes, 1);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

enum { FIRST_CAPACITY = 16 };

pb_status pb_array_reserve(void *address_of_array, size_t size, int64_t needed, int64_t *capacity)
{
    void *array, *larger;
    int64_t room = *capacity > INT64_MAX / 2 ? needed : 2 * *capacity;
    if (needed <= *capacity)
        return PB_STATUS_OK;
    room = room < FIRST_CAPACITY ? FIRST_CAPACITY : room;
    room = room < needed ? needed : room;
    memcpy(&array, address_of_array, sizeof array); /* a pointer to whatever the array is of */
    larger = pb_realloc(array, (size_t)room, size);
    if (!larger)
        return PB_STATUS_NO_MEMORY;
    memcpy(address_of_array, &larger, sizeof larger);
    *capacity = room;
    return PB_STATUS_OK;
}

pb_status pb_size_multiply(int64_t a, int64_t b, const char *what, int64_t *out)
{
    int64_t product;
    if (a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product))
        return pb_fail(PB_STATUS_LIMIT, "%s: %" PRId64 " x %" PRId64 " is more than memory can hold", what, a, b);
    *out = product;
    return PB_STATUS_OK;
}

void pb_buffer_free(void *buffer)
{
    pb_free(buffer);
}

size_t pb_memory_live_bytes(void)
{
    return atomic_load(&live_bytes);
}

size_t pb_memory_peak_bytes(void)
{
    return atomic_load(&peak_bytes);
}
