/* Images by suspicion. */
#ifndef PB_SCORE_RANK_H
#define PB_SCORE_RANK_H

#include <stdint.h>

#include <purebank/status.h>

/* Indices of scores[0..n), highest score first, ties by ascending index. @param order n */
pb_status pb_order_descending(const double *scores, int64_t n, int64_t *order);

/* How many images are bad where that is known: ceil(n c) in floating point, as in the studies; at most n - 1. */
int64_t pb_known_count(int64_t n, double c);

#endif
