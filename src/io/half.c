#include "io/half.h"

#include <string.h>

#include "base/clones.h"

static uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float pb_float_of_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 0) /* zero and subnormal: fraction * 2^-24 */
        return sign ? -(float)fraction * 0x1p-24f : (float)fraction * 0x1p-24f;
    const uint32_t widened = exponent == 31 ? 255 : exponent - 15 + 127;
    return pb_float_of_bits(sign | widened << 23 | fraction << 13);
}

/* Both ways of rounding without a branch, so that the loop is a vector loop. */
PB_CLONES static int32_t convert(const float *restrict values, int64_t n, uint16_t *restrict out)
{
    const uint32_t smallest_normal = 0x38800000, infinity = 0x47800000; /* 2^-14, 2^16 as float bits */
    int32_t overflow = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bits = bits_of_float(values[i]), magnitude = bits & 0x7fffffff;
        const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1); /* 13 bits go, ties to even */
        const uint32_t normal = (rounded - 0x38000000) >> 13;
        /* Below 2^-14: the last bit of a float in [0.5, 1) is worth 2^-24, as that of a subnormal half. */
        const uint32_t subnormal = bits_of_float(pb_float_of_bits(magnitude) + 0.5f) - 0x3f000000;
        overflow |= rounded >= infinity;
        out[i] = (uint16_t)((bits >> 16 & 0x8000) | (magnitude < smallest_normal ? subnormal : normal));
    }
    return overflow;
}

int64_t pb_halves_of_floats(const float *values, int64_t n, uint16_t *out)
{
    enum { AT_A_TIME = 4096 };
    for (int64_t first = 0; first < n; first += AT_A_TIME) {
        const int64_t count = n - first < AT_A_TIME ? n - first : AT_A_TIME;
        if (!convert(values + first, count, out + first))
            continue;
        for (int64_t i = first; i < first + count; i++) {
            uint16_t half;
            if (convert(values + i, 1, &half))
                return i;
        }
    }
    return n;
}
