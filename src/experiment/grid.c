#include "experiment/grid.h"

#include "base/memory.h"
#include "base/parse.h"
#include "base/ranges.h"
#include "base/words.h"
#include "experiment/run_kinds.h"

/* What is asked for, else that of a trial, else the run's own, else what is usual. */
static const char *choose(const char *asked, const char *debug, const char *own, const char *usual)
{
    return asked ? asked : debug ? debug : own ? own : usual;
}

/* What the file does not tell must be one value. */
static pb_status check_columns(const pb_experiment_run *run, const pb_grid *grid)
{
    pb_results_layout layout;
    pb_results_layout_of(run->kind->file, &layout);
    PB_CHECK_ARG(layout.name[PB_COLUMN_PERCENTILE] || grid->percentiles.n == 1,
                 "%s: its file has no column for the percentile: give one", run->name);
    PB_CHECK_ARG(layout.name[PB_COLUMN_K] || grid->ks.n == 1, "%s: its file has no column for K: give one", run->name);
    return PB_STATUS_OK;
}

static pb_status fill(const pb_experiment_run *run, const pb_experiment_options *options, pb_grid *grid)
{
    const bool debug = options->debug;
    const char *limits = choose(options->limits, debug ? "10" : NULL, run->limits, NULL);
    const char *shares = choose(options->contamination, debug ? "0,0.2" : NULL, run->contamination, NULL);
    const char *seeds = choose(options->seeds, debug ? "0" : NULL, run->seeds, "0-4");
    PB_TRY(pb_parse_integers("limits", limits, 2, INT32_MAX, &grid->limits.value, &grid->limits.n));
    PB_TRY(pb_parse_integers("seeds", seeds, 0, PB_SEED_MAX, &grid->seeds.value, &grid->seeds.n));
    PB_TRY(pb_parse_integers("K", choose(options->ks, NULL, run->ks, PB_TEXT_OF(PB_DEFAULT_K)), 1, 10000,
                             &grid->ks.value, &grid->ks.n));
    PB_TRY(pb_parse_shares("contamination", shares, 0, 1, &grid->contamination.value, &grid->contamination.n));
    PB_TRY(pb_parse_reals("percentile",
                          choose(options->percentiles, NULL, run->percentiles, PB_TEXT_OF(PB_DEFAULT_PERCENTILE)),
                          PB_PERCENTILE_MIN, 100, &grid->percentiles.value, &grid->percentiles.n));
    PB_TRY(check_columns(run, grid));
    return run->kind->parse_methods(choose(options->methods, NULL, run->methods, "core"), &grid->methods);
}

pb_status pb_grid_new(const pb_experiment_run *run, const pb_experiment_options *options, pb_grid *out)
{
    pb_grid grid = {.n_setups = 1, .setup = {PB_SETUP_DISJOINT, PB_SETUP_SHARED}};
    if (run->kind->both_setups && !options->setup)
        grid.n_setups = 2;
    pb_status status = options->setup ? pb_setup_parse(options->setup, &grid.setup[0]) : PB_STATUS_OK;
    if (status == PB_STATUS_OK)
        status = fill(run, options, &grid);
    if (status == PB_STATUS_OK)
        *out = grid;
    else
        pb_grid_free(&grid);
    return status;
}

void pb_grid_free(pb_grid *grid)
{
    pb_free(grid->limits.value);
    pb_free(grid->seeds.value);
    pb_free(grid->ks.value);
    pb_free(grid->contamination.value);
    pb_free(grid->percentiles.value);
    pb_free(grid->methods.value);
    *grid = (pb_grid){.n_setups = 0};
}
