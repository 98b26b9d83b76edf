/* The Student t distribution, for prediction bounds and outlier tests. */
#ifndef PB_METRICS_STUDENT_T_H
#define PB_METRICS_STUDENT_T_H

#include <stdint.h>

/* t with P(T > t) = upper_tail for T of `degrees` >= 1 degrees of freedom; 0 < upper_tail < 1.
 * Relative accuracy 1e-10 (tests/golden/threshold). */
double pb_student_t_quantile(double upper_tail, int64_t degrees);

#endif
