/* Which categories can be compared: those that have every method, by the question's policy with as many seeds. */
#ifndef PB_ANALYSIS_COMPLETE_CATEGORIES_H
#define PB_ANALYSIS_COMPLETE_CATEGORIES_H

#include <purebank/stats.h>

#include "base/error.h"

typedef struct pb_complete {
    int64_t n, n_excluded;
    const char **datasets; /* n */
    double *values;        /* n x n_methods: means of the categories */
    pb_study_exclusion *excluded;
} pb_complete;

/* Categories without any of the methods are no part of the question, and neither counted nor named. The rows of the baseline are
 * those of any auditor. */
pb_status pb_complete_find(const pb_study *study, const pb_study_question *question, const char *const *methods,
                           int64_t n_methods, pb_complete *out);
void pb_complete_free(pb_complete *complete);

/* A question of any version of the library, complete: out->policy is `policy`, and out->baseline a name.
 * @return PB_STATUS_BAD_ARGUMENT for a tie below 0 or NaN */
pb_status pb_question_read(const pb_study_question *question, pb_effect_policy *policy, pb_study_question *out);
/* pb_study_mean() of the question's slice and measure at this contamination. */
double pb_question_mean(const pb_study *study, const pb_study_question *question, double contamination,
                        const char *dataset, const char *method);

/* Does any category of the slice have this method, by any measure? */
bool pb_slice_has(const pb_study *study, const pb_study_slice *slice, const char *method);

#endif
