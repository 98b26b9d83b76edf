#include "metrics/check.h"

#include <inttypes.h>
#include <math.h>

#include "base/error.h"

pb_status pb_check_finite(const double *values, int64_t n, const char *what)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return pb_fail(PB_STATUS_BAD_VALUE, "%s %" PRId64 " of %" PRId64 " is %g: only finite numbers can be used",
                           what, i, n, values[i]);
    return PB_STATUS_OK;
}
