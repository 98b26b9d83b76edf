/* The backbones of a run, each with feature caches of the same images. All runs but `assurance` have one. */
#ifndef PB_EXPERIMENT_DETECTORS_H
#define PB_EXPERIMENT_DETECTORS_H

#include <purebank/experiment.h>

#include "experiment/categories.h"
#include "results/about.h"

typedef struct pb_detector {
    char name[PB_DETECTOR_NAME_BYTES];
    const char *folder; /* borrowed from the caller while it opens them */
    pb_study_categories categories;
    int64_t *number; /* of the first detector's category i among these */
} pb_detector;

typedef struct pb_detectors {
    int64_t n, auditor;
    pb_detector detector[PB_MAX_DETECTORS];
} pb_detectors;

/* Opens the caches and checks that they are of the same images, in the same order, with the same labels.
 * @param auditor name of one; NULL: the first
 * @return PB_STATUS_BAD_ARGUMENT for names that are not told apart, PB_STATUS_MISMATCH, naming both folders, for others */
pb_status pb_detectors_open(const pb_experiment_caches *caches, int64_t n, const char *auditor, const char *selection,
                            pb_detectors *out);
void pb_detectors_free(pb_detectors *detectors);

/* The categories by the first detector. */
int64_t pb_detectors_categories(const pb_detectors *detectors);
const pb_study_category *pb_detectors_category(const pb_detectors *detectors, int64_t detector, int64_t category);
const pb_cache *pb_detectors_cache(const pb_detectors *detectors, int64_t category);

/* Loads the features of a category for all detectors, and frees them. @param masks find the masks, too */
pb_status pb_detectors_load(pb_detectors *detectors, int64_t category, bool masks);
void pb_detectors_unload(pb_detectors *detectors, int64_t category);

#endif
