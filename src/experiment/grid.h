/* The dimensions of a run as numbers. */
#ifndef PB_EXPERIMENT_GRID_H
#define PB_EXPERIMENT_GRID_H

#include <purebank/catalog.h>
#include <purebank/experiment.h>

typedef struct pb_int_list {
    int64_t n;
    int64_t *value;
} pb_int_list;

typedef struct pb_real_list {
    int64_t n;
    double *value;
} pb_real_list;

/* What becomes of the references: a purification, an audit whose flagged images leave, or a method of `assurance`. */
typedef struct pb_treatment {
    const char *name;
    const pb_method *purify;    /* NULL: something else */
    double audit_k;             /* of an audit with a multiplier, else 0 */
    const pb_method *assurance; /* NULL: something else */
} pb_treatment;

typedef struct pb_treatment_list {
    int64_t n, capacity;
    pb_treatment *value;
} pb_treatment_list;

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

/* Methods by a tier or by names; free out->value. @param audits names of audit rules are methods, too */
pb_status pb_treatments_parse(const char *text, bool audits, pb_treatment_list *out);
/* Adds one that is not there yet. */
pb_status pb_treatments_push(pb_treatment_list *list, pb_treatment treatment);

#endif
