/* The directions in which rows differ most: their principal axes, roughly. */
#ifndef PB_SEARCH_AXES_H
#define PB_SEARCH_AXES_H

#include <stdint.h>

#include "base/error.h"

/* At most this many. */
enum { PB_AXES_MAX = 255 };

/* See `defect` below; infinity where they are not finite. */
pb_status pb_axes_measure(const float *axes, int64_t count, int64_t dim, double *defect);

/* Some axes of a sample of centred rows, the most important first; the same on every run and for any number of threads.
 * @param sample n x dim
 * @param axes   room for PB_AXES_MAX x dim
 * @param count  in: how many are wanted; out: how many there are, 0 where the rows do not differ
 * @param defect a bound of |P - Q|, the spectral norm, for some Q with orthonormal rows, P being the axes: below 0.01 */
pb_status pb_axes_fit(const float *sample, int64_t n, int64_t dim, float *axes, int64_t *count, double *defect);

#endif
