/* A run: its cells in blocks, each block computed in one pass and appended to the file as a whole. */
#include "experiment/experiment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/memory_limit.h"
#include "base/options.h"
#include "base/words.h"
#include "cache/folders.h"
#include "experiment/run_work.h"
#include "io/lock.h"
#include "io/path.h"
#include "results/append.h"
#include "results/published.h"

enum { DEBUG_CATEGORIES = 2 };

bool pb_experiment_has_column(const pb_experiment *experiment, pb_column column)
{
    return experiment->layout.name[column] != NULL;
}

/* ---- Cells ------------------------------------------------------------------------------------------------------ */

static pb_status list_cells(pb_experiment *experiment)
{
    const pb_grid *grid = &experiment->grid;
    const int64_t n_detectors = experiment->detectors.n;
    int64_t n = 0;
    const int64_t sizes[] = {grid->limits.n,      grid->contamination.n, grid->ks.n,
                             grid->percentiles.n, grid->methods.n,       n_detectors};
    experiment->cells_of_block = 1;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        PB_TRY(pb_size_multiply(experiment->cells_of_block, sizes[i], "cells of a block", &experiment->cells_of_block));
    PB_TRY(PB_NEW(experiment->cell, experiment->cells_of_block));
    for (int64_t l = 0; l < grid->limits.n; l++)
        for (int64_t c = 0; c < grid->contamination.n; c++)
            for (int64_t k = 0; k < grid->ks.n; k++)
                for (int64_t q = 0; q < grid->percentiles.n; q++)
                    for (int64_t m = 0; m < grid->methods.n; m++)
                        for (int64_t d = 0; d < n_detectors; d++)
                            experiment->cell[n++] = (pb_cell){.limit = grid->limits.value[l],
                                                              .contamination = grid->contamination.value[c],
                                                              .k = grid->ks.value[k],
                                                              .percentile = grid->percentiles.value[q],
                                                              .treatment = grid->methods.value[m],
                                                              .detector = d};
    return PB_STATUS_OK;
}

int64_t pb_experiment_blocks_of_category(const pb_experiment *experiment)
{
    return experiment->grid.n_setups * experiment->grid.seeds.n;
}

static pb_setup setup_of(const pb_experiment *experiment, int64_t b)
{
    return experiment->grid.setup[b / experiment->grid.seeds.n];
}

static int64_t seed_of(const pb_experiment *experiment, int64_t b)
{
    return experiment->grid.seeds.value[b % experiment->grid.seeds.n];
}

bool pb_experiment_is_ours(const pb_experiment *experiment, int64_t category, int64_t b)
{
    const int64_t block = category * pb_experiment_blocks_of_category(experiment) + b;
    return experiment->n_shards == 0 || block % experiment->n_shards == experiment->shard - 1;
}

pb_block_cells pb_experiment_block(const pb_experiment *experiment, int64_t category, int64_t b)
{
    return (pb_block_cells){.detectors = &experiment->detectors,
                            .category = category,
                            .setup = setup_of(experiment, b),
                            .seed = seed_of(experiment, b),
                            .n = experiment->cells_of_block,
                            .cell = experiment->cell};
}

int64_t pb_experiment_cells_left(const pb_experiment *experiment, const pb_block_cells *all, int64_t *left)
{
    int64_t n = 0;
    pb_row row;
    for (int64_t i = 0; i < all->n; i++) {
        pb_row_start(&row);
        pb_block_identify(all, i, &row);
        if (!pb_results_has(experiment->results, &row))
            left[n++] = i;
    }
    return n;
}

pb_block_cells pb_experiment_choose(const pb_block_cells *all, const int64_t *which, int64_t n, pb_cell *cells)
{
    pb_block_cells chosen = *all;
    for (int64_t i = 0; i < n; i++)
        cells[i] = all->cell[which[i]];
    chosen.n = n;
    chosen.cell = cells;
    return chosen;
}

/* ---- The plan --------------------------------------------------------------------------------------------------- */

