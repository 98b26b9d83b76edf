/* Inside the door: a request and its answer. */
#ifndef PB_STATION_EXCHANGE_H
#define PB_STATION_EXCHANGE_H

#include <microhttpd.h>

#include "station/clients.h"
#include "station/desk.h"

typedef struct station_http station_http;

typedef struct station_exchange {
    station_http *http;
    struct MHD_Connection *connection;
    station_client *client;
    bool begun, admitted, answered, target_is_bad;
    bool too_large, no_room; /* its body was thrown away */
    const station_route *route;
    station_request request;
    int64_t capacity; /* of request.body */
    station_response response;
    station_job job;
    struct station_exchange *next; /* at the desk */
} station_exchange;

enum { STATION_MAX_DESK_THREADS = 8 };

struct station_http {
    station *station;
    struct MHD_Daemon *daemon;
    int listening; /* the door's socket once it was shut; -1 before */
    station_clients *clients;
    _Atomic int64_t body_bytes; /* of all bodies in memory */
    int64_t ticks;
    pthread_mutex_t lock; /* of the desk's queue */
    pthread_cond_t arrived;
    station_exchange *first, *last;
    int64_t n_waiting;
    bool stopping;
    int n_threads;
    pthread_t thread[STATION_MAX_DESK_THREADS];
};

/* Queues exchange->response; the exchange's response is empty then. */
enum MHD_Result station_exchange_send(station_exchange *exchange);
/* Hands a request to the desk. Its connection must be suspended. false: too many wait */
bool station_desk_enqueue(station_http *http, station_exchange *exchange);
pb_status station_desk_start(station_http *http);
void station_desk_stop(station_http *http);

#endif
