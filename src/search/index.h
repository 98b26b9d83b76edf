/* An index with the precision of its filter under control, for tests and benchmarks. */
#ifndef PB_SEARCH_INDEX_H
#define PB_SEARCH_INDEX_H

#include <purebank/index.h>

#include "search/product.h"

/* pb_index_new() with `precision`, or chosen by measurement where it is NULL. */
pb_status pb_index_new_with(const float *rows, int64_t n, int64_t dim, pb_metric metric, const pb_precision *precision,
                            pb_index **out);

pb_precision pb_index_precision(const pb_index *index);

/* Rows of one block, the unit of the scan. */
enum { PB_INDEX_BLOCK_ROWS = 512, PB_INDEX_QUERY_TILE = 256 };

#endif
