/* What tests may change about a run. */
#ifndef PB_EXPERIMENT_EXPERIMENT_H
#define PB_EXPERIMENT_EXPERIMENT_H

#include <purebank/experiment.h>

/* Computes by the definition: a bank and a search for each cell, nothing shared. Slow; the results are the same bits. */
void pb_experiment_score_one_by_one(pb_experiment *experiment);

#endif
