/* The kinds of runs: what a block computes, and which columns its rows have. Each run is of one kind (runs.c). */
#ifndef PB_EXPERIMENT_RUN_KINDS_H
#define PB_EXPERIMENT_RUN_KINDS_H

#include "experiment/bank_scores.h"
#include "experiment/cell.h"
#include "experiment/detectors.h"
#include "results/row.h"

/* The cells of a block that are to be computed: what every kind is told. */
typedef struct pb_block_cells {
    const pb_detectors *detectors;
    int64_t category; /* by the first detector */
    pb_setup setup;
    int64_t seed;
    int64_t n;
    const pb_cell *cell; /* n, borrowed */
} pb_block_cells;

/* What people are told about a cell while it runs. */
typedef struct pb_cell_outcome {
    double auroc;
    int64_t n_open, n_scored; /* as pb_experiment_row has them */
} pb_cell_outcome;

typedef struct pb_run_kind {
    pb_results_kind file;
    const char *
        regions_file; /* where the same cells' rows of PB_RESULTS_REGIONS go, beside the run's file; NULL: there are none */
    bool both_setups; /* are computed unless one is asked for: rows must tell which */
    bool needs_masks;
    pb_status (*parse_methods)(const char *text, pb_treatment_list *out); /* free out->value, also on failure */

    /* Draws a block, without its features; *out goes to the functions below, and to free(). */
    pb_status (*draw)(const pb_block_cells *cells, void **out);
    double (*products)(const void *drawn); /* multiplications to search the test patches */
    int64_t (*memory)(const void *drawn);  /* bytes it takes, with all banks in one pass */
    /* The category's features are loaded. */
    pb_status (*compute)(void *drawn, const pb_scoring *scoring);
    /* All columns of cell i but those of its key and of the clock. */
    void (*report)(const void *drawn, int64_t i, pb_row *row);
    pb_cell_outcome (*outcome)(const void *drawn, int64_t i);
    void (*free)(void *drawn); /* accepts NULL */
} pb_run_kind;

extern const pb_run_kind pb_kind_purification, pb_kind_pixel, pb_kind_image_level, pb_kind_assurance;

#endif
