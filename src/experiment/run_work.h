/* A run that is open, and its work: blocks of cells that any process may compute. */
#ifndef PB_EXPERIMENT_RUN_WORK_H
#define PB_EXPERIMENT_RUN_WORK_H

#include <purebank/experiment.h>

#include "base/work_engine.h"
#include "experiment/block_rows.h"
#include "experiment/grid.h"
#include "results/append.h"

struct pb_experiment {
    const pb_experiment_run *run;
    pb_results_layout layout; /* of its file */
    pb_grid grid;
    pb_detectors detectors;
    int64_t n_categories;
    int64_t shard, n_shards;
    bool force, one_by_one;
    char *output, *path, *lock_name;
    pb_results *results;
    char *regions_path;  /* of the run's second file; NULL: it has none */
    pb_results *regions; /* likewise */
    pb_results_about about;
    int64_t cells_of_block; /* in the whole grid */
    pb_cell *cell;          /* cells_of_block: what every block holds */
    pb_experiment_category *counts;
    pb_experiment_plan plan;
};

bool pb_experiment_has_column(const pb_experiment *experiment, pb_column column);
/* Block b of a category has a setup and a seed. */
int64_t pb_experiment_blocks_of_category(const pb_experiment *experiment);
/* Blocks are dealt out to the shards in turns. */
bool pb_experiment_is_ours(const pb_experiment *experiment, int64_t category, int64_t b);

/* All cells of a block. */
pb_block_cells pb_experiment_block(const pb_experiment *experiment, int64_t category, int64_t b);
/* Which of them are not in the file, and how many. @param left room for all->n */
int64_t pb_experiment_cells_left(const pb_experiment *experiment, const pb_block_cells *all, int64_t *left);
/* n of them. @param cells room for these */
pb_block_cells pb_experiment_choose(const pb_block_cells *all, const int64_t *which, int64_t n, pb_cell *cells);

/* Computes what the plan leaves and appends it to the file, which is ready for rows; where this process only computes for another,
 * what that deals. */
pb_status pb_experiment_work(pb_experiment *experiment, const pb_experiment_watch *watch);

#endif
