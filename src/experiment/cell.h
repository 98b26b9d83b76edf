/* A cell: one set of references, one method. Those of a block have its category, setup and seed. */
#ifndef PB_EXPERIMENT_CELL_H
#define PB_EXPERIMENT_CELL_H

#include <purebank/protocol.h>

#include "experiment/treatments.h"
#include "results/row.h"

typedef struct pb_cell {
    int64_t limit, k; /* N, K */
    double contamination, percentile;
    pb_treatment treatment;
    int64_t detector; /* of assurance; else 0 */

    /* Filled in when it is computed. */
    int64_t set, bank;
    int64_t clean, dirty; /* banks of everything, without and with the contaminants */
    int64_t facts;
    int64_t n_removed, n_images_left; /* patches, images */
    int64_t n_bad_removed;            /* contaminated images */
    double detection;                 /* AUROC of the audit's image scores for the contaminated images */
} pb_cell;

enum { PB_CELL_CONFIG_BYTES = 128 };

/* "cont_30pct_none" */
void pb_cell_config(const pb_cell *cell, char out[PB_CELL_CONFIG_BYTES]);
/* The columns of the key, but for detectors. */
void pb_cell_identify(const char *category, pb_setup setup, int64_t seed, const pb_cell *cell, pb_row *row);

#endif
