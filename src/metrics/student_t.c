#include "metrics/student_t.h"

#include <float.h>
#include <math.h>

#include "base/error.h"

/* B(n/2, 1/2), by B((m + 2)/2, 1/2) = B(m/2, 1/2) m / (m + 1) from B(1/2, 1/2) = pi or B(1, 1/2) = 2: for
 * half-integers simpler and closer than differences of log-gammas. */
static double beta_half(int64_t n)
{
    double beta = n % 2 ? 3.14159265358979323846 : 2.0;
    for (int64_t m = n % 2 ? 1 : 2; m < n; m += 2)
        beta *= (double)m / (double)(m + 1);
    return beta;
}

/* The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method as
 * modified by Thompson and Barnett 1986; converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = DBL_MIN / DBL_EPSILON;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double fraction = d;
    for (int m = 1; m < 10000; m++) {
        double change = 1;
        for (int odd = 0; odd < 2; odd++) {
            const double coefficient = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                           : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + coefficient * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + coefficient / c;
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            fraction *= change;
        }
        if (fabs(change - 1) < DBL_EPSILON)
            break;
    }
    return fraction;
}

/* P(T > t) for t >= 0: half the regularised incomplete beta I_x(degrees/2, 1/2) at x = degrees / (degrees +
 * t^2) (Abramowitz and Stegun 26.7.1), or by the symmetry 1 - I_{1-x}(1/2, degrees/2) where that converges
 * faster. */
static double upper_tail_of(double t, int64_t degrees, double beta)
{
    const double n = (double)degrees, a = n / 2, b = 0.5;
    const double x = n / (n + t * t), y = t * t / (n + t * t);
    const double power = exp(-a * log1p(t * t / n)) * sqrt(y); /* x^a y^b */
    if (x < (a + 1) / (a + b + 2))
        return 0.5 * power * beta_fraction(a, b, x) / (a * beta);
    return 0.5 - 0.5 * power * beta_fraction(b, a, y) / (b * beta);
}

static double density(double t, int64_t degrees, double beta)
{
    const double n = (double)degrees;
    return exp(-(n + 1) / 2 * log1p(t * t / n)) / (sqrt(n) * beta);
}

double pb_student_t_quantile(double upper_tail, int64_t degrees)
{
    PB_ASSERT(upper_tail > 0 && upper_tail < 1 && degrees >= 1);
    if (upper_tail > 0.5)
        return -pb_student_t_quantile(1 - upper_tail, degrees);
    const double beta = beta_half(degrees);
    double low = 0, high = 1;
    while (upper_tail_of(high, degrees, beta) > upper_tail) {
        low = high;
        high *= 2;
    }
    /* Newton on log(tail), which is nearly straight in the far tail; bisection wherever that leaves the
     * bracket. */
    double t = (low + high) / 2;
    for (int i = 0; i < 200 && high - low > DBL_EPSILON * high; i++) {
        const double tail = upper_tail_of(t, degrees, beta);
        if (tail > upper_tail)
            low = t;
        else
            high = t;
        const double step = tail * log(tail / upper_tail) / density(t, degrees, beta);
        const double next = t + step > low && t + step < high ? t + step : (low + high) / 2;
        if (fabs(next - t) <= DBL_EPSILON * t)
            break;
        t = next;
    }
    return t;
}
