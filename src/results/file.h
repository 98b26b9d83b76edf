/* Whole result files, whoever wrote them, with their rows by key. */
#ifndef PB_EXPERIMENT_TABLES_H
#define PB_EXPERIMENT_TABLES_H

#include "experiment/row.h"
#include "io/csv.h"

typedef struct pb_keyed_row {
    char *text; /* as pb_key_text() */
    int64_t row;
} pb_keyed_row;

typedef struct pb_results_table {
    char *path;
    pb_csv_table csv;
    pb_keyed_row *key; /* one a row, sorted; NULL before pb_results_table_index() */
} pb_results_table;

/* Reads a file of results; fields are separated by ";". */
pb_status pb_results_table_read(const char *path, pb_results_table *out);
/* Sorts the rows by the columns named in `key`, separated by commas.
 * @return PB_STATUS_BAD_FORMAT for a column that is not there, or a key that occurs twice */
pb_status pb_results_table_index(pb_results_table *table, const char *key);
/* The columns that tell rows apart, of those that both have: "dataset,config,seed"; free with pb_free(). */
pb_status pb_results_common_key(const pb_results_table *a, const pb_results_table *b, char **out);
/* Accepts zeroed tables. */
void pb_results_table_free(pb_results_table *table);

#endif
