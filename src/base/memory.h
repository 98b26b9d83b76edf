/* The one allocator: overflow-checked, zeroed, aligned for vector loads, and counted. */
#ifndef PB_BASE_MEMORY_H
#define PB_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { PB_ALIGNMENT = 64 };

/* count * size zeroed bytes, aligned to PB_ALIGNMENT; NULL with this thread's message set on failure.
 * A zero-sized request returns a valid pointer. Free with pb_free(). */
void *pb_calloc(size_t count, size_t size);

/* As pb_calloc() without the zeroes: for large buffers that are written whole. */
void *pb_malloc(size_t count, size_t size);

/* Resizes a block of this allocator to count * size bytes, new bytes uninitialised; `block` survives failure. */
void *pb_realloc(void *block, size_t count, size_t size);

/* Accepts NULL. */
void pb_free(void *block);

/* A copy of a string; NULL with the message set on failure. */
char *pb_strdup(const char *text);

/* *p = new zeroed array of n elements, as a pb_status. */
#define PB_NEW(p, n) (((p) = pb_calloc((size_t)(n), sizeof *(p))) ? PB_STATUS_OK : PB_STATUS_NO_MEMORY)
#define PB_NEW_UNINITIALISED(p, n) (((p) = pb_malloc((size_t)(n), sizeof *(p))) ? PB_STATUS_OK : PB_STATUS_NO_MEMORY)
#define PB_NEW_STRING(p, text) (((p) = pb_strdup(text)) ? PB_STATUS_OK : PB_STATUS_NO_MEMORY)

/* Room in an array that grows: for `needed` elements at least, as a pb_status. p moves where there was less, to twice the room; new elements
 * are uninitialised. p starts as NULL with an int64_t `capacity` of 0; both survive failure. */
#define PB_RESERVE(p, needed, capacity) pb_array_reserve(&(p), sizeof *(p), (needed), &(capacity))
pb_status pb_array_reserve(void *address_of_array, size_t size, int64_t needed, int64_t *capacity);

/* *out = a * b, or PB_STATUS_LIMIT on negative operands or overflow; `what` names the product in the message. */
pb_status pb_size_multiply(int64_t a, int64_t b, const char *what, int64_t *out);

#endif
