/* How likely counts are. */
#ifndef PB_BASE_BINOMIAL_H
#define PB_BASE_BINOMIAL_H

#include <stdint.h>

/* P(Binomial(n, p) < k), 0 < p < 1, 0 <= k <= n. */
double pb_binomial_below(int64_t n, double p, int64_t k);

#endif
