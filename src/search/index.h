/* An index with the way of its filter under control, for tests and benchmarks. */
#ifndef PB_SEARCH_INDEX_H
#define PB_SEARCH_INDEX_H

#include <purebank/index.h>

#include "search/filter.h"

/* pb_index_new() with a filter that works as `plan` says, or as a probe of the rows says where it is NULL. */
pb_status pb_index_new_with(const float *rows, int64_t n, int64_t dim, pb_metric metric, const pb_filter_plan *plan,
                            pb_index **out);

/* What holds. */
pb_filter_plan pb_index_plan(const pb_index *index);

#endif
