#include "io/finite.h"

#include <stdbool.h>
#include <string.h>

#include "base/clones.h"

enum { BLOCK = 4096 }; /* values looked at before the answer is read: 16 KiB, within the first-level cache */

/* The largest bit pattern without its sign. Comparing patterns as integers orders finite numbers, infinity
 * and NaN, and a maximum of integers vectorises where a test of each value would not. */
PB_CLONES uint32_t pb_largest_magnitude_bits(const float *values, int64_t n);

PB_CLONES uint32_t pb_largest_magnitude_bits(const float *values, int64_t n)
{
    uint32_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bits &= 0x7fffffff;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

static bool block_is_finite(const float *values, int64_t n)
{
    return pb_largest_magnitude_bits(values, n) < 0x7f800000; /* the pattern of infinity */
}

int64_t pb_first_not_finite(const float *values, int64_t n)
{
    for (int64_t begin = 0; begin < n; begin += BLOCK) {
        const int64_t size = n - begin < BLOCK ? n - begin : BLOCK;
        if (block_is_finite(values + begin, size))
            continue;
        int64_t i = begin;
        while (block_is_finite(values + i, 1))
            i++;
        return i;
    }
    return n;
}
