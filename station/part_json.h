/* Parts, versions and thresholds as the interface shows them. */
#ifndef PB_STATION_PART_JSON_H
#define PB_STATION_PART_JSON_H

#include <jansson.h>

#include "station/store.h"

json_t *station_time_json(int64_t ms);
/* NaN is null. */
json_t *station_number_json(double value);
json_t *station_part_json(const station_part *part);
json_t *station_review_json(const station_part *part);
json_t *station_threshold_json(const pb_threshold *threshold, double bound);
json_t *station_version_json(const station_version *version, int64_t active);

#endif
