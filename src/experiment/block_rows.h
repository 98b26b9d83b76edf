/* The rows of a block: items in, rows out, whoever computes them and wherever they go. */
#ifndef PB_EXPERIMENT_BLOCK_ROWS_H
#define PB_EXPERIMENT_BLOCK_ROWS_H

#include "base/bytes.h"
#include "experiment/run_kinds.h"

typedef struct pb_block_rows {
    int64_t n;
    pb_row *row;              /* n, whole */
    pb_cell_outcome *outcome; /* n */
} pb_block_rows;

/* The columns that tell cell i from all others. */
void pb_block_identify(const pb_block_cells *cells, int64_t i, pb_row *row);

/* Computes the cells; the category's features are loaded. Free with pb_block_rows_free(). */
pb_status pb_block_rows_compute(const pb_run_kind *kind, const pb_block_cells *cells, const pb_scoring *scoring,
                                pb_block_rows *out);
/* As bytes, and back; free with pb_block_rows_free(). */
pb_status pb_block_rows_pack(const pb_block_rows *rows, pb_bytes *out);
pb_status pb_block_rows_unpack(const pb_bytes *bytes, pb_block_rows *out);
/* Accepts zeroed rows. */
void pb_block_rows_free(pb_block_rows *rows);

#endif
