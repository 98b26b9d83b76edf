/* Do the scores of a few images look as if one of them did not belong? The tests of the adaptive methods. */
#ifndef PB_PURIFY_OUTLIERS_H
#define PB_PURIFY_OUTLIERS_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/status.h>

/* Biased sample skewness m3 / m2^1.5, as scipy.stats.skew; NaN where the values are equal up to rounding.
 * @param values n >= 1 */
double pb_skewness(const double *values, int64_t n);

/* Grubbs' statistic (max - mean) / sd, sd with n - 1; 0 where sd is 0. @param values n >= 2 */
double pb_grubbs_statistic(const double *values, int64_t n);

/* What the statistic must exceed at a two-sided level of 0.05 (Grubbs 1969, "Procedures for detecting outlying
 * observations in samples", equation 1 with the quantile of t). n >= 3 */
double pb_grubbs_critical(int64_t n);

/* max (value - median) / (1.4826 MAD) (method.md#mad); 0 where MAD < 1e-12.
 * @param values n >= 1; reordered */
double pb_mad_statistic(double *values, int64_t n);

/* Each answers for the image scores of a set of references. @param scores n >= 2 */
typedef pb_status (*pb_outlier_test)(const double *scores, int64_t n, bool *out);

/* Skewness > 0.5 and (max - median) / median > 0.3. */
pb_status pb_test_skewness(const double *scores, int64_t n, bool *out);
/* Grubbs' test; never for n < 3. */
pb_status pb_test_grubbs(const double *scores, int64_t n, bool *out);
/* Two normal distributions explain the scores better than one (BIC), the higher taking .05 to .60; never for n < 4. */
pb_status pb_test_mixture(const double *scores, int64_t n, bool *out);
/* The MAD statistic exceeds 3.5. */
pb_status pb_test_mad(const double *scores, int64_t n, bool *out);

#endif
