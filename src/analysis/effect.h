/* The effect of a method over categories that were found beforehand. */
#ifndef PB_ANALYSIS_EFFECT_H
#define PB_ANALYSIS_EFFECT_H

#include <purebank/effect.h>

#include "analysis/complete_categories.h"

/* @param question as pb_question_read() gives it
 * @param complete of the method and the baseline, in this order */
pb_effect pb_effect_of(const pb_study *study, const pb_study_question *question, const char *method,
                       const pb_complete *complete);

#endif
