/* The cells of a block that are to be computed, whatever kind of run they belong to. */
#ifndef PB_EXPERIMENT_WORK_H
#define PB_EXPERIMENT_WORK_H

#include "experiment/assurance.h"

typedef struct pb_block_work {
    const pb_experiment_run *run;
    const pb_detectors *detectors;
    int64_t n;
    pb_cell_results cells;  /* all runs but */
    pb_assurance assurance; /* this one */
} pb_block_work;

pb_results_kind pb_work_kind(const pb_experiment_run *run);

/* The columns of the key of a cell. */
void pb_work_identify(const pb_detectors *detectors, int64_t category, pb_setup setup, int64_t seed,
                      const pb_cell *cell, pb_row *row);

/* Draws the block, without its features. @param cells n, copied */
pb_status pb_work_draw(const pb_experiment_run *run, const pb_detectors *detectors, int64_t category, pb_setup setup,
                       int64_t seed, const pb_cell *cells, int64_t n, pb_block_work *out);
/* Multiplications to search the test patches. */
double pb_work_products(const pb_block_work *work);
/* Bytes that it takes, with all banks in one pass. */
int64_t pb_work_memory(const pb_block_work *work);
pb_status pb_work_compute(pb_block_work *work, const pb_scoring *scoring);

/* All columns but those of the clock. */
void pb_work_report(const pb_block_work *work, int64_t i, pb_row *row);
/* @param config room for the text that out->config borrows */
void pb_work_tell(const pb_block_work *work, int64_t i, char config[128], pb_experiment_row *out);
void pb_work_free(pb_block_work *work);

#endif
