#include "experiment/work.h"

#include <string.h>

pb_results_kind pb_work_kind(const pb_experiment_run *run)
{
    return run->assurance ? PB_RESULTS_ASSURANCE
           : run->pixels  ? PB_RESULTS_PIXEL
           : run->audits  ? PB_RESULTS_IMAGE_LEVEL
                          : PB_RESULTS_PURIFICATION;
}

void pb_work_identify(const pb_detectors *detectors, int64_t category, pb_setup setup, int64_t seed,
                      const pb_cell *cell, pb_row *row)
{
    pb_cell_identify(pb_detectors_category(detectors, 0, category)->name, setup, seed, cell, row);
    pb_row_text(row, PB_COLUMN_DETECTOR, detectors->detector[cell->detector].name);
    pb_row_text(row, PB_COLUMN_AUDITOR, detectors->detector[detectors->auditor].name);
}

pb_status pb_work_draw(const pb_experiment_run *run, const pb_detectors *detectors, int64_t category, pb_setup setup,
                       int64_t seed, const pb_cell *cells, int64_t n, pb_block_work *out)
{
    memset(out, 0, sizeof *out);
    out->run = run;
    out->detectors = detectors;
    out->n = n;
    return run->assurance
               ? pb_assurance_draw(detectors, category, setup, seed, cells, n, &out->assurance)
               : pb_cells_draw(pb_detectors_category(detectors, 0, category), setup, seed, cells, n, &out->cells);
}

double pb_work_products(const pb_block_work *work)
{
    if (work->run->assurance)
        return pb_assurance_products(&work->assurance);
    const pb_block *block = &work->cells.block;
    const double patches = (double)block->category->n_patches;
    return (double)block->split.n_test * patches * (double)block->n_images * patches * (double)block->category->dim;
}

int64_t pb_work_memory(const pb_block_work *work)
{
    if (work->run->assurance)
        return pb_assurance_memory(&work->assurance);
    const pb_sharing sharing = pb_cells_sharing(&work->cells);
    return pb_scoring_memory(&work->cells.block, &sharing, work->n);
}

pb_status pb_work_compute(pb_block_work *work, const pb_scoring *scoring)
{
    return work->run->assurance ? pb_assurance_compute(&work->assurance, scoring)
                                : pb_cells_compute(&work->cells, scoring);
}

static const pb_block *block_of(const pb_block_work *work)
{
    return work->run->assurance ? &work->assurance.block : &work->cells.block;
}

static const pb_cell *cell_of(const pb_block_work *work, int64_t i)
{
    return work->run->assurance ? &work->assurance.cell[i] : &work->cells.cell[i];
}

void pb_work_report(const pb_block_work *work, int64_t i, pb_row *row)
{
    if (!work->run->assurance) {
        pb_cell_report(&work->cells, i, row);
        return;
    }
    const pb_block *block = block_of(work);
    pb_work_identify(work->detectors, work->assurance.category, block->setup, block->seed, cell_of(work, i), row);
    pb_assurance_report(&work->assurance, i, row);
}

void pb_work_tell(const pb_block_work *work, int64_t i, char config[128], pb_experiment_row *out)
{
    const bool assures = work->run->assurance;
    const pb_block *block = block_of(work);
    const pb_cell *cell = cell_of(work, i);
    const pb_detector *detector = &work->detectors->detector[cell->detector];
    const pb_study_banks *banks = assures ? &work->assurance.banks[cell->detector] : &work->cells.banks;
    const pb_detection_metrics *metrics = assures ? work->assurance.metrics[cell->detector] : work->cells.metrics;
    const int64_t category = assures ? work->assurance.category : 0;
    const pb_study_category *seen =
        assures ? pb_detectors_category(work->detectors, cell->detector, category) : block->category;
    pb_cell_config(cell, config, 128);
    *out = (pb_experiment_row){.category = block->category->name,
                               .config = config,
                               .detector = assures ? detector->name : NULL,
                               .setup = block->setup,
                               .audit_k = cell->treatment.audit_k,
                               .seed = block->seed,
                               .limit = cell->limit,
                               .k = cell->k,
                               .percentile = cell->percentile,
                               .auroc = metrics[cell->bank].auroc,
                               .n_open = banks->bank[cell->bank].n_open,
                               .n_scored = block->split.n_test * seen->n_patches};
}

void pb_work_free(pb_block_work *work)
{
    if (work->run->assurance)
        pb_assurance_free(&work->assurance);
    else
        pb_cells_free(&work->cells);
}
