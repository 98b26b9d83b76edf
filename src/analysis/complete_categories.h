/* Which categories can be compared: those that have every method, with as many seeds. */
#ifndef PB_ANALYSIS_COMPLETE_CATEGORIES_H
#define PB_ANALYSIS_COMPLETE_CATEGORIES_H

#include <purebank/stats.h>

typedef struct pb_complete {
    int64_t n, n_excluded;
    const char **datasets; /* n */
    double *values;        /* n x n_methods: means of the categories */
    pb_study_exclusion *excluded;
} pb_complete;

/* Categories without any of the methods are no part of the question, and neither counted nor named. */
pb_status pb_complete_find(const pb_study *study, const pb_study_question *question, const char *const *methods,
                           int64_t n_methods, pb_complete *out);
void pb_complete_free(pb_complete *complete);

/* Does any category of the slice have this method, by any measure? */
bool pb_slice_has(const pb_study *study, const pb_study_slice *slice, const char *method);

#endif
