#include "experiment/block_rows.h"

#include <inttypes.h>
#include <stddef.h>
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

/* Of a row's room for texts only what is used. */
pb_status pb_block_rows_pack(const pb_block_rows *rows, pb_bytes *out)
{
    PB_TRY(pb_bytes_add_integer(out, rows->n));
    for (int64_t i = 0; i < rows->n; i++)
        PB_TRY(pb_bytes_add(out, &rows->row[i], offsetof(pb_row, text) + rows->row[i].used));
    return pb_bytes_add(out, rows->outcome, (size_t)rows->n * sizeof *rows->outcome);
}

static pb_status take_row(pb_bytes_reader *reader, pb_row *row)
{
    PB_TRY(pb_bytes_take(reader, row, offsetof(pb_row, text)));
    if (row->used > sizeof row->text)
        return pb_fail(PB_STATUS_INTERNAL, "a row of %d bytes", row->used);
    return pb_bytes_take(reader, row->text, row->used);
}

static pb_status take_rows(pb_bytes_reader *reader, pb_block_rows *rows)
{
    int64_t n;
    PB_TRY(pb_bytes_take_integer(reader, &n));
    if (n < 0 || (uint64_t)n > reader->left)
        return pb_fail(PB_STATUS_INTERNAL, "a message of %zu bytes for %" PRId64 " rows", reader->left, n);
    PB_TRY(PB_NEW(rows->row, n));
    PB_TRY(PB_NEW(rows->outcome, n));
    for (rows->n = 0; rows->n < n; rows->n++)
        PB_TRY(take_row(reader, &rows->row[rows->n]));
    return pb_bytes_take(reader, rows->outcome, (size_t)n * sizeof *rows->outcome);
}

pb_status pb_block_rows_unpack(const pb_bytes *bytes, pb_block_rows *out)
{
    pb_bytes_reader reader = pb_bytes_read(bytes);
    pb_block_rows rows = {.n = 0};
    const pb_status status = take_rows(&reader, &rows);
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
