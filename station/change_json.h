/* Changes and what they would do, as the interface shows them. */
#ifndef PB_STATION_CHANGE_JSON_H
#define PB_STATION_CHANGE_JSON_H

#include "station/mend.h"

json_t *station_preview_json(const station_bench *bench, const station_change *change, const station_mended *mended,
                             const station_effect *effect);

#endif
