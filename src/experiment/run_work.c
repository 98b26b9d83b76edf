/* The work of a run: a block of cells is an item, its rows are the result. */
#include "experiment/run_work.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cache/files.h"
#include "io/file.h"
#include "io/path.h"

enum { SAME_BYTES = 256, MAX_DESCRIPTION_BYTES = 1 << 24 };

typedef struct run_work {
    pb_experiment *experiment;
    const pb_experiment_watch *watch;

    /* of the process that has the file */
    int64_t *block;       /* of each category: the next one that may be dealt */
    int64_t *n_cells;     /* of each category: cells that are not dealt */
    int64_t *left;        /* room for the cells of a block, as those below */
    pb_cell *dealt_cells; /* of the block that is dealt or kept */

    /* of the one that computes */
    int64_t loaded; /* category; -1: none */
    pb_cell *cells;
} run_work;

/* ---- Tasks -------------------------------------------------------------------------------------------------------- */

/* Times of blocks of two categories are as these. */
static double cost_of_cell(const pb_experiment *experiment, int64_t category)
{
    const pb_study_category *seen = pb_detectors_category(&experiment->detectors, 0, category);
    return (double)seen->n_test * (double)seen->n_patches * (double)seen->n_patches * (double)seen->dim;
}

static double work_left(void *context, int64_t category)
{
    const run_work *work = context;
    return (double)work->n_cells[category] * cost_of_cell(work->experiment, category);
}

static pb_status fill_item(const pb_block_cells *block, int64_t b, const int64_t *cells, int64_t n, pb_work_item *out)
{
    snprintf(out->name, sizeof out->name, "%s, %s, seed %" PRId64,
             pb_detectors_category(block->detectors, 0, block->category)->name, pb_setup_name(block->setup),
             block->seed);
    out->units = n;
    PB_TRY(pb_bytes_add_integer(&out->task, block->category));
    PB_TRY(pb_bytes_add_integer(&out->task, b));
    PB_TRY(pb_bytes_add_integer(&out->task, n));
    return pb_bytes_add(&out->task, cells, (size_t)n * sizeof *cells);
}

/* The cells that a task names. @param room for those of a block */
static pb_status read_task(const pb_experiment *experiment, const pb_bytes *task, pb_cell *room, pb_block_cells *out)
{
    pb_bytes_reader reader = pb_bytes_read(task);
    int64_t category, b, n;
    const void *which;
    PB_TRY(pb_bytes_take_integer(&reader, &category));
    PB_TRY(pb_bytes_take_integer(&reader, &b));
    PB_TRY(pb_bytes_take_integer(&reader, &n));
    if (category < 0 || category >= experiment->n_categories || b < 0 ||
        b >= pb_experiment_blocks_of_category(experiment) || n < 0 || n > experiment->cells_of_block)
        return pb_fail(PB_STATUS_INTERNAL, "there is no block %" PRId64 " of category %" PRId64, b, category);
    PB_TRY(pb_bytes_take_view(&reader, (size_t)n * sizeof(int64_t), &which));
    const pb_block_cells all = pb_experiment_block(experiment, category, b);
    *out = pb_experiment_choose(&all, which, n, room);
    return PB_STATUS_OK;
}

static pb_status take_block(void *context, int64_t category, pb_work_item *out)
{
    run_work *work = context;
    const pb_experiment *experiment = work->experiment;
    while (work->block[category] < pb_experiment_blocks_of_category(experiment)) {
        const int64_t b = work->block[category]++;
        if (!pb_experiment_is_ours(experiment, category, b))
            continue;
        const pb_block_cells all = pb_experiment_block(experiment, category, b);
        const int64_t n = pb_experiment_cells_left(experiment, &all, work->left);
        if (n == 0)
            continue;
        work->n_cells[category] -= n;
        return fill_item(&all, b, work->left, n, out);
    }
    work->n_cells[category] = 0;
    return PB_STATUS_OK;
}

/* ---- Computing ---------------------------------------------------------------------------------------------------- */

static void unload(run_work *work)
{
    if (work->loaded >= 0)
        pb_detectors_unload(&work->experiment->detectors, work->loaded);
    work->loaded = -1;
}

