/* Photos that are there already, judged by a station that nobody serves. */
#ifndef PB_STATION_FILL_H
#define PB_STATION_FILL_H

#include "station/station.h"

/* Judges files as parts of `product`, one after another, as if they had been posted; what is no photo is an error.
 * @param self opened, and not serving */
pb_status station_fill(station *self, const char *product, const char *const *paths, int64_t n);

#endif
