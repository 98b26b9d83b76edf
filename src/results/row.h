/* A row of results on its way to a file, whatever kind of file that is. */
#ifndef PB_RESULTS_ROW_H
#define PB_RESULTS_ROW_H

#include <stdint.h>

#include "results/columns.h"
#include "results/values.h"

/* Room for the texts of all columns: five names, and numbers of at most 31 bytes. */
enum { PB_ROW_BYTES = 1024 + 32 * PB_N_COLUMNS };

typedef struct pb_row {
    uint16_t used;
    uint16_t at[PB_N_COLUMNS]; /* where the column's text begins; 0: it is empty */
    char text[PB_ROW_BYTES];
} pb_row;

_Static_assert(PB_ROW_BYTES <= UINT16_MAX, "a row's texts are found by 16 bits");

/* All columns empty. */
void pb_row_start(pb_row *row);
/* Fill a column in, each once: files that have no such column leave it out. The function must fit the column's type. */
void pb_row_text(pb_row *row, pb_column column, const char *text);
void pb_row_whole(pb_row *row, pb_column column, int64_t value);
void pb_row_number(pb_row *row, pb_column column, double value); /* NaN leaves it empty */

/* "" for a column that is empty. */
const char *pb_row_get(const pb_row *row, pb_column column);
/* What tells the row from all others of such a file, as pb_key_text(). */
void pb_row_key(const pb_row *row, const pb_results_layout *layout, char out[PB_KEY_BYTES]);

#endif
