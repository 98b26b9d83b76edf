#include "experiment/run_kinds.h"

#include "base/memory.h"
#include "experiment/assurance.h"
#include "experiment/cell_rows.h"

/* ---- Purifications, and audits of whole images, of one detector -------------------------------------------------- */

static void free_cells(void *drawn)
{
    if (drawn)
        pb_cells_free(drawn);
    pb_free(drawn);
}

static pb_status draw_cells(const pb_block_cells *cells, void **out)
{
    pb_cell_results *results;
    PB_TRY(PB_NEW(results, 1));
    const pb_status status = pb_cells_draw(pb_detectors_category(cells->detectors, 0, cells->category), cells->setup,
                                           cells->seed, cells->cell, cells->n, results);
    if (status == PB_STATUS_OK)
        *out = results;
    else
        pb_free(results);
    return status;
}

static double products_of_cells(const void *drawn)
{
    const pb_block *block = &((const pb_cell_results *)drawn)->block;
    const double patches = (double)block->category->n_patches;
    return (double)block->split.n_test * patches * (double)block->n_images * patches * (double)block->category->dim;
}

static int64_t memory_of_cells(const void *drawn)
{
    const pb_cell_results *results = drawn;
    const pb_sharing sharing = pb_cells_sharing(results);
    return pb_scoring_memory(&results->block, &sharing, results->n);
}

static pb_status compute_cells(void *drawn, const pb_scoring *scoring)
{
    return pb_cells_compute(drawn, scoring);
}

static pb_status compute_pixels(void *drawn, const pb_scoring *scoring)
{
    pb_scoring with_pixels = *scoring;
    with_pixels.keep_patches = with_pixels.measure_pixels = true;
    return pb_cells_compute(drawn, &with_pixels);
}

static void report_cell(const void *drawn, int64_t i, pb_row *row)
{
    pb_cell_report(drawn, i, row);
}

static pb_cell_outcome outcome_of_cell(const void *drawn, int64_t i)
{
    const pb_cell_results *results = drawn;
    const int64_t bank = results->cell[i].bank;
    return (pb_cell_outcome){.auroc = results->metrics[bank].auroc,
                             .n_open = results->banks.bank[bank].n_open,
                             .n_scored = results->block.split.n_test * results->block.category->n_patches};
}

/* ---- Assurance ---------------------------------------------------------------------------------------------------- */

static void free_assurance(void *drawn)
{
    if (drawn)
        pb_assurance_free(drawn);
    pb_free(drawn);
}

static pb_status draw_assurance(const pb_block_cells *cells, void **out)
{
    pb_assurance *assurance;
    PB_TRY(PB_NEW(assurance, 1));
    const pb_status status = pb_assurance_draw(cells->detectors, cells->category, cells->setup, cells->seed,
                                               cells->cell, cells->n, assurance);
    if (status == PB_STATUS_OK)
        *out = assurance;
    else
        pb_free(assurance);
    return status;
}

static double products_of_assurance(const void *drawn)
{
    return pb_assurance_products(drawn);
}

static int64_t memory_of_assurance(const void *drawn)
{
    return pb_assurance_memory(drawn);
}

static pb_status compute_assurance(void *drawn, const pb_scoring *scoring)
{
    return pb_assurance_compute(drawn, scoring);
}

static void report_assurance(const void *drawn, int64_t i, pb_row *row)
{
    pb_assurance_report(drawn, i, row);
}

static pb_cell_outcome outcome_of_assurance(const void *drawn, int64_t i)
{
    const pb_assurance *assurance = drawn;
    const pb_cell *cell = &assurance->cell[i];
    const pb_study_category *seen = pb_detectors_category(assurance->detectors, cell->detector, assurance->category);
    return (pb_cell_outcome){.auroc = assurance->metrics[cell->detector][cell->bank].auroc,
                             .n_open = assurance->banks[cell->detector].bank[cell->bank].n_open,
                             .n_scored = assurance->block.split.n_test * seen->n_patches};
}

/* ---- The kinds ----------------------------------------------------------------------------------------------------- */

#define OF_CELLS                                                                                                       \
    .draw = draw_cells, .products = products_of_cells, .memory = memory_of_cells, .report = report_cell,               \
    .outcome = outcome_of_cell, .free = free_cells

const pb_run_kind pb_kind_purification = {
    .file = PB_RESULTS_PURIFICATION, .parse_methods = pb_treatments_purify, .compute = compute_cells, OF_CELLS};

const pb_run_kind pb_kind_pixel = {.file = PB_RESULTS_PIXEL,
                                   .regions_file = "results_pixel_regions.csv",
                                   .needs_masks = true,
                                   .parse_methods = pb_treatments_purify,
                                   .compute = compute_pixels,
                                   OF_CELLS};

const pb_run_kind pb_kind_image_level = {.file = PB_RESULTS_IMAGE_LEVEL,
                                         .both_setups = true,
                                         .parse_methods = pb_treatments_images,
                                         .compute = compute_cells,
                                         OF_CELLS};

const pb_run_kind pb_kind_assurance = {.file = PB_RESULTS_ASSURANCE,
                                       .parse_methods = pb_treatments_assure,
                                       .draw = draw_assurance,
                                       .products = products_of_assurance,
                                       .memory = memory_of_assurance,
                                       .compute = compute_assurance,
                                       .report = report_assurance,
                                       .outcome = outcome_of_assurance,
                                       .free = free_assurance};
