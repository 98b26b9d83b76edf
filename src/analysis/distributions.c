#include "analysis/distributions.h"

#include <math.h>

#include <purebank/stats.h>

double pb_normal_two_sided(double z)
{
    return erfc(fabs(z) * M_SQRT1_2);
}

/* Closed forms for whole degrees of freedom (Abramowitz and Stegun 26.4.4 and 26.4.5): all terms are positive, so that nothing
 * cancels. Terms as x^(i) e^(-x/2) / (...) by their logarithm start, lest they underflow before they grow. */
double pb_chi2_tail(double x, int64_t degrees)
{
    if (x <= 0)
        return 1;
    const double half = x / 2;
    const int odd = degrees % 2 != 0;
    /* Half-integer or integer power that the sum starts with: half^a / Gamma(a + 1). */
    double a = odd ? 0.5 : 0;
    double sum = odd ? erfc(sqrt(half)) : 0;
    for (; a < (double)degrees / 2 - 0.25; a += 1)
        sum += exp(a * log(half) - half - lgamma(a + 1));
    return sum < 1 ? sum : 1;
}

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* P(Q > q) = k Int phi(z) (Phi(z)^(k-1) - (Phi(z) - Phi(z-q))^(k-1)) dz (David and Nagaraja 2003,
 * Order Statistics, 2.3: one minus the probability that all lie within q below the highest, which is at z). The difference of powers is taken
 * by expm1 and log1p, so that small tails keep their digits. The integrand is analytic and decays as phi does: the
 * trapezoidal rule's error falls as exp(-2 pi^2 / h^2), far below rounding for the h here. */
double pb_stats_studentized_range(double q, int64_t k)
{
    const double h = 1.0 / 16, reach = 12;
    double sum = 0;
    if (!(q > 0))
        return 1;
    const int64_t n = (int64_t)ceil((2 * reach + q) / h);
    for (int64_t i = 0; i <= n && q < 80; i++) {
        const double z = -reach + h * (double)i, below = normal_cdf(z);
        const double power = (double)(k - 1);
        const double left = -expm1(power * log1p(-normal_cdf(z - q) / below));
        sum += exp(-0.5 * z * z + power * log(below)) * left;
    }
    const double p = (double)k * h * sum / sqrt(2 * M_PI);
    return p < 1 ? p : 1;
}
