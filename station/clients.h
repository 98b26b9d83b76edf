/* Who is connected, and since when we wait for them: who sends or takes too slowly, or nothing, is let go. */
#ifndef PB_STATION_CLIENTS_H
#define PB_STATION_CLIENTS_H

#include "station/config.h"
#include "station/metrics.h"

#include "base/error.h"

typedef struct station_clients station_clients;
typedef struct station_client station_client;

/* What a connection waits for. */
typedef enum station_phase {
    STATION_HEADERS, /* the client's next request */
    STATION_BODY,    /* the rest of it */
    STATION_JUDGING, /* us: as long as it takes */
    STATION_ANSWER,  /* the client taking the answer */
    STATION_STREAM,  /* events, as they come */
    STATION_N_PHASES
} station_phase;

/* @param config of which the seconds are kept @param limit of connections: near it, those that are slow are let go early */
pb_status station_clients_new(const station_config *config, int64_t limit, station_metrics *metrics,
                              station_clients **out);
void station_clients_free(station_clients *clients);
/* NULL: no memory, and its time is not watched. */
station_client *station_clients_add(station_clients *clients, int fd);
void station_clients_remove(station_clients *clients, station_client *client);
/* A phase begins, and with it its time. */
void station_client_enters(station_clients *clients, station_client *client, station_phase phase);
/* Bytes of a body came. */
void station_client_sent(station_clients *clients, station_client *client, size_t n);
/* How many have asked and have not got all of their answer? */
int64_t station_clients_n_busy(station_clients *clients);
/* Shuts down the connections of those whose time is up. To be called about twice a second. */
void station_clients_sweep(station_clients *clients);

#endif
