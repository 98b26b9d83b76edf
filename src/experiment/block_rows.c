#include "experiment/block_rows.h"

#include <time.h>

#include "base/memory.h"

void pb_block_identify(const pb_block_cells *cells, int64_t i, pb_row *row)
{
    const pb_detectors *detectors = cells->detectors;
    const pb_cell *cell = &cells->cell[i];
    pb_cell_identify(pb_detectors_category(detectors, 0, cells->category)->name, cells->setup, cells->seed, cell, row);
    pb_row_text(row, PB_COLUMN_DETECTOR, detectors->detector[cell->detector].name);
    pb_row_text(row, PB_COLUMN_AUDITOR, detectors->detector[detectors->auditor].name);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void write_clock(pb_row *row, double took)
{
    char text[32] = "";
    struct tm local;
    const time_t now = time(NULL);
    if (localtime_r(&now, &local))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    pb_row_text(row, PB_COLUMN_TIMESTAMP, text);
    pb_row_number(row, PB_COLUMN_TIME, took);
}

static pb_status fill_rows(const pb_run_kind *kind, const pb_block_cells *cells, const void *drawn, double took,
                           pb_block_rows *rows)
{
    PB_TRY(PB_NEW_UNINITIALISED(rows->row, cells->n));
    PB_TRY(PB_NEW(rows->outcome, cells->n));
    rows->n = cells->n;
    for (int64_t i = 0; i < rows->n; i++) {
        pb_row_start(&rows->row[i]);
        pb_block_identify(cells, i, &rows->row[i]);
        kind->report(drawn, i, &rows->row[i]);
        write_clock(&rows->row[i], took / (double)rows->n);
        rows->outcome[i] = kind->outcome(drawn, i);
    }
    return PB_STATUS_OK;
}

pb_status pb_block_rows_compute(const pb_run_kind *kind, const pb_block_cells *cells, const pb_scoring *scoring,
                                pb_block_rows *out)
{
    const double started = seconds();
    pb_block_rows rows = {.n = 0};
    void *drawn = NULL;
    PB_TRY(kind->draw(cells, &drawn));
    pb_status status = kind->compute(drawn, scoring);
    if (status == PB_STATUS_OK)
        status = fill_rows(kind, cells, drawn, seconds() - started, &rows);
    kind->free(drawn);
    if (status == PB_STATUS_OK)
        *out = rows;
    else
        pb_block_rows_free(&rows);
    return status;
}

void pb_block_rows_free(pb_block_rows *rows)
{
    pb_free(rows->row);
    pb_free(rows->outcome);
    *rows = (pb_block_rows){.n = 0};
}
