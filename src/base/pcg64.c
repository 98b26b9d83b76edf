#include "base/pcg64.h"

/* ---- 128 bits ----------------------------------------------------------------------------------------------------- */

static pb_uint128 add(pb_uint128 a, pb_uint128 b)
{
    const uint64_t low = a.low + b.low;
    return (pb_uint128){a.high + b.high + (low < a.low), low};
}

/* All 128 bits of a product. */
static pb_uint128 multiply_64(uint64_t a, uint64_t b)
{
    const uint64_t a0 = a & UINT32_MAX, a1 = a >> 32, b0 = b & UINT32_MAX, b1 = b >> 32;
    const uint64_t low = a0 * b0, middle = a1 * b0 + (low >> 32), cross = a0 * b1 + (middle & UINT32_MAX);
    return (pb_uint128){a1 * b1 + (middle >> 32) + (cross >> 32), a * b};
}

static pb_uint128 multiply(pb_uint128 a, pb_uint128 b)
{
    pb_uint128 product = multiply_64(a.low, b.low);
    product.high += a.high * b.low + a.low * b.high;
    return product;
}

/* ---- SeedSequence (after O'Neill's randutils::seed_seq_fe) -------------------------------------------------------- */

enum { POOL = 4 };

static uint32_t hash_mix(uint32_t value, uint32_t *constant, uint32_t multiplier)
{
    value ^= *constant;
    *constant *= multiplier;
    value *= *constant;
    return value ^ value >> 16;
}

static uint32_t mix(uint32_t x, uint32_t y)
{
    const uint32_t result = 0xca01f9ddu * x - 0x4973f715u * y;
    return result ^ result >> 16;
}

/* A seed of up to 64 bits fills at most two words of the pool; the others take zeroes. */
static void make_pool(uint64_t seed, uint32_t pool[POOL])
{
    const uint32_t entropy[POOL] = {(uint32_t)seed, (uint32_t)(seed >> 32), 0, 0};
    uint32_t constant = 0x43b0d7e5u;
    for (int i = 0; i < POOL; i++)
        pool[i] = hash_mix(entropy[i], &constant, 0x931e8875u);
    for (int from = 0; from < POOL; from++)
        for (int to = 0; to < POOL; to++)
            if (from != to)
                pool[to] = mix(pool[to], hash_mix(pool[from], &constant, 0x931e8875u));
}

/* generate_state(n, uint64): pairs of 32 bits, the lower half first. */
static void generate(const uint32_t pool[POOL], int n, uint64_t *out)
{
    uint32_t constant = 0x8b51f9ddu;
    for (int i = 0; i < n; i++) {
        const uint64_t low = hash_mix(pool[2 * i % POOL], &constant, 0x58f38dedu);
        out[i] = low | (uint64_t)hash_mix(pool[(2 * i + 1) % POOL], &constant, 0x58f38dedu) << 32;
    }
}

/* ---- PCG64 -------------------------------------------------------------------------------------------------------- */

static void step(pb_pcg64 *random)
{
    static const pb_uint128 multiplier = {2549297995355413924u, 4865540595714422341u};
    random->state = add(multiply(random->state, multiplier), random->increment);
}

void pb_pcg64_seed(pb_pcg64 *random, uint64_t seed)
{
    uint32_t pool[POOL];
    uint64_t word[4];
    make_pool(seed, pool);
    generate(pool, 4, word);
    *random = (pb_pcg64){.increment = {word[2] << 1 | word[3] >> 63, word[3] << 1 | 1}};
    step(random);
    random->state = add(random->state, (pb_uint128){word[0], word[1]});
    step(random);
}

uint64_t pb_pcg64_bits(pb_pcg64 *random)
{
    step(random);
    const uint64_t value = random->state.high ^ random->state.low;
    const unsigned turn = (unsigned)(random->state.high >> 58);
    return value >> turn | value << (-turn & 63);
}

uint32_t pb_pcg64_bits_32(pb_pcg64 *random)
{
    random->has_half = !random->has_half;
    if (!random->has_half)
        return random->half;
    const uint64_t value = pb_pcg64_bits(random);
    random->half = (uint32_t)(value >> 32);
    return (uint32_t)value;
}

int64_t pb_pcg64_below(pb_pcg64 *random, int64_t n)
{
    PB_ASSERT(n >= 1 && n <= INT64_C(1) << 32);
    if (n == 1)
        return 0;
    if (n == INT64_C(1) << 32)
        return pb_pcg64_bits_32(random);
    const uint32_t range = (uint32_t)n;
    uint64_t product = (uint64_t)pb_pcg64_bits_32(random) * range;
    if ((uint32_t)product < range) {
        const uint32_t threshold = (uint32_t)-range % range;
        while ((uint32_t)product < threshold)
            product = (uint64_t)pb_pcg64_bits_32(random) * range;
    }
    return (int64_t)(product >> 32);
}
