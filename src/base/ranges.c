#include "base/ranges.h"

#include <inttypes.h>

#include <purebank/runtime.h>

pb_status pb_check_seed(int64_t seed)
{
    PB_CHECK_ARG(seed >= 0 && seed <= PB_SEED_MAX, "a seed must be between 0 and %" PRId64 ", not %" PRId64,
                 PB_SEED_MAX, seed);
    return PB_STATUS_OK;
}

pb_status pb_check_share(const char *what, double share)
{
    PB_CHECK_ARG(share >= 0 && share <= 1, "%s must be between 0 and 1, not %g", what, share);
    return PB_STATUS_OK;
}

pb_status pb_check_percentile(double percentile)
{
    PB_CHECK_ARG(percentile >= PB_PERCENTILE_MIN && percentile <= 100,
                 "the percentile must be above 0 and at most 100, not %g", percentile);
    return PB_STATUS_OK;
}