/* @param left,cells room for those of a block */
static pb_status plan_block(pb_experiment *experiment, int64_t category, int64_t b, int64_t *left, pb_cell *cell)
{
    const pb_run_kind *kind = experiment->run->kind;
    pb_experiment_plan *plan = &experiment->plan;
    const pb_block_cells all = pb_experiment_block(experiment, category, b);
    const pb_block_cells cells =
        pb_experiment_choose(&all, left, pb_experiment_cells_left(experiment, &all, left), cell);
    void *drawn = NULL;
    experiment->counts[category].n_cells += experiment->cells_of_block;
    experiment->counts[category].n_done += experiment->cells_of_block - cells.n;
    plan->n_cells += experiment->cells_of_block;
    plan->n_done += experiment->cells_of_block - cells.n;
    plan->n_blocks++;
    if (cells.n == 0)
        return PB_STATUS_OK;
    plan->n_blocks_left++;
    PB_TRY(kind->draw(&cells, &drawn));
    plan->products += kind->products(drawn);
    const int64_t memory = kind->memory(drawn);
    plan->memory = memory > plan->memory ? memory : plan->memory;
    kind->free(drawn);
    return PB_STATUS_OK;
}

static void start_plan(pb_experiment *experiment)
{
    experiment->plan = (pb_experiment_plan){.file = experiment->path,
                                            .verdict_at = experiment->run->verdict_at,
                                            .both_setups = experiment->grid.n_setups > 1,
                                            .setup = experiment->grid.setup[0],
                                            .n_categories = experiment->n_categories,
                                            .memory_limit = experiment->plan.memory_limit,
                                            .n_detectors = experiment->detectors.n};
    if (pb_experiment_has_column(experiment, PB_COLUMN_AUDITOR))
        experiment->plan.auditor = pb_experiment_detector_at(experiment, experiment->detectors.auditor);
    for (int64_t i = 0; i < experiment->n_categories; i++) {
        const pb_cache *cache = pb_detectors_cache(&experiment->detectors, i);
        experiment->counts[i] = (pb_experiment_category){
            .name = cache->category, .n_train = cache->train.n, .n_test = cache->test.n, .n_defect = cache->n_defect};
    }
}

static pb_status make_plan(pb_experiment *experiment)
{
    pb_experiment_plan *plan = &experiment->plan;
    pb_cell *cells;
    int64_t *left = NULL;
    start_plan(experiment);
    if (pb_work_is_remote()) /* whoever reads the file plans */
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(cells, experiment->cells_of_block));
    pb_status status = PB_NEW(left, experiment->cells_of_block);
    for (int64_t c = 0; c < experiment->n_categories; c++)
        for (int64_t b = 0; b < pb_experiment_blocks_of_category(experiment) && status == PB_STATUS_OK; b++)
            if (pb_experiment_is_ours(experiment, c, b))
                status = plan_block(experiment, c, b, left, cells);
    pb_free(left);
    pb_free(cells);
    plan->memory = plan->memory < plan->memory_limit ? plan->memory : plan->memory_limit;
    return status;
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static pb_status find_run(const char *name, const pb_experiment_run **out)
{
    char known[512] = "";
    int64_t n;
    const pb_experiment_run *const *runs = pb_experiment_runs(&n);
    for (int64_t i = 0; i < n; i++) {
        if (strcmp(runs[i]->name, name) == 0) {
            *out = runs[i];
            return PB_STATUS_OK;
        }
        pb_words_list(known, sizeof known, runs[i]->name);
    }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "there is no run \"%s\"; there are %s", name, known);
}

/* results_v2.csv of shard 2 of 4 is results_v2.shard-2-of-4.csv. */
static pb_status name_file(const pb_experiment *experiment, const char *name, char **out)
{
    char file[256];
    const int stem = (int)(strlen(name) - strlen(".csv"));
    snprintf(file, sizeof file, "%s", name);
    if (experiment->n_shards > 0)
        snprintf(file, sizeof file, "%.*s.shard-%" PRId64 "-of-%" PRId64 ".csv", stem, name, experiment->shard,
                 experiment->n_shards);
    return pb_path_join(experiment->output, file, out);
}

