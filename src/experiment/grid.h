/* The dimensions of a run as numbers. */
#ifndef PB_EXPERIMENT_GRID_H
#define PB_EXPERIMENT_GRID_H

#include <purebank/experiment.h>

#include "experiment/treatments.h"

typedef struct pb_int_list {
    int64_t n;
    int64_t *value;
} pb_int_list;

typedef struct pb_real_list {
    int64_t n;
    double *value;
} pb_real_list;

typedef struct pb_grid {
    int n_setups;
    pb_setup setup[2];
    pb_int_list limits, seeds, ks;
    pb_real_list contamination, percentiles;
    pb_treatment_list methods;
} pb_grid;

/* The grid of a run with what the options change. Values that occur twice count once. Free with pb_grid_free(). */
pb_status pb_grid_new(const pb_experiment_run *run, const pb_experiment_options *options, pb_grid *out);
void pb_grid_free(pb_grid *grid);

#endif
