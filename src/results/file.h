/* A whole file of results, whoever wrote it: columns are found by their names, in any order. */
#ifndef PB_RESULTS_FILE_H
#define PB_RESULTS_FILE_H

#include "io/csv.h"
#include "results/columns.h"

typedef struct pb_keyed_row {
    char *text; /* as pb_key_text() */
    int64_t row;
} pb_keyed_row;

typedef struct pb_results_file {
    char *path;
    pb_csv_table csv;
    int64_t at
        [PB_N_COLUMNS]; /* where our columns stand; -1: the file has it not, or pb_results_file_columns() was not called */
    pb_keyed_row *key; /* one a row, sorted; NULL before pb_results_file_index() */
} pb_results_file;

/* Reads a file of results; fields are separated by ";". */
pb_status pb_results_file_read(const char *path, pb_results_file *out);
/* Accepts zeroed files. */
void pb_results_file_free(pb_results_file *file);

/* ---- Rows by key ---- */

/* Sorts the rows by the columns named in `key`, separated by commas.
 * @return PB_STATUS_BAD_FORMAT for a column that is not there, or a key that occurs twice */
pb_status pb_results_file_index(pb_results_file *file, const char *key);
/* The columns that tell rows apart, of those that both have: "dataset,config,seed"; free with pb_free(). */
pb_status pb_results_common_key(const pb_results_file *a, const pb_results_file *b, char **out);

/* ---- Typed values: errors name file, line and column ---- */

/* Finds our columns. @return PB_STATUS_BAD_FORMAT for two that say the same under different names */
pb_status pb_results_file_columns(pb_results_file *file);
/* "" for a column that is not there. */
const char *pb_results_text(const pb_results_file *file, int64_t row, pb_column column);
/* A finite number within the column's range. @return PB_STATUS_BAD_FORMAT for anything else than a number, also for an empty
 *         field; PB_STATUS_BAD_VALUE for one out of range */
pb_status pb_results_number(const pb_results_file *file, int64_t row, pb_column column, double *out);
/* The same; NaN where the field is empty or the column not there. */
pb_status pb_results_known_number(const pb_results_file *file, int64_t row, pb_column column, double *out);
/* A whole number; `missing` where the column is not there. @return also PB_STATUS_BAD_VALUE for a fraction */
pb_status pb_results_whole(const pb_results_file *file, int64_t row, pb_column column, int64_t missing, int64_t *out);
/* "FILE, line 7: COLUMN is "x", <what>" */
pb_status pb_results_fail(const pb_results_file *file, int64_t row, pb_column column, pb_status status,
                          const char *what);

#endif
