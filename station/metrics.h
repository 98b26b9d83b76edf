/* What is counted for Prometheus, without a lock. */
#ifndef PB_STATION_METRICS_H
#define PB_STATION_METRICS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "station/part.h"

enum { STATION_N_BUCKETS = 12, STATION_LAST_STEPS = 1000 };

/* Seconds; counts of each bucket alone, the last one is for all that is slower. */
typedef struct station_histogram {
    _Atomic int64_t count[STATION_N_BUCKETS + 1];
    _Atomic int64_t total_us;
} station_histogram;

/* How long each step of the last parts took, the commit of their rows included. */
typedef struct station_last_steps {
    pthread_mutex_t lock;
    int64_t n; /* since the start */
    double ms[STATION_LAST_STEPS][STATION_N_STEPS];
} station_last_steps;

typedef struct station_metrics {
    _Atomic int64_t verdicts[3]; /* judged since the start */
    _Atomic int64_t known, conflicts, refused_full, refused_photo, refused_store;
    _Atomic int64_t requests[6]; /* answered: 1xx .. 5xx by their first digit */
    _Atomic int64_t connections, connections_closed_slow;
    _Atomic int64_t watched, watched_refused, watched_refused_ms; /* _ms: when the last one was refused */
    _Atomic int64_t mqtt_sent, mqtt_dropped, mqtt_connected;
    _Atomic int64_t deleted_parts, commits;
    station_histogram total, engine;
    station_last_steps last;
} station_metrics;

void station_metrics_init(station_metrics *metrics);
/* A part was judged. */
void station_metrics_part(station_metrics *metrics, const station_part *part);
/* Copies one step of the last parts; returns how many. */
int64_t station_metrics_step(station_metrics *metrics, int step, double out[STATION_LAST_STEPS]);

/* What is not counted but measured when asked. */
typedef struct station_gauges {
    int64_t queue_length, queue_limit, free_bytes, listeners, backbones, not_judged, lanes;
    double uptime_s;
} station_gauges;

void station_metrics_write(station_metrics *metrics, const station_gauges *gauges, FILE *out);

#endif
