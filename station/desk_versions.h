/* What the desk does with versions: open one, show its references, make one the active one. */
#ifndef PB_STATION_DESK_VERSIONS_H
#define PB_STATION_DESK_VERSIONS_H

#include "station/desk.h"

/* Parameters 0 and 1 of the route: product and version. Release *bank, and free *version. */
bool station_open_version(station_desk *desk, const station_request *request, station_bank **bank,
                          station_version *version, station_response *out);
/* Digest of the photo of a reference; "" where there is none. */
pb_status station_version_reference(station_desk *desk, const char *product, int64_t version, int64_t reference,
                                    char digest[65]);
/* Has the station its photo? */
bool station_has_reference(const station *self, const char *sha256);
/* As the interface shows it. */
json_t *station_reference_json(const station *self, const station_bank *bank, int64_t i);

/* A version that is there becomes the one that judges; pages are told. */
pb_status station_version_activate(station *self, const station_version *version, const char *by, const char *reason);
/* A changed bank becomes the next version, and the one that judges; pages are told. Fills in *version as station_version_save()
 * does. Held: station->changing. */
pb_status station_version_adopt(station *self, const pb_bank *bank, station_version *version);

#endif
