/* How many images are suspected. */
#ifndef PB_SCORE_RANK_H
#define PB_SCORE_RANK_H

#include <stdint.h>

/* How many images are bad where that is known: ceil(n c) in floating point, as in the studies; at most n - 1. */
int64_t pb_known_count(int64_t n, double c);

#endif
