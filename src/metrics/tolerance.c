#include "metrics/tolerance.h"

#include <float.h>
#include <math.h>

#include "base/binomial.h"
#include "base/error.h"

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752440);
}

/* log of the density of w = sqrt(chi2 / degrees), up to a constant; 0 at its mode for degrees > 1. */
static double log_density(double w, double degrees, double mode)
{
    const double powers = degrees > 1 ? (degrees - 1) * log(w / mode) : 0;
    return powers - 0.5 * degrees * (w * w - mode * mode);
}

/* Integrals over [low, high] by Simpson's rule: of the density of w, and of what of it lies below t. */
typedef struct integral {
    double t, delta, degrees, mode;
    double below, all;
} integral;

static void integrate(integral *sum, double low, double high)
{
    enum { STEPS = 1000 }; /* even */
    const double step = (high - low) / STEPS;
    for (int i = 0; i <= STEPS; i++) {
        const double w = low + step * i, simpson = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        if (w <= 0 && sum->degrees > 1)
            continue;
        const double weight = step * simpson * exp(log_density(w, sum->degrees, sum->mode));
        sum->below += weight * normal_cdf(sum->t * w - sum->delta);
        sum->all += weight;
    }
}

double pb_noncentral_t_cdf(double t, int64_t degrees, double delta)
{
    PB_ASSERT(degrees >= 1);
    /* The density falls below 1e-30 of its mode at 12 of its deviations, about 1 / sqrt(2 degrees), from it. */
    const double n = (double)degrees, mode = degrees > 1 ? sqrt((n - 1) / n) : 0, reach = 12 / sqrt(n);
    const double low = fmax(mode - reach, 0), high = mode + reach;
    /* Phi goes from 0 to 1 between these: steps must be finer there. */
    const double a = t != 0 ? (delta - 9) / t : low, b = t != 0 ? (delta + 9) / t : high;
    const double first = fmin(fmax(fmin(a, b), low), high), second = fmin(fmax(fmax(a, b), low), high);
    integral sum = {.t = t, .delta = delta, .degrees = n, .mode = mode};
    integrate(&sum, low, first);
    integrate(&sum, first, second);
    integrate(&sum, second, high);
    return sum.below / sum.all;
}

/* P(share above <= rate) falls with rate's normal quantile; bisection on that. */
double pb_normal_rate_bound(int64_t n, double factor, double confidence)
{
    PB_ASSERT(n >= 2 && confidence > 0 && confidence < 1);
    const double root = sqrt((double)n);
    double low = -40, high = 40; /* quantiles of the share below the bound */
    for (int i = 0; i < 200 && high - low > DBL_EPSILON * fmax(fabs(low), 1); i++) {
        const double z = (low + high) / 2;
        if (pb_noncentral_t_cdf(factor * root, n - 1, z * root) > confidence)
            low = z;
        else
            high = z;
    }
    return normal_cdf(-(low + high) / 2);
}

double pb_order_rate_bound(int64_t n, int64_t above, double confidence)
{
    PB_ASSERT(n >= 1 && above >= 1 && above <= n && confidence > 0 && confidence < 1);
    double low = 0, high = 1;
    for (int i = 0; i < 100; i++) {
        const double p = (low + high) / 2;
        if (1 - pb_binomial_below(n, p, above) < confidence)
            low = p;
        else
            high = p;
    }
    return (low + high) / 2;
}
