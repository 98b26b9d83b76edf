/* One or two normal distributions fitted to a few numbers, as sklearn.mixture.GaussianMixture fits them. */
#ifndef PB_PURIFY_MIXTURE_H
#define PB_PURIFY_MIXTURE_H

#include <stdint.h>

#include <purebank/status.h>

enum { PB_MIXTURE_MAX = 2 };

typedef struct pb_mixture {
    int n_components;
    double weight[PB_MIXTURE_MAX], mean[PB_MIXTURE_MAX], variance[PB_MIXTURE_MAX];
    double log_likelihood; /* mean over the values */
    double bic;
} pb_mixture;

/* Expectation maximisation with scikit-learn's settings: 1e-6 added to variances, at most 100 rounds, until the mean
 * log-likelihood changes by less than 1e-3. It starts from the best split into two groups (least squares), which its
 * randomly started k-means usually finds.
 * @param values n >= 1, finite @param n_components 1 or 2 */
pb_status pb_mixture_fit(const double *values, int64_t n, int n_components, pb_mixture *out);

#endif
