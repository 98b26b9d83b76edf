/* What several functions are told, and from where to where it goes: the message names the value. */
#ifndef PB_BASE_RANGES_H
#define PB_BASE_RANGES_H

#include <stdint.h>

#include "base/error.h"

/* 0..PB_SEED_MAX. */
pb_status pb_check_seed(int64_t seed);
/* 0..1. @param what "contamination" */
pb_status pb_check_share(const char *what, double share);
/* PB_PERCENTILE_MIN..100: above 0, since what scores above the 0th percentile is almost everything, and a struct of zeroes says 0. */
#define PB_PERCENTILE_MIN 0.001
pb_status pb_check_percentile(double percentile);

#endif
