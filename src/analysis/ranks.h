/* Midranks. */
#ifndef PB_ANALYSIS_RANKS_H
#define PB_ANALYSIS_RANKS_H

#include <stdint.h>

#include "base/error.h"

/* Ranks from 1 = the smallest, equal values share the mean of their places (scipy.stats.rankdata).
 * @param out n @param ties the sum of t^3 - t over groups of t equal values */
pb_status pb_ranks(const double *values, int64_t n, double *out, double *ties);

/* Of each of k columns over n rows, 1 = the highest of a row; ties as above, summed. Values must be finite. */
pb_status pb_stats_mean_ranks(const double *values, int64_t n, int64_t k, double *mean_ranks, double *ties);

#endif
