/* The cells of a block: what each takes out of its references, and what that does to the scores. */
#ifndef PB_EXPERIMENT_CELLS_H
#define PB_EXPERIMENT_CELLS_H

#include <purebank/metrics.h>

#include "experiment/bank_scores.h"
#include "experiment/cell.h"
#include "experiment/pixel_metrics.h"

/* What the leave-one-out scores say about a set (method.md#contaminant-detection), for one k. NaN where nothing, or everything, is contaminated. */
typedef struct pb_set_facts {
    int64_t set, k, bank; /* of everything */
    bool examined;        /* the rest is filled in */
    double auroc;         /* of image scores for the contaminated images */
    double precision_1;   /* is the highest one contaminated? */
    double precision_m;   /* share of contaminated images among the m highest; the recall is the same number */
    double skewness;
    double *loo, *loo_means; /* of patches, of images; NULL unless they are kept */
} pb_set_facts;

typedef struct pb_cell_results {
    pb_block block;
    int64_t n;
    pb_cell *cell;
    pb_study_banks banks;
    pb_detection_metrics *metrics; /* of each bank */
    pb_pixel_figures *pixels;      /* of each bank; NULL unless they are measured */
    int64_t n_masks;
    int64_t n_facts;
    pb_set_facts *facts;
    bool keep_loo; /* set between drawing and computing: the facts keep leave-one-out scores */
} pb_cell_results;

/* Draws the block, without its features: what it will take can be told from that.
 * @param cells n, copied */
pb_status pb_cells_draw(const pb_study_category *category, pb_setup setup, int64_t seed, const pb_cell *cells,
                        int64_t n, pb_cell_results *out);
pb_sharing pb_cells_sharing(const pb_cell_results *results);

/* Masks, scores and metrics; the category's features are loaded. */
pb_status pb_cells_compute(pb_cell_results *results, const pb_scoring *scoring);

void pb_cells_free(pb_cell_results *results);

#endif
