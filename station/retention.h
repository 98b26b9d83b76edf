/* What is deleted when days or gigabytes are up. */
#ifndef PB_STATION_RETENTION_H
#define PB_STATION_RETENTION_H

#include "station/station.h"

/* Deletes parts, rows first, then photos, until the station is within its limits or nothing is left that may go: OK parts that a person
 * has called good first, then other OK parts, then reviewed and unusable ones, the oldest of each first. NG parts that nobody has
 * looked at stay. @param out_n how many went */
pb_status station_retain(station *self, int64_t *out_n);

#endif
