/* What all rows of a result file have in common and no column tells. It stands in <file>.json. */
#ifndef PB_RESULTS_ABOUT_H
#define PB_RESULTS_ABOUT_H

#include <stdbool.h>

#include <purebank/features.h>
#include <purebank/protocol.h>

#include "io/file.h"

enum { PB_MAX_DETECTORS = 16, PB_DETECTOR_NAME_BYTES = 64 };

typedef struct pb_results_about {
    bool in_rows; /* a column tells the setup */
    pb_setup setup;
    int64_t n;
    struct {
        char detector[PB_DETECTOR_NAME_BYTES]; /* "": the only one, which has no name */
        pb_origin origin;
    } features[PB_MAX_DETECTORS];
} pb_results_about;

/* Of the file at `path`; *found = false where there is no <path>.json. */
pb_status pb_results_about_find(const char *path, pb_results_about *out, bool *found);
/* Writes <path>.json. */
pb_status pb_results_about_save(const pb_results_about *about, const char *path);

/* Adds the detectors that only `more` has. @return PB_STATUS_MISMATCH where both have one, with other features */
pb_status pb_results_about_add(pb_results_about *about, const char *name, const pb_results_about *more,
                               const char *more_name);
/* What all files have; *found = false where none has a .json.
 * @return PB_STATUS_MISMATCH where they disagree, or only some have one */
pb_status pb_results_about_merge(const char *const *paths, int64_t n, pb_results_about *out, bool *found);
/* Commits a file of results with what it is about, both or none; NULL: nothing is known, so that an older <path>.json goes.
 * Frees the writer whatever happens. */
pb_status pb_results_commit(pb_writer *file, const pb_results_about *about, const char *path);

/* path + ending; free with pb_free(). */
pb_status pb_results_name(const char *path, const char *ending, char **out);

#endif
