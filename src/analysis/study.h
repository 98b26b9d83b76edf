/* A study from the inside: how its rows come together. */
#ifndef PB_ANALYSIS_STUDY_H
#define PB_ANALYSIS_STUDY_H

#include <purebank/study.h>

#include "base/error.h"

/* Texts, each once. */
typedef struct pb_text_set {
    char **slot; /* capacity, a power of 2; NULL = free */
    int64_t n, capacity;
} pb_text_set;

pb_status pb_text_set_add(pb_text_set *set, const char *text, const char **out);
void pb_text_set_free(pb_text_set *set);

/* A row, and where it was read. */
typedef struct pb_study_entry {
    pb_study_row row;
    int64_t method_order; /* place of the method among all */
    int64_t file, line;
} pb_study_entry;

typedef struct pb_study_entries {
    pb_study_entry *entry;
    int64_t n, capacity;
    pb_text_set texts;
    const char *const *paths;
    int64_t n_paths;
    pb_study_setups setups;
    bool has_origin;
    pb_origin origin;
    int64_t origin_file;  /* that told it */
    int64_t assumed_file; /* of which nothing tells the setup; -1: none */
} pb_study_entries;

/* Adds the rows of file `file` of the paths. */
pb_status pb_study_read_file(pb_study_entries *entries, int64_t file);
void pb_study_entries_free(pb_study_entries *entries);

/* The rows that `keeps` says, as a study of its own, which borrows its texts from `study`.
 * @return PB_STATUS_MISMATCH where no row is left */
pb_status pb_study_narrow(const pb_study *study, bool (*keeps)(const void *context, const pb_study_row *row),
                          const void *context, pb_study **out);

/* Where a method stands in tables: those of purification, the rules of audits, what assurance does, all others. */
int64_t pb_study_method_place(const char *rule);
/* "imgmax_mad k1.5" of a rule and its multiplier: what pb_study_method() takes apart. */
pb_status pb_study_name_method(const char *rule, double k, char *out, size_t size);
/* Is the method told which images are bad, or how many? */
bool pb_study_is_told(const char *name);

#endif
