/* How large a defect may be. */
#ifndef PB_SYNTHETIC_DEFECT_H
#define PB_SYNTHETIC_DEFECT_H

#include <stdint.h>

/* Pixels; a defect of less than this fits into the photo, wherever it lies. */
double pb_defect_size_bound(int32_t width, int32_t height);

#endif
