/* A result file that is continued: rows are recognised by their key, columns by their name. */
#ifndef PB_EXPERIMENT_RESULTS_H
#define PB_EXPERIMENT_RESULTS_H

#include <stdbool.h>

#include <purebank/features.h>
#include <purebank/protocol.h>

#include "experiment/detectors.h"
#include "experiment/row.h"

typedef struct pb_results pb_results;

/* What all rows of a file have in common and no column tells. It stands in <file>.json. */
typedef struct pb_results_about {
    bool in_rows; /* a column tells the setup */
    pb_setup setup;
    int64_t n;
    struct {
        char detector[PB_DETECTOR_NAME_BYTES]; /* "": the only one, which has no name */
        pb_origin origin;
    } features[PB_MAX_DETECTORS];
} pb_results_about;

/* Reads the keys of what is done; a last line without its end does not count. A file that is not there is empty.
 * @param published setup of a file without <file>.json, as the studies publish them
 * @return PB_STATUS_MISMATCH where the file is about something else */
pb_status pb_results_read(const char *path, const pb_row_format *format, const pb_results_about *about,
                          pb_setup published, pb_results **out);
/* As if there were no file. */
pb_status pb_results_new(const char *path, const pb_row_format *format, const pb_results_about *about,
                         pb_results **out);
bool pb_results_has(const pb_results *results, const char *key);
int64_t pb_results_count(const pb_results *results);

/* Makes the file ready for rows: cuts a torn last line off, or begins it. The caller holds the lock. */
pb_status pb_results_begin(pb_results *results);
/* Appends rows in the columns of the file; they have reached the disk when this returns. */
pb_status pb_results_append(pb_results *results, const pb_row *rows, int64_t n);

/* Accepts NULL. */
void pb_results_close(pb_results *results);

/* What the file at `path` is about, as <path>.json has it; *found = false where there is none. */
pb_status pb_results_about_find(const char *path, pb_results_about *out, bool *found);

/* Writes <output>.json as all files have it; nothing where none has one.
 * @return PB_STATUS_MISMATCH where they disagree, or only some have one */
pb_status pb_results_about_merge(const char *const *paths, int64_t n, const char *output);

/* path + ending; free with pb_free(). */
pb_status pb_results_name(const char *path, const char *ending, char **out);

#endif
