/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Every value is a float exactly. */
#ifndef PB_BASE_HALF_H
#define PB_BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float pb_float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float pb_float_of_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 0) /* zero and subnormal: fraction * 2^-24 */
        return sign ? -(float)fraction * 0x1p-24f : (float)fraction * 0x1p-24f;
    const uint32_t widened = exponent == 31 ? 255 : exponent - 15 + 127;
    return pb_float_of_bits(sign | widened << 23 | fraction << 13);
}

#endif
