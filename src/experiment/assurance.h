/* Assurance (method.md#assurance): one detector's audit decides which references leave or are taken again, for the banks of all. */
#ifndef PB_EXPERIMENT_ASSURANCE_H
#define PB_EXPERIMENT_ASSURANCE_H

#include <purebank/metrics.h>

#include "experiment/cells.h"
#include "experiment/detectors.h"

enum { PB_REVIEW_BUDGET = 3 };

/* What a method does with one set of references. The same for all detectors. */
typedef struct pb_assurance_decision {
    int64_t set; /* as drawn */
    const pb_method *method;
    int64_t kept_set; /* `set`, or one with new photos in it */
    uint8_t *removed; /* n_images of `set` */
    int64_t n_removed, n_bad_removed;
    int64_t found[PB_REVIEW_BUDGET]; /* contaminated images among the 1, 2, 3 most suspicious ones */
} pb_assurance_decision;

typedef struct pb_assurance {
    const pb_detectors *detectors;
    int64_t category;
    pb_block block; /* by the auditor's features; the draws are those of all detectors */
    int64_t n, n_decisions;
    pb_cell *cell;        /* n; of their results only `bank`, among those of the detector */
    int64_t *decision_of; /* n */
    pb_assurance_decision *decision;
    pb_study_banks banks[PB_MAX_DETECTORS];
    pb_detection_metrics *metrics[PB_MAX_DETECTORS]; /* of each bank */
} pb_assurance;

/* Draws the block, without its features. @param cells n, copied */
pb_status pb_assurance_draw(const pb_detectors *detectors, int64_t category, pb_setup setup, int64_t seed,
                            const pb_cell *cells, int64_t n, pb_assurance *out);
/* Multiplications to search the test patches, and bytes of the largest detector: as there are no decisions yet, with as many
 * new photos as an audit may ask for. */
double pb_assurance_products(const pb_assurance *assurance);
int64_t pb_assurance_memory(const pb_assurance *assurance);

/* Decisions, scores and metrics; the category's features are loaded. */
pb_status pb_assurance_compute(pb_assurance *assurance, const pb_scoring *scoring);

/* All columns but those of the clock and the key. */
void pb_assurance_report(const pb_assurance *assurance, int64_t i, pb_row *row);
void pb_assurance_free(pb_assurance *assurance);

#endif
