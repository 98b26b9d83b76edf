/* A part on its way through the engine. */
#ifndef PB_STATION_JOB_H
#define PB_STATION_JOB_H

#include "station/banks.h"
#include "station/metrics.h"

typedef enum station_outcome {
    STATION_JUDGED,
    STATION_KNOWN,      /* judged before, under this id, from the same photo: `part` is what is stored */
    STATION_CONFLICT,   /* the id belongs to another photo */
    STATION_NO_PRODUCT, /* no such product, or it has no bank */
    STATION_WRONG_TYPE, /* not a JPEG, PNG, TIFF or WebP */
    STATION_BAD_PHOTO,  /* damaged, or too large */
    STATION_UNAVAILABLE /* nothing could be stored */
} station_outcome;

typedef struct station_job station_job;
struct station_job {
    /* Filled in by the sender: product, id ("": the station makes one), line, lot, name. */
    station_part part;
    uint8_t *bytes; /* the photo; the sender's, until `done` */
    size_t size;
    int64_t received_ns; /* when its last byte came */
    void (*done)(station_job *job);
    void *context;
    /* The answer. */
    station_outcome outcome;
    char message[PB_ERROR_MESSAGE_BYTES]; /* why not */
    /* The engine's own. */
    station_photo photo;
    station_map map;
    station_job *next;
};

typedef struct station_engine station_engine;

typedef struct station_engine_options {
    const char *photos, *database; /* folder and file; borrowed */
    station_banks *banks;
    station_db *writer;
    station_metrics *metrics;
    int64_t limit;     /* parts inside at a time */
    double free_bytes; /* on the disk: with less no part is taken */
    int lanes;
    void (*stored)(void *context, const station_part *part); /* told of each part once it is on disk */
    void *context;
} station_engine_options;

#endif
