#include "score/rank.h"

#include <math.h>

int64_t pb_known_count(int64_t n, double c)
{
    const int64_t count = (int64_t)ceil((double)n * c);
    return count < n ? count : n - 1;
}
