/* Who is connected, and since when we wait for them: who sends too slowly, or nothing, is let go. */
#ifndef PB_STATION_CLIENTS_H
#define PB_STATION_CLIENTS_H

#include "station/metrics.h"

#include "base/error.h"

typedef struct station_clients station_clients;
typedef struct station_client station_client;

enum { STATION_HEADER_SECONDS = 30, STATION_BODY_SECONDS = 120 };

/* @param limit of connections: near it, those that have waited longest for their first word are let go early */
pb_status station_clients_new(int64_t limit, station_metrics *metrics, station_clients **out);
void station_clients_free(station_clients *clients);
/* NULL: no memory, and its time is not watched. */
station_client *station_clients_add(station_clients *clients, int fd);
void station_clients_remove(station_clients *clients, station_client *client);
/* From now on so many seconds are left for what is to come; 0: we are busy for them, and they may wait. */
void station_client_expect(station_clients *clients, station_client *client, int seconds);
/* For how many are we busy? */
int64_t station_clients_n_busy(station_clients *clients);
/* Shuts down the connections of those whose time is up. To be called about twice a second. */
void station_clients_sweep(station_clients *clients);

#endif
