/* What is counted for Prometheus, without a lock. */
#ifndef PB_STATION_METRICS_H
#define PB_STATION_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "station/part.h"

enum { STATION_N_BUCKETS = 12 };

/* Seconds; counts of each bucket alone, the last one is for all that is slower. */
typedef struct station_histogram {
    _Atomic int64_t count[STATION_N_BUCKETS + 1];
    _Atomic int64_t total_us;
} station_histogram;

typedef struct station_metrics {
    _Atomic int64_t verdicts[3]; /* judged since the start */
    _Atomic int64_t known, conflicts, refused_full, refused_photo, refused_store;
    _Atomic int64_t requests[6]; /* answered: 1xx .. 5xx by their first digit */
    _Atomic int64_t connections, connections_closed_slow;
    _Atomic int64_t watched, watched_refused;
    _Atomic int64_t mqtt_sent, mqtt_dropped, mqtt_connected;
    _Atomic int64_t deleted_parts, commits;
    station_histogram total, engine;
} station_metrics;

void station_histogram_add(station_histogram *histogram, double seconds);

/* What is not counted but measured when asked. */
typedef struct station_gauges {
    int64_t queue_length, queue_limit, free_bytes, listeners, backbones, lanes;
    double uptime_s;
} station_gauges;

void station_metrics_write(station_metrics *metrics, const station_gauges *gauges, FILE *out);

#endif
