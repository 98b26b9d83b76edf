/* What contamination must cost for its undoing to be a share of it. */
#ifndef PB_METRICS_RECOVERY_H
#define PB_METRICS_RECOVERY_H

/* Where clean and dirty are no farther apart, there is nothing to recover (method.md#recovery): a cell's recovery_rate is 1 then, as
 * published, and that of means is not told. */
#define PB_RECOVERY_LEAST 1e-6

#endif
