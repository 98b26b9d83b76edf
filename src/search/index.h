/* An index with the way of its filter under control, for tests and benchmarks. */
#ifndef PB_SEARCH_INDEX_H
#define PB_SEARCH_INDEX_H

#include <purebank/index.h>

#include "search/filter.h"
#include "search/searched.h"

struct pb_index {
    pb_searched searched;
    pb_product *packing;
};

/* Which rows block b has: `n` from `first` on, `stride` apart. Neighbouring blocks share a stretch of rows in turn, so that the
 * first already knows something about all of them and limits are tight soon, whatever the order of the rows. */
typedef struct pb_index_block {
    int64_t first, n, stride;
} pb_index_block;

pb_index_block pb_index_block_of(const pb_searched *searched, int64_t b);

/* Rows a block, and blocks, of an index of n rows. */
void pb_index_divide(pb_searched *searched);

/* pb_index_new() with a filter that works as `plan` says, or as a probe of the rows says where it is NULL. */
pb_status pb_index_new_with(const float *rows, int64_t n, int64_t dim, pb_metric metric, const pb_filter_plan *plan,
                            pb_index **out);

/* What holds. */
pb_filter_plan pb_index_plan(const pb_index *index);

#endif
