/** @file results.h
 *  @brief Result files of the studies (method.md#columns), whoever wrote them: compared with each other, and joined to one.
 *  No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_RESULTS_H
#define PUREBANK_RESULTS_H

#include <stdint.h>

#include <purebank/status.h>

PB_BEGIN_DECLS

/** Two values that are apart. */
typedef struct pb_results_difference {
    char key[512], column[64], a[96], b[96]; /**< texts, cut where they are longer */
    double distance;                         /**< infinity where they are no numbers */
} pb_results_difference;

/** Free with pb_results_comparison_free(). */
typedef struct pb_results_comparison {
    int64_t n_common, n_only_a, n_only_b; /**< rows */
    int64_t n_values;                     /**< compared */
    int64_t n_empty;                      /**< not compared, as one side has nothing there */
    int64_t n_differences;                /**< beyond the tolerance */
    pb_results_difference *difference;    /**< worst first */
} pb_results_comparison;

/** Joins two files by key and compares the columns that both have, but for those of the clock.
 *  @param key columns separated by commas; NULL: all that tell rows apart and that both have
 *  @param tolerance numbers may be as far apart as this, >= 0
 *  @return PB_STATUS_BAD_FORMAT for a key that occurs twice, PB_STATUS_MISMATCH where no row is in both */
PB_API pb_status pb_results_compare(const char *a, const char *b, const char *key, double tolerance,
                                    pb_results_comparison *out);
/** Accepts NULL and zeroed comparisons. */
PB_API void pb_results_comparison_free(pb_results_comparison *comparison);

typedef struct pb_results_merged {
    int64_t n_rows;     /**< written */
    int64_t n_repeated; /**< that stood in more than one file, written once */
} pb_results_merged;

/** Joins files with the same columns, shards of a run for example; rows are sorted by key.
 *  @return PB_STATUS_MISMATCH for other columns, another setup or other features, or rows that contradict each other */
PB_API pb_status pb_results_merge(const char *const *paths, int64_t n, const char *key, const char *output,
                                  pb_results_merged *out);

PB_END_DECLS

#endif
