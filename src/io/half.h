/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
#ifndef PB_IO_HALF_H
#define PB_IO_HALF_H

#include <stdint.h>
#include <string.h>

static inline float pb_float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Every half is a float exactly. */
float pb_float_of_half(uint16_t half);

/* Rounds finite floats to the nearest half, ties to even. Returns the index of the first that is too large for one (it would
 * become infinite), n if there is none. */
int64_t pb_halves_of_floats(const float *values, int64_t n, uint16_t *out);

#endif
