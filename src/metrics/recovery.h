/* The share of what contamination costs that is undone (method.md#recovery): of means, and as published of a single cell. */
#ifndef PB_METRICS_RECOVERY_H
#define PB_METRICS_RECOVERY_H

#include <math.h>

/* Where clean and dirty are no farther apart, there is nothing to recover. */
#define PB_RECOVERY_LEAST 1e-6

/* Of means: NaN where contamination costs nothing. */
static inline double pb_recovery_of_means(double mean, double dirty, double clean)
{
    return clean - dirty > PB_RECOVERY_LEAST ? (mean - dirty) / (clean - dirty) : (double)NAN;
}

/* A cell's recovery_rate, as published: 1 where there is nothing to recover, and of either sign. */
static inline double pb_recovery_of_cell(double auroc, double dirty, double clean)
{
    return fabs(clean - dirty) <= PB_RECOVERY_LEAST ? 1 : (auroc - dirty) / (clean - dirty);
}

#endif
