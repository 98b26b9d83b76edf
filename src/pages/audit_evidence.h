/* What the audit page shows of each reference, gathered before the page is written. */
#ifndef PB_PAGES_AUDIT_EVIDENCE_H
#define PB_PAGES_AUDIT_EVIDENCE_H

#include <purebank/report.h>

#include "pages/picture.h"

/* The worst patch of a reference and the patch of another, good one that resembles it most. Good is what the audit did not
 * flag or, where there is a bank, what was kept. */
typedef struct pb_evidence {
    bool found;                                        /* false where there is no other good reference */
    int64_t worst_patch, nearest_image, nearest_patch; /* of the grid */
    int64_t nearest_variant;                           /* of that image, which shows the patch (augment.h) */
    double worst_score, nearest_distance;
    pb_patch_view worst, nearest;
} pb_evidence;

typedef struct pb_audit_views {
    const pb_audit_report *content;
    const pb_features *features;
    const double *scores; /* leave-one-out patch scores, n_images x n_patches, of which the own ones are shown */
    double low, high;     /* of the heatmaps' colours */
    int64_t n_images;
    pb_image_view *images;  /* n_images */
    pb_evidence *evidences; /* n_images */
    int64_t n_photos;       /* files that could be read */
} pb_audit_views;

pb_status pb_audit_views_gather(const pb_audit_report *content, pb_audit_views *out);
/* Accepts zeroed views. */
void pb_audit_views_free(pb_audit_views *views);

#endif
