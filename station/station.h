/* A station: the folder, what is kept in memory, and the threads that serve it. */
#ifndef PB_STATION_STATION_H
#define PB_STATION_STATION_H

#include <pthread.h>

#include "station/access.h"
#include "station/engine.h"
#include "station/events.h"

/* What a person asked for; borrowed. */
typedef struct station_options {
    const char *folder;
    const char *listen;     /* "127.0.0.1:8080"; port 0: any that is free */
    const char *token_file; /* NULL: none */
    const char *watch;      /* NULL: no folder is watched */
    bool sort;              /* watched files are moved by their verdict */
    const char *mqtt;       /* NULL, or "mqtt://host:port" */
    int64_t max_pixels;     /* of one photo; the station's own limit may be lower */
    void (*say)(const char *format, ...) __attribute__((format(printf, 1, 2)));  /* to people */
    void (*warn)(const char *format, ...) __attribute__((format(printf, 1, 2))); /* of what goes wrong while it runs */
} station_options;

typedef struct station {
    station_options options;
    char folder[STATION_PATH_BYTES], photos[STATION_PATH_BYTES], banks_folder[STATION_PATH_BYTES],
        database[STATION_PATH_BYTES], references[STATION_PATH_BYTES];
    char name[256]; /* the folder's */
    int lock;       /* of the folder */
    int lanes;
    station_config config;
    station_access access;
    station_db *writer;
    station_banks *banks;
    station_engine *engine;
    station_events *events;
    struct station_mqtt *mqtt; /* NULL: no broker */
    station_metrics metrics;
    int64_t started_ns;
    pthread_mutex_t changing; /* one change of a bank at a time */
} station;

/* Opens what lies in the folder; nothing is listened to yet. close() also after a failure. */
pb_status station_open(const station_options *options, station *out);
void station_close(station *self);

/* Starts self->engine with `lanes`. @param stored NULL, or told with `context` of each part once it is on disk */
pb_status station_start_engine(station *self, int lanes, void (*stored)(void *context, const station_part *part),
                               void *context);

/* Makes a station in a folder, or adds a product to the one that is there, or a bank to a product that has none that can be loaded.
 * @param backbone NULL, or what the bank's backbone is to be opened by */
pb_status station_init(const char *folder, const char *product, const char *bank, const char *backbone);

/* Lets another version judge a product of a station that nobody serves.
 * @param version 0: the newest beside the active one that can be loaded
 * @param out     the version that judges now
 * @return PB_STATUS_BAD_ARGUMENT where there is no such product or version, else what is wrong with its file */
pb_status station_activate(const char *folder, const char *product, int64_t version, int64_t *out);

/* Runs until `stop` says so. */
pb_status station_serve(station *self, bool (*stop)(void));

#endif
