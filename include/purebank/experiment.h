/** @file experiment.h
 *  @brief The runs of the studies (method.md#runs): from feature caches to result CSVs that can be continued at any time.
 *  No pointer in this header may be NULL unless it says so, but those to pb_progress. */
#ifndef PUREBANK_EXPERIMENT_H
#define PUREBANK_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/catalog.h>
#include <purebank/protocol.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** One row of the table of runs: its published grid, and the file it fills. Lists are text as pb_experiment_options takes
 *  them; NULL stands for what is usual. */
typedef struct pb_experiment_run {
    const char *name;                   /**< "main" */
    const char *summary;                /**< one line for --help */
    const char *file;                   /**< "results_v2.csv", below the output folder */
    const struct pb_run_kind *kind;     /**< what its blocks compute, and the columns of its file; opaque */
    const char *categories;             /**< NULL: "all" */
    const char *limits, *contamination; /**< never NULL */
    const char *seeds;                  /**< NULL: "0-4" */
    const char *methods;                /**< NULL: "core" */
    const char *percentiles;            /**< NULL: PB_DEFAULT_PERCENTILE */
    const char *ks;                     /**< NULL: PB_DEFAULT_K */
    double verdict_at;                  /**< the run is followed by verdicts at this c; 0: it is not */
} pb_experiment_run;

/** The table: *out_n rows, static. @param out_n never NULL */
PB_API const pb_experiment_run *const *pb_experiment_runs(int64_t *out_n);

/** What to change about a run: begin with PB_EXPERIMENT_OPTIONS_INIT. NULL: as the table has it. */
typedef struct pb_experiment_options {
    size_t size;               /**< sizeof(pb_experiment_options) */
    const char *categories;    /**< "all", "quick", "gate", or names or folders of the cache: "bottle,VisA/pcb1" */
    const char *setup;         /**< "disjoint" or "shared"; NULL: disjoint, or both where the rows tell it */
    const char *limits;        /**< N: "10,20" */
    const char *contamination; /**< c: "0,0.1,0.2,0.3", each 0..1 */
    const char *seeds;         /**< "0-4", "0,3,7" */
    const char *methods;       /**< "fast", "core", "extended", "all", or names: "none,loo_patch" */
    const char *percentiles;   /**< q: PB_DEFAULT_PERCENTILE */
    const char *ks;            /**< K: PB_DEFAULT_K */
    int64_t shard, n_shards;   /**< 1..n_shards of n_shards; 0 of 0: all */
    int64_t memory;            /**< bytes to stay below; 0: half of what this process may use */
    bool debug;                /**< a trial: 2 categories, seed 0, N 10, c 0 and 0.2 */
    bool force;                /**< begin the file anew; the old one stays as <file>.old */
    const char *auditor;       /**< assurance: the detector whose features decide; NULL: the first one */
} pb_experiment_options;

#define PB_EXPERIMENT_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(pb_experiment_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, false, false, NULL     \
    }

/** The feature caches of one backbone. */
typedef struct pb_experiment_caches {
    const char *name;   /**< of the detector, as rows have it; NULL: its backbone, or "default" where that is unknown */
    const char *folder; /**< one folder of feature caches */
} pb_experiment_caches;

/** What a run will do. */
typedef struct pb_experiment_plan {
    const char *file;      /**< path of the results; borrowed */
    double verdict_at;     /**< see pb_experiment_run */
    bool both_setups;      /**< rows of both; else of this one: */
    pb_setup setup;        /**< where contaminants come from */
    int64_t n_categories;  /**< of the cache that are chosen */
    int64_t n_cells;       /**< rows of the file, or of this shard */
    int64_t n_done;        /**< of these, in the file already */
    int64_t n_blocks;      /**< pairs of a category and a seed (and a setup): what is computed in one pass */
    int64_t n_blocks_left; /**< with cells that are not done */
    double products;       /**< multiplications of the passes over the test features that are left */
    int64_t memory;        /**< bytes that the largest block takes, within the limit */
    int64_t memory_limit;
    int64_t n_detectors; /**< 1 unless the run has an auditor */
    const char *auditor; /**< name of the detector that decides; NULL: the run has none */
} pb_experiment_plan;

/** A run on its caches. */
typedef struct pb_experiment pb_experiment;

/** Opens the caches and reads what is done; writes nothing.
 *  @param run    of the table
 *  @param caches n_caches, one for each detector; all runs but `assurance` have one
 *  @param output folder of results, may not exist yet
 *  @param options NULL: the published grid. No other pointer may be NULL
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown run, category, method, detector or value; PB_STATUS_MISMATCH where the file was
 *          begun with another setup or other features, or where detectors' caches are not of the same images */
PB_API pb_status pb_experiment_open(const char *run, const pb_experiment_caches *caches, int64_t n_caches,
                                    const char *output, const pb_experiment_options *options, pb_experiment **out);

PB_API const pb_experiment_plan *pb_experiment_get_plan(const pb_experiment *experiment);

/** Categories, one at a time. */
typedef struct pb_experiment_category {
    const char *name; /**< borrowed */
    int64_t n_cells, n_done;
    int64_t n_train, n_test, n_defect;
} pb_experiment_category;

/** 0 <= i < plan.n_categories; borrowed. */
PB_API const pb_experiment_category *pb_experiment_category_at(const pb_experiment *experiment, int64_t i);

/** Name of detector i < plan.n_detectors, borrowed. */
PB_API const char *pb_experiment_detector_at(const pb_experiment *experiment, int64_t i);

/** What just went into the file. */
typedef struct pb_experiment_row {
    const char *category, *config; /**< borrowed */
    const char *detector;          /**< borrowed; NULL: the run has one */
    pb_setup setup;
    double multiplier; /**< of an audit that takes one, else 0 */
    int64_t seed, n_references, k;
    double percentile;
    double auroc;     /**< of images */
    int64_t n_open;   /**< test patches of the cell that the shared list of neighbours could not answer */
    int64_t n_scored; /**< test patches of the cell */
} pb_experiment_row;

/** Who watches: begin with PB_EXPERIMENT_WATCH_INIT. */
typedef struct pb_experiment_watch {
    size_t size;                                                 /**< sizeof(pb_experiment_watch) */
    pb_progress progress;                                        /**< cells done, of all; report may be NULL */
    void (*on_row)(void *context, const pb_experiment_row *row); /**< may be NULL */
    void *context;
} pb_experiment_watch;

#define PB_EXPERIMENT_WATCH_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(pb_experiment_watch), {NULL, NULL}, NULL, NULL                                                          \
    }

/** Computes what is not done and appends it, block by block: a killed run goes on where it was. Cells do not depend on threads,
 *  shards, memory or what was done before.
 *  @return PB_STATUS_OUTPUT where another process is writing to the folder, PB_STATUS_LIMIT where memory is too little */
PB_API pb_status pb_experiment_compute(pb_experiment *experiment, const pb_experiment_watch *watch);

/** Accepts NULL. */
PB_API void pb_experiment_close(pb_experiment *experiment);

PB_END_DECLS

#endif
