/* What a computed cell says in the file of its run. */
#ifndef PB_EXPERIMENT_CELL_ROWS_H
#define PB_EXPERIMENT_CELL_ROWS_H

#include "experiment/cells.h"

/* The columns of detection_metrics.def. */
void pb_report_metrics(const pb_detection_metrics *metrics, pb_row *row);
/* All columns but those of the key and of the clock. */
void pb_cell_report(const pb_cell_results *results, int64_t i, pb_row *row);

#endif
