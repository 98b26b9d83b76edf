/* Distances in float64 with a fixed order of summation: the definition that every search answer agrees with. */
#ifndef PB_SEARCH_DISTANCE_H
#define PB_SEARCH_DISTANCE_H

#include <stdint.h>

#include <purebank/index.h>

/* Sum of (a - b)^2, differences and squares in float64. */
double pb_squared_distance(const float *a, const float *b, int64_t dim);

/* Sum of a * b in float64. */
double pb_dot(const float *a, const float *b, int64_t dim);

/* pb_index_distance() by cosine, where pb_dot() of each with itself is known. */
double pb_cosine_distance(const float *a, const float *b, double square_a, double square_b, int64_t dim);

/* Bound of the rounding of pb_index_distance() against the real number it stands for: relative for the
 * Euclidean metric, absolute for cosine. Higham 2002, section 3.1: a sum of n products is off by at most
 * gamma_n. */
double pb_distance_rounding(int64_t dim, pb_metric metric);

#endif
