#include "experiment/cell_rows.h"

#include "metrics/recovery.h"

void pb_report_metrics(const pb_detection_metrics *metrics, pb_row *row)
{
#define PB_METRIC(member, id, ...) pb_row_number(row, PB_COLUMN_##id, metrics->member);
#include <purebank/detection_metrics.def>
#undef PB_METRIC
}

static void report_facts(const pb_cell *cell, const pb_set_facts *facts, pb_row *row)
{
    pb_row_number(row, PB_COLUMN_PRECISION_AT_1, facts->precision_1);
    pb_row_number(row, PB_COLUMN_PRECISION_AT_K, facts->precision_m);
    pb_row_number(row, PB_COLUMN_RECALL_AT_K, facts->precision_m);
    if (cell->treatment.method->family == PB_FAMILY_ADAPTIVE) {
        pb_row_whole(row, PB_COLUMN_DID_PURIFY, cell->n_removed > 0);
        pb_row_number(row, PB_COLUMN_SKEWNESS, facts->skewness);
    }
}

static void report_removal(const pb_cell *cell, const pb_reference_set *set, int64_t n_patches, pb_row *row)
{
    const int64_t n_removed = set->n_images - cell->n_images_left;
    pb_row_whole(row, PB_COLUMN_IMAGES_REMOVED, n_removed);
    pb_row_whole(row, PB_COLUMN_CONTAMINATED_REMOVED, cell->n_bad_removed);
    if (n_removed > 0)
        pb_row_number(row, PB_COLUMN_REMOVAL_PRECISION, (double)cell->n_bad_removed / (double)n_removed);
    if (set->n_contaminated > 0)
        pb_row_number(row, PB_COLUMN_REMOVAL_RECALL, (double)cell->n_bad_removed / (double)set->n_contaminated);
    pb_row_number(row, PB_COLUMN_DETECTION_AUROC, cell->detection);
    pb_row_whole(row, PB_COLUMN_PATCHES_AFTER, set->n_images * n_patches - cell->n_removed);
}

static void report_pixels(const pb_cell_results *results, const pb_cell *cell, pb_row *row)
{
    const pb_pixel_figures *pixels = &results->pixels[cell->bank];
    const double clean = results->pixels[cell->clean].auroc, dirty = results->pixels[cell->dirty].auroc;
    pb_row_whole(row, PB_COLUMN_N_MASKS, results->n_masks);
    pb_row_whole(row, PB_COLUMN_N_REGIONS, pixels->n_regions);
#define PB_PIXEL_FIGURE(member, id, regions, ...)                                                                      \
    if (pixels->regions > 0)                                                                                           \
        pb_row_number(row, PB_COLUMN_##id, pixels->member);
#define PB_PIXEL_COUNT(member)
#include <purebank/pixel_figures.def>
#undef PB_PIXEL_FIGURE
#undef PB_PIXEL_COUNT
    pb_row_number(row, PB_COLUMN_PIXEL_DELTA, pixels->auroc - clean);
    pb_row_number(row, PB_COLUMN_PIXEL_RECOVERY, pb_recovery_of_cell(pixels->auroc, dirty, clean));
}

void pb_cell_report(const pb_cell_results *results, int64_t i, pb_row *row)
{
    const pb_block *block = &results->block;
    const pb_cell *cell = &results->cell[i];
    const pb_reference_set *set = &block->set[cell->set];
    const pb_detection_metrics *metrics = &results->metrics[cell->bank];
    const double clean = results->metrics[cell->clean].auroc, dirty = results->metrics[cell->dirty].auroc;
    pb_row_whole(row, PB_COLUMN_N_TRAIN, set->n_images);
    pb_row_whole(row, PB_COLUMN_N_TRAIN_AFTER, cell->n_images_left);
    pb_row_whole(row, PB_COLUMN_N_CONTAMINATED, set->n_contaminated);
    pb_row_whole(row, PB_COLUMN_PATCHES_REMOVED, cell->n_removed);
    pb_row_whole(row, PB_COLUMN_N_TEST, block->split.n_test);
    pb_row_whole(row, PB_COLUMN_N_NORMAL_TEST, block->split.n_test - block->n_anomalies);
    pb_row_whole(row, PB_COLUMN_N_ANOMALY_TEST, block->n_anomalies);
    pb_report_metrics(metrics, row);
    pb_row_number(row, PB_COLUMN_DELTA, metrics->auroc - clean);
    pb_row_number(row, PB_COLUMN_RECOVERY, pb_recovery_of_cell(metrics->auroc, dirty, clean));
    report_removal(cell, set, block->category->n_patches, row);
    if (results->pixels)
        report_pixels(results, cell, row);
    report_facts(cell, &results->facts[cell->facts], row);
}
