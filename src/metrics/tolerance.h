/* What the true rate behind a bound made from n samples may be: tolerance bounds (method.md#rate-bound). */
#ifndef PB_METRICS_TOLERANCE_H
#define PB_METRICS_TOLERANCE_H

#include <stdint.h>

/* P(T <= t) for T of the noncentral t distribution with `degrees` >= 1 and noncentrality `delta`: the mean of
 * Phi(t w - delta) over w = sqrt(chi2 / degrees), integrated numerically. Absolute accuracy 1e-8 (tests/golden/threshold). */
double pb_noncentral_t_cdf(double t, int64_t degrees, double delta);

/* The rate that stays unexceeded with probability `confidence`, where the bound is mean + factor * deviation of n >= 2 normal
 * samples and the rate is the share of the distribution above it. 0 < confidence < 1. */
double pb_normal_rate_bound(int64_t n, double factor, double confidence);

/* The same where the bound is an order statistic with `above` - 1 of the n samples above it, 1 <= above <= n: the share of any
 * continuous distribution above it is Beta(above, n + 1 - above). */
double pb_order_rate_bound(int64_t n, int64_t above, double confidence);

#endif
