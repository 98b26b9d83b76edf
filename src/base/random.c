#include "base/random.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"

enum { N = PB_RANDOM_WORDS, M = 397 };

void pb_random_seed(pb_random *random, uint32_t seed)
{
    for (uint32_t i = 0; i < N; i++) {
        random->state[i] = seed;
        seed = 1812433253u * (seed ^ (seed >> 30)) + i + 1;
    }
    random->next = N;
}

static void refill(pb_random *random)
{
    uint32_t *x = random->state;
    for (int i = 0; i < N; i++) {
        const uint32_t y = (x[i] & 0x80000000u) | (x[(i + 1) % N] & 0x7fffffffu);
        x[i] = x[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    random->next = 0;
}

uint32_t pb_random_bits(pb_random *random)
{
    if (random->next == N)
        refill(random);
    uint32_t y = random->state[random->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

double pb_random_uniform(pb_random *random)
{
    const uint32_t high = pb_random_bits(random) >> 5, low = pb_random_bits(random) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

static uint64_t bits_64(pb_random *random)
{
    const uint64_t high = pb_random_bits(random);
    return high << 32 | pb_random_bits(random);
}

uint64_t pb_random_up_to(pb_random *random, uint64_t max)
{
    uint64_t mask = max, value;
    if (max == 0)
        return 0;
    for (int shift = 1; shift < 64; shift *= 2)
        mask |= mask >> shift;
    do
        value = (max <= UINT32_MAX ? pb_random_bits(random) : bits_64(random)) & mask;
    while (value > max);
    return value;
}

void pb_random_shuffle(pb_random *random, int64_t *values, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = (int64_t)pb_random_up_to(random, (uint64_t)i);
        const int64_t value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}

void pb_random_permutation(pb_random *random, int64_t n, int64_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = i;
    pb_random_shuffle(random, out, n);
}

pb_status pb_random_choice(pb_random *random, int64_t n, int64_t count, bool replace, int64_t *out)
{
    PB_CHECK_ARG(n >= 0 && count >= 0 && (count <= n || (replace && n > 0)),
                 "%" PRId64 " cannot be drawn from %" PRId64 "%s", count, n, replace ? "" : " without replacement");
    if (replace) {
        for (int64_t i = 0; i < count; i++)
            out[i] = (int64_t)pb_random_up_to(random, (uint64_t)n - 1);
        return PB_STATUS_OK;
    }
    int64_t *all;
    PB_TRY(PB_NEW_UNINITIALISED(all, n));
    pb_random_permutation(random, n, all);
    if (count > 0)
        memcpy(out, all, (size_t)count * sizeof *out);
    pb_free(all);
    return PB_STATUS_OK;
}
