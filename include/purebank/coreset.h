/** @file coreset.h
 *  @brief Few rows that stand for many: greedy k-center. No pointer in this header may be NULL unless it says so, but those to pb_progress. */
#ifndef PUREBANK_CORESET_H
#define PUREBANK_CORESET_H

#include <stdint.h>

#include <purebank/export.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** Selects rows so that none is far from a selected one: row 0, then always the row that is farthest from all selected so far, ties
 *  by ascending index (greedy k-center, method.md#coreset). At most twice as far as by the best choice of as many. Distances are those of pb_index_distance(),
 *  Euclidean, so that the selection is the same on every machine and for any number of threads.
 *  @param rows     n x dim, finite
 *  @param wanted   1..n rows
 *  @param progress may be NULL; in units of rows selected
 *  @param selected wanted: the rows in the order of their selection
 *  @return PB_STATUS_BAD_ARGUMENT for another `wanted`, PB_STATUS_BAD_VALUE for NaN or infinity */
PB_API pb_status pb_coreset_select(const float *rows, int64_t n, int64_t dim, int64_t wanted,
                                   const pb_progress *progress, int64_t *selected);

PB_END_DECLS

#endif
