#include "purify/mixture.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"

enum { MAX_ROUNDS = 100 };

static const double tolerance = 1e-3, variance_floor = 1e-6;
static const double two_pi = 6.283185307179586;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* k-means with two groups in one dimension, solved: groups are runs of the sorted values. Splits so that the squared
 * distance between the group means, weighted, is largest. Returns the size of the lower group; n where all are equal.
 * @param sorted n, ascending */
static int64_t best_split(const double *sorted, int64_t n)
{
    double total = 0, lower = 0, best = 0;
    int64_t size = n;
    for (int64_t i = 0; i < n; i++)
        total += sorted[i] - sorted[0];
    for (int64_t i = 1; i < n; i++) {
        lower += sorted[i - 1] - sorted[0];
        const double a = (double)i, b = (double)(n - i);
        const double gap = (total - lower) / b - lower / a;
        if (sorted[i] > sorted[i - 1] && a * b * gap * gap > best) {
            best = a * b * gap * gap;
            size = i;
        }
    }
    return size;
}

/* Weights, means and variances from responsibilities. @param share n_components x n */
static void maximise(const double *values, const double *share, int64_t n, pb_mixture *mixture)
{
    double total = 0;
    for (int c = 0; c < mixture->n_components; c++) {
        const double *own = share + c * n;
        double count = 10 * DBL_EPSILON, sum = 0, squares = 0;
        for (int64_t i = 0; i < n; i++) {
            count += own[i];
            sum += own[i] * values[i];
        }
        mixture->mean[c] = sum / count;
        for (int64_t i = 0; i < n; i++) {
            const double x = values[i] - mixture->mean[c];
            squares += own[i] * x * x;
        }
        mixture->variance[c] = squares / count + variance_floor;
        mixture->weight[c] = count / (double)n;
        total += mixture->weight[c];
    }
    for (int c = 0; c < mixture->n_components; c++)
        mixture->weight[c] /= total;
}

/* Of weighted component c at x. */
static double log_density(const pb_mixture *mixture, int c, double x)
{
    const double variance = mixture->variance[c], gap = x - mixture->mean[c];
    return log(mixture->weight[c]) - 0.5 * (log(two_pi * variance) + gap * gap / variance);
}

/* Responsibilities, and the mean log-likelihood. */
static double expect(const double *values, double *share, int64_t n, const pb_mixture *mixture)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double density[PB_MIXTURE_MAX] = {log_density(mixture, 0, values[i])}, log_total = density[0];
        for (int c = 1; c < mixture->n_components; c++) {
            density[c] = log_density(mixture, c, values[i]);
            const double larger = fmax(log_total, density[c]), smaller = fmin(log_total, density[c]);
            log_total = larger + log1p(exp(smaller - larger));
        }
        for (int c = 0; c < mixture->n_components; c++)
            share[c * n + i] = exp(density[c] - log_total);
        sum += log_total;
    }
    return sum / (double)n;
}

static void iterate(const double *values, double *share, int64_t n, pb_mixture *mixture)
{
    double before = -(double)INFINITY;
    maximise(values, share, n, mixture);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        const double likelihood = expect(values, share, n, mixture);
        maximise(values, share, n, mixture);
        if (fabs(likelihood - before) < tolerance)
            break;
        before = likelihood;
    }
    mixture->log_likelihood = expect(values, share, n, mixture);
}

pb_status pb_mixture_fit(const double *values, int64_t n, int n_components, pb_mixture *out)
{
    PB_CHECK_ARG(n >= 1 && n_components >= 1 && n_components <= PB_MIXTURE_MAX,
                 "a mixture has 1 or 2 components, not %d, and at least 1 value", n_components);
    pb_mixture mixture = {.n_components = n_components};
    double *sorted = NULL, *share = NULL;
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(sorted, n));
    PB_TRY_GOTO(PB_NEW_PRODUCT(share, n_components, n));
    memcpy(sorted, values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    const int64_t lower = n_components == 1 ? n : best_split(sorted, n);
    for (int64_t i = 0; i < n; i++)
        share[i < lower ? i : n + i] = 1;
    iterate(sorted, share, n, &mixture); /* sorted: the same bits for any order of the images */
    mixture.bic = -2 * mixture.log_likelihood * (double)n + (3 * n_components - 1) * log((double)n);
    *out = mixture;
done:
    pb_free(sorted);
    pb_free(share);
    return status;
}
