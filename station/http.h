/* The door: connections, requests as they come in piece by piece, and answers. By libmicrohttpd. */
#ifndef PB_STATION_HTTP_H
#define PB_STATION_HTTP_H

#include "station/station.h"

typedef struct station_http station_http;

/* Listens at `address` and `port` (0: any); *port is what it became. Needs the station's engine. */
pb_status station_http_start(station *self, const char *address, int *port, station_http **out);
/* To be called in this order, the engine being stopped between the first two: no more connections, and nothing more for the desk; answers
 * leave; all is closed. */
void station_http_quiesce(station_http *http);
void station_http_finish(station_http *http);
void station_http_stop(station_http *http);
/* What is to be done about twice a second. */
void station_http_tick(station_http *http);

#endif
