/* What a file looks like, for messages about files of the wrong kind. */
#ifndef PB_IO_SNIFF_H
#define PB_IO_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Completes "it looks like ...": static text, from the first bytes alone. */
const char *pb_sniff(const uint8_t *bytes, size_t size);

/* Does it begin like a safetensors file: a length, and an object of JSON? */
bool pb_sniff_is_safetensors(const uint8_t *bytes, size_t size);

#endif