/* Each shard has files and a lock of its own. */
static pb_status name_files(pb_experiment *experiment, const char *output)
{
    char lock[96] = ".purebank.lock";
    const char *regions = experiment->run->kind->regions_file;
    if (experiment->n_shards > 0)
        snprintf(lock, sizeof lock, ".purebank.shard-%" PRId64 "-of-%" PRId64 ".lock", experiment->shard,
                 experiment->n_shards);
    PB_TRY(PB_NEW_STRING(experiment->output, output));
    PB_TRY(PB_NEW_STRING(experiment->lock_name, lock));
    if (regions)
        PB_TRY(name_file(experiment, regions, &experiment->regions_path));
    return name_file(experiment, experiment->run->file, &experiment->path);
}

static pb_status read_file(const pb_experiment *experiment, const char *path, pb_results_kind kind, pb_results **out)
{
    pb_results_close(*out);
    *out = NULL;
    pb_setup setup = PB_SETUP_SHARED;
    (void)pb_results_published(experiment->run->file, &setup);
    if (!experiment->force && !pb_work_is_remote())
        return pb_results_read(path, kind, &experiment->about, setup, out);
    return pb_results_new(path, kind, &experiment->about, out);
}

static pb_status read_results(pb_experiment *experiment)
{
    if (experiment->regions_path)
        PB_TRY(read_file(experiment, experiment->regions_path, PB_RESULTS_REGIONS, &experiment->regions));
    return read_file(experiment, experiment->path, experiment->run->kind->file, &experiment->results);
}

static pb_status check_options(const pb_experiment_options *options)
{
    PB_CHECK_ARG(options->n_shards >= 0 && options->n_shards <= 100000 && options->shard >= (options->n_shards > 0) &&
                     options->shard <= options->n_shards,
                 "shard %" PRId64 " of %" PRId64 ": it must be 1 to the number of shards", options->shard,
                 options->n_shards);
    PB_CHECK_ARG(options->memory >= 0, "a memory limit of %" PRId64 " bytes", options->memory);
    return PB_STATUS_OK;
}

static pb_status open_caches(pb_experiment *experiment, const pb_experiment_caches *caches, int64_t n,
                             const pb_experiment_options *options)
{
    const pb_experiment_run *run = experiment->run;
    const bool many = pb_experiment_has_column(experiment, PB_COLUMN_DETECTOR);
    if (!many && n > 1)
        return pb_fail(PB_STATUS_BAD_ARGUMENT,
                       "%s takes the caches of one backbone, not of %" PRId64 " (%s, %s): its rows name no detector",
                       run->name, n, caches[0].folder, caches[1].folder);
    PB_CHECK_ARG(many || !options->auditor, "%s has no auditor: its rows name none", run->name);
    const char *categories = options->categories ? options->categories : run->categories ? run->categories : "all";
    PB_TRY(pb_detectors_open(caches, n, options->auditor, categories, &experiment->detectors));
    experiment->n_categories = pb_detectors_categories(&experiment->detectors);
    if (options->debug && experiment->n_categories > DEBUG_CATEGORIES)
        experiment->n_categories = DEBUG_CATEGORIES;
    return PB_STATUS_OK;
}

static void describe_results(pb_experiment *experiment)
{
    const bool named = pb_experiment_has_column(experiment, PB_COLUMN_DETECTOR);
    pb_results_about *about = &experiment->about;
    *about = (pb_results_about){.in_rows = pb_experiment_has_column(experiment, PB_COLUMN_SETUP),
                                .setup = experiment->grid.setup[0],
                                .n = experiment->detectors.n};
    for (int64_t d = 0; d < about->n; d++) {
        const pb_detector *detector = &experiment->detectors.detector[d];
        snprintf(about->features[d].detector, PB_DETECTOR_NAME_BYTES, "%s", named ? detector->name : "");
        about->features[d].origin = detector->categories.cache[0]->origin;
    }
}

static pb_status open_experiment(pb_experiment *experiment, const pb_experiment_caches *caches, int64_t n,
                                 const char *output, const pb_experiment_options *options)
{
    PB_TRY(check_options(options));
    PB_TRY(pb_grid_new(experiment->run, options, &experiment->grid));
    PB_TRY(open_caches(experiment, caches, n, options));
    PB_TRY(list_cells(experiment));
    PB_TRY(PB_NEW(experiment->counts, experiment->n_categories));
    experiment->shard = options->shard;
    experiment->n_shards = options->n_shards;
    experiment->force = options->force;
    experiment->plan.memory_limit = options->memory > 0 ? options->memory : pb_memory_limit() / 2;
    describe_results(experiment);
    PB_TRY(name_files(experiment, output));
    PB_TRY(read_results(experiment));
    return make_plan(experiment);
}

