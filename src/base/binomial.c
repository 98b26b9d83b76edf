#include "base/binomial.h"

#include <math.h>

/* Summed from the ratio of neighbouring terms. */
double pb_binomial_below(int64_t n, double p, int64_t k)
{
    double log_term = (double)n * log1p(-p), sum = 0;
    for (int64_t i = 0; i < k; i++) {
        sum += exp(log_term);
        log_term += log((double)(n - i) / (double)(i + 1)) + log(p) - log1p(-p);
    }
    return sum;
}
