/* Values one after another in memory: how work and results leave a process. Ranks of one program on one kind of machine read what the
 * others wrote, so that numbers stand as they are in memory. */
#ifndef PB_BASE_BYTES_H
#define PB_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Grows; start zeroed, free with pb_bytes_free(). */
typedef struct pb_bytes {
    uint8_t *data;
    size_t size;
    int64_t capacity;
} pb_bytes;

void pb_bytes_free(pb_bytes *bytes);
pb_status pb_bytes_add(pb_bytes *bytes, const void *from, size_t size);
pb_status pb_bytes_add_integer(pb_bytes *bytes, int64_t value);
pb_status pb_bytes_add_text(pb_bytes *bytes, const char *text);
/* Room for `size` more bytes at *out, which count as written: valid until the next addition. */
pb_status pb_bytes_extend(pb_bytes *bytes, size_t size, void **out);

/* What is left to be read; borrows. */
typedef struct pb_bytes_reader {
    const uint8_t *at;
    size_t left;
} pb_bytes_reader;

pb_bytes_reader pb_bytes_read(const pb_bytes *bytes);
/* @return PB_STATUS_INTERNAL where fewer are left, as are the others' */
pb_status pb_bytes_take(pb_bytes_reader *reader, void *out, size_t size);
pb_status pb_bytes_take_integer(pb_bytes_reader *reader, int64_t *out);
/* Borrowed from the bytes. */
pb_status pb_bytes_take_text(pb_bytes_reader *reader, const char **out);
pb_status pb_bytes_take_view(pb_bytes_reader *reader, size_t size, const void **out);

#endif
