#include "station/metrics.h"

#include <string.h>
#include <unistd.h>

#include <purebank/runtime.h>

static const double bounds[STATION_N_BUCKETS] = {0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};

static void add_seconds(station_histogram *histogram, double seconds)
{
    int bucket = 0;
    while (bucket < STATION_N_BUCKETS && seconds > bounds[bucket])
        bucket++;
    atomic_fetch_add(&histogram->count[bucket], 1);
    atomic_fetch_add(&histogram->total_us, (int64_t)(seconds * 1e6));
}

void station_metrics_init(station_metrics *metrics)
{
    pthread_mutex_init(&metrics->last.lock, NULL);
}

void station_metrics_part(station_metrics *metrics, const station_part *part)
{
    station_last_steps *last = &metrics->last;
    atomic_fetch_add(&metrics->verdicts[part->verdict], 1);
    add_seconds(&metrics->total, part->ms[STATION_TOTAL] / 1e3);
    add_seconds(&metrics->engine,
                (part->ms[STATION_DECODE] + part->ms[STATION_FEATURES] + part->ms[STATION_SCORE]) / 1e3);
    pthread_mutex_lock(&last->lock);
    memcpy(last->ms[last->n++ % STATION_LAST_STEPS], part->ms, sizeof part->ms);
    pthread_mutex_unlock(&last->lock);
}

int64_t station_metrics_step(station_metrics *metrics, int step, double out[STATION_LAST_STEPS])
{
    station_last_steps *last = &metrics->last;
    pthread_mutex_lock(&last->lock);
    const int64_t n = last->n < STATION_LAST_STEPS ? last->n : STATION_LAST_STEPS;
    for (int64_t i = 0; i < n; i++)
        out[i] = last->ms[i][step];
    pthread_mutex_unlock(&last->lock);
    return n;
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP purebank_%s %s\n# TYPE purebank_%s %s\n", name, help, name, type);
}

static void number(FILE *out, const char *name, const char *type, const char *help, int64_t value)
{
    head(out, name, type, help);
    fprintf(out, "purebank_%s %lld\n", name, (long long)value);
}

static void histogram(FILE *out, const char *name, const char *help, station_histogram *from)
{
    int64_t sum = 0;
    head(out, name, "histogram", help);
    for (int i = 0; i < STATION_N_BUCKETS; i++) {
        sum += atomic_load(&from->count[i]);
        fprintf(out, "purebank_%s_bucket{le=\"%g\"} %lld\n", name, bounds[i], (long long)sum);
    }
    sum += atomic_load(&from->count[STATION_N_BUCKETS]);
    fprintf(out, "purebank_%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)sum);
    fprintf(out, "purebank_%s_sum %.6f\npurebank_%s_count %lld\n", name, (double)atomic_load(&from->total_us) / 1e6,
            name, (long long)sum);
}

static int64_t resident_bytes(void)
{
    long long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%lld %lld", &size, &resident) != 2) /* NOLINT(cert-err34-c): the kernel wrote it */
        resident = 0;
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static void write_counters(station_metrics *metrics, FILE *out)
{
    head(out, "parts_total", "counter", "Parts judged since the start.");
    for (int i = 0; i < 3; i++)
        fprintf(out, "purebank_parts_total{verdict=\"%s\"} %lld\n", station_verdict_name((pb_verdict)i),
                (long long)atomic_load(&metrics->verdicts[i]));
    number(out, "parts_known_total", "counter", "Parts that came again, with the same photo.",
           atomic_load(&metrics->known));
    number(out, "parts_conflict_total", "counter", "Parts that came with the id of another photo.",
           atomic_load(&metrics->conflicts));
    head(out, "parts_refused_total", "counter", "Parts that were not judged.");
    fprintf(out, "purebank_parts_refused_total{reason=\"queue_full\"} %lld\n",
            (long long)atomic_load(&metrics->refused_full));
    fprintf(out, "purebank_parts_refused_total{reason=\"photo\"} %lld\n",
            (long long)atomic_load(&metrics->refused_photo));
    fprintf(out, "purebank_parts_refused_total{reason=\"store\"} %lld\n",
            (long long)atomic_load(&metrics->refused_store));
    head(out, "requests_total", "counter", "Requests answered.");
    for (int i = 2; i < 6; i++)
        fprintf(out, "purebank_requests_total{status=\"%dxx\"} %lld\n", i,
                (long long)atomic_load(&metrics->requests[i]));
    number(out, "connections_slow_total", "counter", "Connections closed because a request did not come in time.",
           atomic_load(&metrics->connections_closed_slow));
    number(out, "watched_total", "counter", "Files of watched folders that were judged.",
           atomic_load(&metrics->watched));
    number(out, "watched_refused_total", "counter", "Files of watched folders that are no photos.",
           atomic_load(&metrics->watched_refused));
    number(out, "mqtt_sent_total", "counter", "Messages handed to the MQTT broker.", atomic_load(&metrics->mqtt_sent));
    number(out, "mqtt_dropped_total", "counter", "Messages that were given up.", atomic_load(&metrics->mqtt_dropped));
    number(out, "commits_total", "counter", "Transactions of judged parts.", atomic_load(&metrics->commits));
    number(out, "parts_deleted_total", "counter", "Parts deleted by retention.", atomic_load(&metrics->deleted_parts));
}

void station_metrics_write(station_metrics *metrics, const station_gauges *gauges, FILE *out)
{
    write_counters(metrics, out);
    histogram(out, "part_seconds", "From the last byte of a photo to its answer.", &metrics->total);
    histogram(out, "engine_seconds", "Decoding, features and score of a part.", &metrics->engine);
    number(out, "queue_length", "gauge", "Parts that wait or are being judged.", gauges->queue_length);
    number(out, "queue_limit", "gauge", "From here on parts get 429.", gauges->queue_limit);
    number(out, "products_not_judged", "gauge", "Products whose bank cannot be loaded.", gauges->not_judged);
    number(out, "lanes", "gauge", "Parts that are judged at a time.", gauges->lanes);
    number(out, "connections", "gauge", "Open connections.", atomic_load(&metrics->connections));
    number(out, "listeners", "gauge", "Open streams of events.", gauges->listeners);
    number(out, "mqtt_connected", "gauge", "1 while the MQTT broker is reached.",
           atomic_load(&metrics->mqtt_connected));
    number(out, "backbones", "gauge", "Different backbones in memory.", gauges->backbones);
    number(out, "disk_free_bytes", "gauge", "Free on the disk of the station.", gauges->free_bytes);
    number(out, "memory_resident_bytes", "gauge", "Of the process.", resident_bytes());
    number(out, "memory_library_bytes", "gauge", "Held by the library.", (int64_t)pb_memory_live_bytes());
    head(out, "uptime_seconds", "gauge", "Since the start.");
    fprintf(out, "purebank_uptime_seconds %.1f\n", gauges->uptime_s);
    head(out, "info", "gauge", "Version of the program.");
    fprintf(out, "purebank_info{version=\"%s\"} 1\n", pb_version());
}
