#include "experiment/cell.h"

#include <math.h>
#include <stdio.h>

void pb_cell_config(const pb_cell *cell, char out[PB_CELL_CONFIG_BYTES])
{
    /* 100 * 0.07 is not 7: the percentage is rounded to what anybody would type. */
    snprintf(out, PB_CELL_CONFIG_BYTES, "cont_%gpct_%s", rint(cell->contamination * 1e6) / 1e4,
             cell->treatment.method->name);
}

void pb_cell_identify(const char *category, pb_setup setup, int64_t seed, const pb_cell *cell, pb_row *row)
{
    char config[PB_CELL_CONFIG_BYTES];
    pb_cell_config(cell, config);
    pb_row_text(row, PB_COLUMN_DATASET, category);
    pb_row_text(row, PB_COLUMN_SETUP, pb_setup_name(setup));
    pb_row_text(row, PB_COLUMN_CONFIG, config);
    pb_row_number(row, PB_COLUMN_CONTAMINATION, cell->contamination);
    pb_row_text(row, PB_COLUMN_METHOD, cell->treatment.method->name);
    if (cell->treatment.multiplier > 0)
        pb_row_number(row, PB_COLUMN_PARAM_K, cell->treatment.multiplier);
    pb_row_whole(row, PB_COLUMN_LIMIT, cell->limit);
    pb_row_whole(row, PB_COLUMN_SEED, seed);
    pb_row_whole(row, PB_COLUMN_K, cell->k);
    pb_row_number(row, PB_COLUMN_PERCENTILE, cell->percentile);
}
