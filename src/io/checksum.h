/* A fast checksum, for files that are too large to be hashed before they are used: it finds damage, not forgery. */
#ifndef PB_IO_CHECKSUM_H
#define PB_IO_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* XXH64 (Collet 2014, "xxHash fast digest algorithm", version 0.1.1). @param seed 0, or the checksum of what comes before */
uint64_t pb_checksum(const void *bytes, size_t size, uint64_t seed);

#endif
