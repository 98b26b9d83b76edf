/* NumPy's default_rng(seed), to the bit: PCG64 (O'Neill 2014: PCG XSL RR 128/64) seeded by SeedSequence, and its bounded
 * integers. For what the studies draw with their own older generator see random.h. */
#ifndef PB_BASE_PCG64_H
#define PB_BASE_PCG64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* 128 bits in two halves: standard C has no such type. */
typedef struct pb_uint128 {
    uint64_t high, low;
} pb_uint128;

typedef struct pb_pcg64 {
    pb_uint128 state, increment;
    bool has_half; /* pb_pcg64_bits_32() gives 64 bits in two halves, the lower one first */
    uint32_t half;
} pb_pcg64;

/* default_rng(seed). */
void pb_pcg64_seed(pb_pcg64 *random, uint64_t seed);

/* 64 random bits; 32 of them. */
uint64_t pb_pcg64_bits(pb_pcg64 *random);
uint32_t pb_pcg64_bits_32(pb_pcg64 *random);

/* integers(0, n): uniform in 0..n-1 (Lemire 2019). integers(0, n, size) and choice(n, size) are so many of these in a row.
 * @param n 1..2^32; 1 draws nothing */
int64_t pb_pcg64_below(pb_pcg64 *random, int64_t n);

#endif
