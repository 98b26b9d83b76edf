/* The tails of the distributions that tests compare with. */
#ifndef PB_ANALYSIS_DISTRIBUTIONS_H
#define PB_ANALYSIS_DISTRIBUTIONS_H

#include <stdint.h>

/* P(|Z| > |z|), Z standard normal. */
double pb_normal_two_sided(double z);
/* P(X > x), X chi-squared with `degrees` >= 1 degrees of freedom. @param x >= 0 */
double pb_chi2_tail(double x, int64_t degrees);

#endif
