/* ROC and precision-recall in one sweep over the distinct scores, highest first. */
#ifndef PB_METRICS_CURVE_H
#define PB_METRICS_CURVE_H

#include <stdint.h>

typedef struct pb_curve {
    int64_t n_positives, n_negatives; /* 2 * n_positives * n_negatives must fit: fewer than 2^31 of both together */
    int64_t true_positives, false_positives; /* at or above the current score */
    int64_t twice_u;                         /* 2 x Mann-Whitney's U, an integer: ties count one half */
    double precision_sum;                    /* of precision over the positives found */
    double f1max;
} pb_curve;

/* The next lower score, held by `positives` and `negatives` samples (not both 0). */
static inline void pb_curve_step(pb_curve *curve, int64_t positives, int64_t negatives)
{
    curve->twice_u += positives * (2 * (curve->n_negatives - curve->false_positives) - negatives);
    curve->true_positives += positives;
    curve->false_positives += negatives;
    if (positives == 0)
        return; /* recall stands still: no area, and F1 only falls */
    const double found = (double)curve->true_positives;
    const double called = found + (double)curve->false_positives;
    curve->precision_sum += (double)positives * (found / called);
    const double f1 = 2 * found / (called + (double)curve->n_positives);
    if (f1 > curve->f1max)
        curve->f1max = f1;
}

static inline double pb_curve_auroc(const pb_curve *curve)
{
    return (double)curve->twice_u / 2 / ((double)curve->n_positives * (double)curve->n_negatives);
}

static inline double pb_curve_average_precision(const pb_curve *curve)
{
    return curve->precision_sum / (double)curve->n_positives;
}

#endif
