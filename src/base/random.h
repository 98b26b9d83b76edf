/* NumPy's legacy RandomState, to the bit: MT19937 (Matsumoto and Nishimura 1998) seeded by init_genrand, and the draws
 * that the studies made with it. Never global: a generator is a value, its seed an argument. */
#ifndef PB_BASE_RANDOM_H
#define PB_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/status.h>

enum { PB_RANDOM_WORDS = 624 };

typedef struct pb_random {
    uint32_t state[PB_RANDOM_WORDS];
    int next; /* word that is tempered next */
} pb_random;

/* RandomState(seed). */
void pb_random_seed(pb_random *random, uint32_t seed);

/* 32 random bits. */
uint32_t pb_random_bits(pb_random *random);

/* random_sample(): uniform in [0, 1), 53 bits. */
double pb_random_uniform(pb_random *random);

/* Uniform in 0..max, both included, by masked rejection; 0 draws nothing. randint(low, high) is low +
 * pb_random_up_to(high - low - 1). */
uint64_t pb_random_up_to(pb_random *random, uint64_t max);

/* shuffle(): Fisher and Yates from the end. */
void pb_random_shuffle(pb_random *random, int64_t *values, int64_t n);

/* permutation(n). @param out n */
void pb_random_permutation(pb_random *random, int64_t n, int64_t *out);

/* choice(n, count, replace): `count` of 0..n-1, in the order drawn.
 * @param out count
 * @return PB_STATUS_BAD_ARGUMENT when there are too few to choose from */
pb_status pb_random_choice(pb_random *random, int64_t n, int64_t count, bool replace, int64_t *out);

#endif
