#include "io/checksum.h"

#include <string.h>

static const uint64_t P1 = 0x9e3779b185ebca87u, P2 = 0xc2b2ae3d27d4eb4fu, P3 = 0x165667b19e3779f9u,
                      P4 = 0x85ebca77c2b2ae63u, P5 = 0x27d4eb2f165667c5u;

enum { LANES = 4, STRIPE = 8 * LANES };

static uint64_t turn(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

/* Little-endian, as the files are and as what they hold is read. */
static uint64_t long_word(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t word(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t take_in(uint64_t lane, uint64_t input)
{
    return turn(lane + input * P2, 31) * P1;
}

/* Whole stripes; returns how many bytes those are. */
static size_t take_stripes(const uint8_t *bytes, size_t size, uint64_t seed, uint64_t *hash)
{
    uint64_t lane[LANES] = {seed + P1 + P2, seed + P2, seed, seed - P1};
    size_t at = 0;
    for (; at + STRIPE <= size; at += STRIPE)
        for (int l = 0; l < LANES; l++)
            lane[l] = take_in(lane[l], long_word(bytes + at + 8 * l));
    *hash = turn(lane[0], 1) + turn(lane[1], 7) + turn(lane[2], 12) + turn(lane[3], 18);
    for (int l = 0; l < LANES; l++)
        *hash = (*hash ^ take_in(0, lane[l])) * P1 + P4;
    return at;
}

uint64_t pb_checksum(const void *data, size_t size, uint64_t seed)
{
    const uint8_t *bytes = data;
    uint64_t hash = seed + P5;
    size_t at = size >= STRIPE ? take_stripes(bytes, size, seed, &hash) : 0;
    hash += size;
    for (; at + 8 <= size; at += 8)
        hash = turn(hash ^ take_in(0, long_word(bytes + at)), 27) * P1 + P4;
    for (; at + 4 <= size; at += 4)
        hash = turn(hash ^ word(bytes + at) * P1, 23) * P2 + P3;
    for (; at < size; at++)
        hash = turn(hash ^ bytes[at] * P5, 11) * P1;
    hash = (hash ^ hash >> 33) * P2;
    hash = (hash ^ hash >> 29) * P3;
    return hash ^ hash >> 32;
}
