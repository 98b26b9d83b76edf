/* How many rows each way of filtering would let through, tried on a sample of them, and what each would cost. */
#ifndef PB_SEARCH_PROBE_H
#define PB_SEARCH_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "search/filter.h"

enum { PB_PROBE_MIN_ROWS = 256 };

typedef struct pb_choice {
    pb_precision precision;
    bool rotated;
    int64_t coarse, fine; /* as in pb_filter_plan */
    bool fine_bytes;
    bool bytes; /* are rows in bytes worth their memory? */
} pb_choice;

/* Of a frame with centre and unit, and with a contraction where one may be used.
 * @param byte_precision of bytes that may be used, or PB_PRECISION_F32 */
pb_status pb_probe_choose(const pb_frame *frame, const float *rows, int64_t n, pb_precision byte_precision,
                          pb_choice *out);

/* Would the bytes of the frame lose less on rotated rows? See pb_frame.rotated. */
pb_status pb_probe_rotation(const pb_frame *frame, const float *rows, int64_t n, bool *out);

#endif