static pb_status load(run_work *work, int64_t category)
{
    pb_experiment *experiment = work->experiment;
    if (work->loaded == category)
        return PB_STATUS_OK;
    unload(work);
    work->loaded = category;
    return pb_detectors_load(&experiment->detectors, category, experiment->run->kind->needs_masks);
}

static pb_status compute_block(void *context, const pb_bytes *task, const pb_progress *progress, pb_bytes *result)
{
    run_work *work = context;
    const pb_experiment *experiment = work->experiment;
    pb_scoring scoring = {.one_by_one = experiment->one_by_one, .memory = experiment->plan.memory_limit};
    pb_block_cells cells;
    pb_block_rows rows = {.n = 0};
    if (progress)
        scoring.progress = *progress;
    PB_TRY(read_task(experiment, task, work->cells, &cells));
    PB_TRY(load(work, cells.category));
    PB_TRY(pb_block_rows_compute(experiment->run->kind, &cells, &scoring, &rows));
    const pb_status status = pb_block_rows_pack(&rows, result);
    pb_block_rows_free(&rows);
    return status;
}

/* ---- Keeping ------------------------------------------------------------------------------------------------------ */

static void tell_row(const run_work *work, const pb_block_cells *cells, const pb_cell_outcome *outcome, int64_t i)
{
    const pb_experiment *experiment = work->experiment;
    char config[PB_CELL_CONFIG_BYTES];
    const pb_cell *cell = &cells->cell[i];
    const bool named = pb_experiment_has_column(experiment, PB_COLUMN_DETECTOR);
    pb_cell_config(cell, config);
    work->watch->on_row(
        work->watch->context,
        &(pb_experiment_row){.category = experiment->counts[cells->category].name,
                             .config = config,
                             .detector = named ? pb_experiment_detector_at(experiment, cell->detector) : NULL,
                             .setup = cells->setup,
                             .multiplier = cell->treatment.multiplier,
                             .seed = cells->seed,
                             .n_references = cell->limit,
                             .k = cell->k,
                             .percentile = cell->percentile,
                             .auroc = outcome->auroc,
                             .n_open = outcome->n_open,
                             .n_scored = outcome->n_scored});
}

/* Before the rows of the run's own file, which say what is done: a run that was killed between the two left some here already. */
static pb_status append_regions(const pb_experiment *experiment, const pb_block_rows *rows)
{
    for (int64_t i = 0; experiment->regions && i < rows->n; i++)
        if (!pb_results_has(experiment->regions, &rows->row[i]))
            PB_TRY(pb_results_append(experiment->regions, &rows->row[i], 1));
    return PB_STATUS_OK;
}

static pb_status append_rows(const run_work *work, const pb_block_cells *cells, const pb_block_rows *rows)
{
    if (rows->n != cells->n)
        return pb_fail(PB_STATUS_INTERNAL, "%" PRId64 " rows for %" PRId64 " cells", rows->n, cells->n);
    PB_TRY(append_regions(work->experiment, rows));
    PB_TRY(pb_results_append(work->experiment->results, rows->row, rows->n));
    for (int64_t i = 0; i < rows->n && work->watch->on_row; i++)
        tell_row(work, cells, &rows->outcome[i], i);
    return PB_STATUS_OK;
}

static pb_status keep_rows(void *context, const pb_bytes *task, const pb_bytes *result)
{
    const run_work *work = context;
    pb_block_cells cells;
    pb_block_rows rows = {.n = 0};
    PB_TRY(read_task(work->experiment, task, work->dealt_cells, &cells));
    PB_TRY(pb_block_rows_unpack(result, &rows));
    const pb_status status = append_rows(work, &cells, &rows);
    pb_block_rows_free(&rows);
    return status;
}

/* ---- What must agree ---------------------------------------------------------------------------------------------- */

static pb_status add_text(pb_sha256 *hash, const char *text)
{
    return pb_sha256_add(hash, text, strlen(text) + 1);
}

