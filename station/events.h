/* Streams of events (server-sent events): what happens, told to pages that listen. */
#ifndef PB_STATION_EVENTS_H
#define PB_STATION_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct station_events station_events;
typedef struct station_listener station_listener;

pb_status station_events_new(station_events **out);
void station_events_free(station_events *events);

/* A listener that has come: what it is told until it goes. NULL: too many, or no memory.
 * @param product "" for all
 * @param wake    called, by any thread, when there is something to take and the last take found nothing */
station_listener *station_events_listen(station_events *events, const char *product, void (*wake)(void *context),
                                        void *context);
void station_events_leave(station_events *events, station_listener *listener);
/* Takes up to `size` bytes: > 0; 0: nothing yet, wake() will be called; -1: the stream is to end. */
int64_t station_events_take(station_events *events, station_listener *listener, char *out, size_t size);

/* "event: TYPE\ndata: DATA\n\n" to all that listen to the product. @param data one line; NULL: a comment that keeps streams alive */
void station_events_tell(station_events *events, const char *product, const char *type, const char *data);
/* All streams are to end. */
void station_events_end(station_events *events);
int64_t station_events_n_listeners(station_events *events);

#endif
