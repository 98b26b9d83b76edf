/* A result file that is continued: rows are recognised by their key, columns by their name. */
#ifndef PB_RESULTS_APPEND_H
#define PB_RESULTS_APPEND_H

#include "results/about.h"
#include "results/row.h"

typedef struct pb_results pb_results;

/* Reads the keys of what is done; a last line without its end does not count. A file that is not there is empty.
 * @param published setup of a file without <file>.json
 * @return PB_STATUS_MISMATCH where the file is about something else */
pb_status pb_results_read(const char *path, pb_results_kind kind, const pb_results_about *about, pb_setup published,
                          pb_results **out);
/* As if there were no file. */
pb_status pb_results_new(const char *path, pb_results_kind kind, const pb_results_about *about, pb_results **out);
/* Is there a row with the key of this one? */
bool pb_results_has(const pb_results *results, const pb_row *row);

/* Makes the file ready for rows: cuts a torn last line off, or begins it. The caller holds the lock. */
pb_status pb_results_begin(pb_results *results);
/* Appends rows in the columns of the file; they have reached the disk when this returns. */
pb_status pb_results_append(pb_results *results, const pb_row *rows, int64_t n);

/* Renames the file at `path`, and what it is about, to <...>.old; where there is none, nothing happens. */
pb_status pb_results_retire(const char *path);

/* Accepts NULL. */
void pb_results_close(pb_results *results);

#endif