/* By cache.json, which has the hashes of all files; where there is none, by the lists. */
static pb_status add_cache(pb_sha256 *hash, const pb_cache *cache)
{
    const pb_paths *const lists[] = {&cache->train, &cache->test};
    char *path;
    uint8_t *bytes;
    size_t size;
    PB_TRY(add_text(hash, cache->category));
    PB_TRY(pb_sha256_add(hash, cache->label, (size_t)cache->test.n));
    for (int i = 0; i < 2; i++)
        for (int64_t j = 0; j < lists[i]->n && !cache->described; j++)
            PB_TRY(add_text(hash, lists[i]->path[j]));
    if (!cache->described)
        return PB_STATUS_OK;
    PB_TRY(pb_path_join(cache->folder, PB_CACHE_DESCRIPTION_NAME, &path));
    pb_status status = pb_file_read(path, MAX_DESCRIPTION_BYTES, &bytes, &size);
    pb_free(path);
    PB_TRY(status);
    status = pb_sha256_add(hash, bytes, size);
    pb_free(bytes);
    return status;
}

static pb_status add_cells(pb_sha256 *hash, const pb_experiment *experiment)
{
    for (int64_t b = 0; b < pb_experiment_blocks_of_category(experiment); b++) {
        const pb_block_cells block = pb_experiment_block(experiment, 0, b);
        for (int64_t i = 0; i < block.n; i++) {
            char key[PB_KEY_BYTES];
            pb_row row;
            pb_row_start(&row);
            pb_block_identify(&block, i, &row);
            pb_row_key(&row, &experiment->layout, key);
            PB_TRY(add_text(hash, key));
        }
    }
    return PB_STATUS_OK;
}

static pb_status add_all(pb_sha256 *hash, const pb_experiment *experiment)
{
    for (int64_t d = 0; d < experiment->detectors.n; d++) {
        const pb_study_categories *categories = &experiment->detectors.detector[d].categories;
        for (int64_t c = 0; c < categories->n; c++)
            PB_TRY(add_cache(hash, categories->cache[c]));
    }
    return experiment->n_categories > 0 ? add_cells(hash, experiment) : PB_STATUS_OK;
}

/* "main on 35 categories of caches 1f0c..." */
static pb_status describe_same(const pb_experiment *experiment, char out[SAME_BYTES])
{
    pb_sha256 *hash;
    char hex[65];
    PB_TRY(pb_sha256_begin(&hash));
    const pb_status status = add_all(hash, experiment);
    if (status != PB_STATUS_OK) {
        pb_sha256_free(hash);
        return status;
    }
    PB_TRY(pb_sha256_end(hash, hex));
    snprintf(out, SAME_BYTES, "%s, %" PRId64 " categories, cells and caches %.16s", experiment->run->name,
             experiment->n_categories, hex);
    return PB_STATUS_OK;
}

/* ---- The work ----------------------------------------------------------------------------------------------------- */

static pb_status make_room(run_work *work)
{
    const pb_experiment *experiment = work->experiment;
    PB_TRY(PB_NEW(work->block, experiment->n_categories));
    PB_TRY(PB_NEW(work->n_cells, experiment->n_categories));
    PB_TRY(PB_NEW(work->left, experiment->cells_of_block));
    PB_TRY(PB_NEW(work->dealt_cells, experiment->cells_of_block));
    PB_TRY(PB_NEW(work->cells, experiment->cells_of_block));
    for (int64_t c = 0; c < experiment->n_categories; c++)
        work->n_cells[c] = experiment->counts[c].n_cells - experiment->counts[c].n_done;
    return PB_STATUS_OK;
}

static pb_status run(run_work *work)
{
    const pb_experiment *experiment = work->experiment;
    char same[SAME_BYTES] = "";
    PB_TRY(make_room(work));
    if (pb_work_processes() > 1)
        PB_TRY(describe_same(experiment, same));
    const pb_work all = {.same = same,
                         .n_groups = experiment->n_categories,
                         .left = work_left,
                         .take = take_block,
                         .sink = keep_rows,
                         .compute = compute_block,
                         .context = work,
                         .units_done = experiment->plan.n_done,
                         .units = experiment->plan.n_cells,
                         .progress = work->watch->progress.report ? &work->watch->progress : NULL};
    return pb_work_run(&all);
}

pb_status pb_experiment_work(pb_experiment *experiment, const pb_experiment_watch *watch)
{
    run_work work = {.experiment = experiment, .watch = watch, .loaded = -1};
    const pb_status status = run(&work);
    unload(&work);
    pb_free(work.block);
    pb_free(work.n_cells);
    pb_free(work.left);
    pb_free(work.dealt_cells);
    pb_free(work.cells);
    return status;
}
