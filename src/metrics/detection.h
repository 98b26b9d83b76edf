/* What image-level metrics are computed from, and one function for each row of detection_metrics.def. */
#ifndef PB_METRICS_DETECTION_H
#define PB_METRICS_DETECTION_H

#include <purebank/metrics.h>

#include "base/error.h"
#include "metrics/curve.h"

/* Scores of samples that are known to be good (0) or anomalous (1); there is one of each at least. */
typedef struct pb_judged {
    int64_t n;
    const double *scores; /* n, finite */
    const uint8_t *labels;
    const double *normals; /* scores of the curve's n_negatives good ones */
    const pb_curve *curve; /* past the lowest score */
} pb_judged;

#define PB_METRIC(member, ...) pb_status pb_metric_##member(const pb_judged *judged, double *out);
#include <purebank/detection_metrics.def>
#undef PB_METRIC

#endif