pb_status pb_experiment_open(const char *run, const pb_experiment_caches *caches, int64_t n_caches, const char *output,
                             const pb_experiment_options *options, pb_experiment **out)
{
    static const pb_experiment_options defaults = PB_EXPERIMENT_OPTIONS_INIT;
    const pb_experiment_run *found = NULL;
    pb_experiment_options known;
    pb_experiment *experiment;
    PB_TRY(PB_OPTIONS_READ(pb_experiment_options, options, &defaults, &known));
    PB_TRY(find_run(run, &found));
    PB_TRY(PB_NEW(experiment, 1));
    experiment->run = found;
    pb_results_layout_of(found->kind->file, &experiment->layout);
    const pb_status status = open_experiment(experiment, caches, n_caches, output, &known);
    if (status == PB_STATUS_OK)
        *out = experiment;
    else
        pb_experiment_close(experiment);
    return status;
}

const pb_experiment_plan *pb_experiment_get_plan(const pb_experiment *experiment)
{
    return &experiment->plan;
}

const pb_experiment_category *pb_experiment_category_at(const pb_experiment *experiment, int64_t i)
{
    return &experiment->counts[i];
}

const char *pb_experiment_detector_at(const pb_experiment *experiment, int64_t i)
{
    return experiment->detectors.detector[i].name;
}

void pb_experiment_score_one_by_one(pb_experiment *experiment)
{
    experiment->one_by_one = true;
}

void pb_experiment_close(pb_experiment *experiment)
{
    if (!experiment)
        return;
    pb_results_close(experiment->results);
    pb_results_close(experiment->regions);
    pb_detectors_free(&experiment->detectors);
    pb_grid_free(&experiment->grid);
    pb_free(experiment->cell);
    pb_free(experiment->counts);
    pb_free(experiment->output);
    pb_free(experiment->path);
    pb_free(experiment->regions_path);
    pb_free(experiment->lock_name);
    pb_free(experiment);
}

/* ---- Computing -------------------------------------------------------------------------------------------------- */

static pb_status begin_results(const pb_experiment *experiment)
{
    if (experiment->regions)
        PB_TRY(pb_results_begin(experiment->regions));
    return pb_results_begin(experiment->results);
}

/* Under the lock: what is done may have changed since the plan was made. */
static pb_status compute_locked(pb_experiment *experiment, const pb_experiment_watch *watch)
{
    if (experiment->force)
        PB_TRY(pb_results_retire(experiment->path));
    if (experiment->force && experiment->regions_path)
        PB_TRY(pb_results_retire(experiment->regions_path));
    PB_TRY(read_results(experiment));
    PB_TRY(make_plan(experiment));
    if (experiment->plan.n_blocks_left > 0)
        PB_TRY(begin_results(experiment));
    return pb_experiment_work(experiment, watch);
}

static pb_status make_folder_of(const char *path)
{
    char *folder;
    PB_TRY(PB_NEW_STRING(folder, path));
    *strrchr(folder, '/') = '\0'; /* paths are of a folder and a name */
    const pb_status status = *folder ? pb_cache_make_folder(folder) : PB_STATUS_OK;
    pb_free(folder);
    return status;
}

pb_status pb_experiment_compute(pb_experiment *experiment, const pb_experiment_watch *watch)
{
    static const pb_experiment_watch nobody = PB_EXPERIMENT_WATCH_INIT;
    pb_experiment_watch known;
    int lock = -1;
    PB_TRY(PB_OPTIONS_READ(pb_experiment_watch, watch, &nobody, &known));
    if (pb_work_is_remote())
        return pb_experiment_work(experiment, &known);
    PB_TRY(pb_cache_make_folder(experiment->output));
    PB_TRY(make_folder_of(experiment->path));
    PB_TRY(pb_lock_take(experiment->output, experiment->lock_name, &lock));
    const pb_status status = compute_locked(experiment, &known);
    pb_lock_release(lock);
    return status;
}
