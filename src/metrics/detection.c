#include "metrics/detection.h"

#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "base/sort.h"
#include "metrics/check.h"

typedef struct sample {
    double score;
    uint8_t label;
} sample;

static int descending(const void *a, const void *b)
{
    const double x = ((const sample *)a)->score, y = ((const sample *)b)->score;
    return (x < y) - (x > y);
}

static pb_status count_classes(const uint8_t *labels, int64_t n, pb_curve *out)
{
    *out = (pb_curve){0};
    for (int64_t i = 0; i < n; i++) {
        if (labels[i] > 1)
            return pb_fail(PB_STATUS_BAD_VALUE, "label %" PRId64 " is %d: labels are 0 (good) or 1 (anomaly)", i,
                           labels[i]);
        out->n_positives += labels[i];
    }
    out->n_negatives = n - out->n_positives;
    if (out->n_positives == 0 || out->n_negatives == 0)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "%" PRId64 " anomalies and %" PRId64 " good samples: this metric needs at least one of each",
                       out->n_positives, out->n_negatives);
    if (n > INT32_MAX)
        return pb_fail(PB_STATUS_LIMIT, "%" PRId64 " samples are more than the %d that can be ranked", n, INT32_MAX);
    return PB_STATUS_OK;
}

/* Checks the input, counts the classes and sorts, highest score first. Free *out with pb_free(). */
static pb_status sort_samples(const double *scores, const uint8_t *labels, int64_t n, pb_curve *curve, sample **out)
{
    if (n < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "metrics of %" PRId64 " samples are undefined", n);
    PB_TRY(count_classes(labels, n, curve));
    PB_TRY(pb_check_finite(scores, n, "score"));
    sample *samples;
    PB_TRY(PB_NEW_UNINITIALISED(samples, n));
    for (int64_t i = 0; i < n; i++)
        samples[i] = (sample){scores[i], labels[i]};
    const pb_status status = pb_sort(samples, n, sizeof *samples, descending);
    if (status == PB_STATUS_OK)
        *out = samples;
    else
        pb_free(samples);
    return status;
}

/* Moves the curve past all samples that share the score of samples[i]; returns the index of the next score. */
static int64_t step_over_ties(pb_curve *curve, const sample *samples, int64_t n, int64_t i)
{
    int64_t positives = 0, end = i;
    for (; end < n && samples[end].score == samples[i].score; end++)
        positives += samples[end].label;
    pb_curve_step(curve, positives, end - i - positives);
    return end;
}

static pb_status sweep(const double *scores, const uint8_t *labels, int64_t n, pb_curve *curve)
{
    sample *samples;
    PB_TRY(sort_samples(scores, labels, n, curve, &samples));
    for (int64_t i = 0; i < n;)
        i = step_over_ties(curve, samples, n, i);
    pb_free(samples);
    return PB_STATUS_OK;
}

/* ---- The metrics of detection_metrics.def -------------------------------------------------------------------------- */

pb_status pb_metric_auroc(const pb_judged *judged, double *out)
{
    *out = pb_curve_auroc(judged->curve);
    return PB_STATUS_OK;
}

pb_status pb_metric_ap(const pb_judged *judged, double *out)
{
    *out = pb_curve_average_precision(judged->curve);
    return PB_STATUS_OK;
}

pb_status pb_metric_f1max(const pb_judged *judged, double *out)
{
    *out = judged->curve->f1max;
    return PB_STATUS_OK;
}

static pb_status tpr_at_percentile(const pb_judged *judged, double q, double *out)
{
    double limit;
    PB_TRY(pb_percentile(judged->normals, judged->curve->n_negatives, q, &limit));
    int64_t found = 0;
    for (int64_t i = 0; i < judged->n; i++)
        found += judged->labels[i] == 1 && judged->scores[i] >= limit;
    *out = (double)found / (double)judged->curve->n_positives;
    return PB_STATUS_OK;
}

pb_status pb_metric_tpr_fpr1(const pb_judged *judged, double *out)
{
    return tpr_at_percentile(judged, 99, out);
}

pb_status pb_metric_tpr_fpr5(const pb_judged *judged, double *out)
{
    return tpr_at_percentile(judged, 95, out);
}

static pb_status measure_all(const pb_judged *judged, pb_detection_metrics *out)
{
#define PB_METRIC(member, ...) PB_TRY(pb_metric_##member(judged, &out->member));
#include <purebank/detection_metrics.def>
#undef PB_METRIC
    return PB_STATUS_OK;
}

pb_status pb_metrics_detection(const double *scores, const uint8_t *labels, int64_t n, pb_detection_metrics *out)
{
    pb_curve curve;
    PB_TRY(sweep(scores, labels, n, &curve));
    pb_detection_metrics metrics;
    double *normals;
    PB_TRY(PB_NEW_UNINITIALISED(normals, curve.n_negatives));
    for (int64_t i = 0, filled = 0; i < n; i++)
        if (labels[i] == 0)
            normals[filled++] = scores[i];
    const pb_judged judged = {.n = n, .scores = scores, .labels = labels, .normals = normals, .curve = &curve};
    const pb_status status = measure_all(&judged, &metrics);
    if (status == PB_STATUS_OK)
        *out = metrics;
    pb_free(normals);
    return status;
}

pb_status pb_metrics_auroc(const double *scores, const uint8_t *labels, int64_t n, double *out)
{
    pb_curve curve;
    PB_TRY(sweep(scores, labels, n, &curve));
    *out = pb_curve_auroc(&curve);
    return PB_STATUS_OK;
}

pb_status pb_metrics_roc(const double *scores, const uint8_t *labels, int64_t n, pb_roc_point **out, int64_t *out_n)
{
    pb_curve curve;
    sample *samples = NULL;
    pb_roc_point *points;
    PB_TRY(sort_samples(scores, labels, n, &curve, &samples));
    pb_status status;
    PB_TRY_GOTO(PB_NEW_UNINITIALISED(points, n + 1));
    points[0] = (pb_roc_point){0, 0, (double)INFINITY};
    int64_t n_points = 1;
    for (int64_t i = 0; i < n;) {
        const double threshold = samples[i].score;
        i = step_over_ties(&curve, samples, n, i);
        points[n_points++] = (pb_roc_point){(double)curve.false_positives / (double)curve.n_negatives,
                                            (double)curve.true_positives / (double)curve.n_positives, threshold};
    }
    *out = points;
    *out_n = n_points;
done:
    pb_free(samples);
    return status;
}
