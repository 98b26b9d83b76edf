/* station.json: what a station is told by people. */
#ifndef PB_STATION_CONFIG_H
#define PB_STATION_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { STATION_NAME_BYTES = 65, STATION_MAX_PRODUCTS = 256, STATION_MAX_HOSTS = 16 };

typedef struct station_config_product {
    char name[STATION_NAME_BYTES];
    char backbone[512]; /* "" where the bank knows enough itself */
} station_config_product;

typedef struct station_config {
    int64_t n_products;
    station_config_product product[STATION_MAX_PRODUCTS];
    int64_t queue_parts;    /* that may wait */
    int64_t body_megabytes; /* of one request */
    int64_t megapixels;     /* of one photo */
    int64_t connections;    /* at a time */
    int64_t header_seconds; /* in which a request's headers must come */
    int64_t body_seconds;   /* its body */
    int64_t answer_seconds; /* in which its answer must be taken */
    double keep_days;       /* 0: for ever */
    double keep_gigabytes;  /* of photos; 0: as many as come */
    double free_gigabytes;  /* left on the disk: below it no part is taken */
    double shift_hours;     /* length of a shift: they begin at 00:00 UTC and each so many hours after */
    double review_share;    /* of OK parts in the review queue */
    int64_t n_hosts;
    char host[STATION_MAX_HOSTS][256]; /* names that a browser may call the station by, besides those of --listen */
} station_config;

/* A name of a product: a letter or a digit, then up to 63 letters, digits, ".", "_" or "-". */
bool station_name_is_valid(const char *name);

void station_config_default(station_config *out);
/* @return PB_STATUS_BAD_FORMAT naming what is unknown, missing or out of range */
pb_status station_config_load(const char *path, station_config *out);
pb_status station_config_save(const station_config *config, const char *path);
/* -1: none of that name. */
int64_t station_config_find(const station_config *config, const char *name);

#endif
