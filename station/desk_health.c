/* How the station does: counters, hours, drift, times, disk, and what needs a person. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <purebank/metrics.h>

#include "base/binomial.h"
#include "base/memory.h"
#include "station/clock.h"
#include "station/desk.h"
#include "station/drift.h"
#include "station/part_json.h"

enum { HOUR_MS = 3600 * 1000, LAST_PARTS = 200, DRIFT_PARTS = 20000, MOST_POINTS = 2000000 };
static const double UNUSABLE_LIMIT = 0.1; /* share of the last parts */

/* ---- statistics --------------------------------------------------------------------------------------------------- */

static json_t *percentile_json(const double *scores, int64_t n, double q)
{
    double value;
    return n > 0 && pb_percentile(scores, n, q, &value) == PB_STATUS_OK ? station_number_json(value) : json_null();
}

static json_t *hour_json(int64_t hour, const station_point *points, int64_t n, double *scores)
{
    int64_t count[3] = {0}, n_scores = 0;
    for (int64_t i = 0; i < n; i++) {
        count[points[i].verdict]++;
        if (points[i].verdict == PB_VERDICT_PASS)
            scores[n_scores++] = points[i].score;
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:o, s:o}", "hour", station_time_json(hour * HOUR_MS), "ok",
                     (json_int_t)count[0], "ng", (json_int_t)count[1], "unusable", (json_int_t)count[2], "median",
                     percentile_json(scores, n_scores, 50), "p95", percentile_json(scores, n_scores, 95));
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = ((const station_point *)a)->time_ms, y = ((const station_point *)b)->time_ms;
    return (x > y) - (x < y);
}

static pb_status hours_json(station_point *points, int64_t n, json_t *out)
{
    double *scores;
    PB_TRY(PB_NEW(scores, n + 1));
    qsort(points, (size_t)n, sizeof *points, by_time); /* a clock that was set back */
    for (int64_t first = 0, next; first < n; first = next) {
        const int64_t hour = points[first].time_ms / HOUR_MS;
        for (next = first + 1; next < n && points[next].time_ms / HOUR_MS == hour;)
            next++;
        json_array_append_new(out, hour_json(hour, points + first, next - first, scores));
    }
    pb_free(scores);
    return PB_STATUS_OK;
}

static int64_t shift_began(const station *self, int64_t now_ms)
{
    const int64_t length = (int64_t)(self->config.shift_hours * HOUR_MS), day = 24 * (int64_t)HOUR_MS;
    const int64_t midnight = now_ms / day * day;
    return midnight + (now_ms - midnight) / length * length;
}

static pb_status count_shift(station_desk *desk, const char *product, int64_t since, json_t **out)
{
    int64_t count[3];
    station_filter filter = {.has_from = true, .from_ms = since};
    snprintf(filter.product, sizeof filter.product, "%s", product);
    for (unsigned i = 0; i < 3; i++) {
        filter.verdicts = 1U << i;
        PB_TRY(station_db_count(desk->db, &filter, &count[i]));
    }
    *out = json_pack("{s:o, s:I, s:I, s:I}", "since", station_time_json(since), "ok", (json_int_t)count[0], "ng",
                     (json_int_t)count[1], "unusable", (json_int_t)count[2]);
    return PB_STATUS_OK;
}

void station_get_statistics(station_desk *desk, const station_request *request, station_response *out)
{
    const char *product = station_target_value(&request->target, "product");
    int64_t hours, n = 0;
    station_point *points = NULL;
    json_t *shift = NULL, *rows = json_array();
    if (!station_check_product(desk, product ? product : "", out) ||
        !station_query_whole(request, "hours", 1, 720, 24, &hours, out)) {
        json_decref(rows);
        return;
    }
    const int64_t now = station_now_ms();
    station_filter filter = {.has_from = true, .from_ms = (now / HOUR_MS - hours + 1) * HOUR_MS};
    snprintf(filter.product, sizeof filter.product, "%s", product ? product : "");
    pb_status status = count_shift(desk, filter.product, shift_began(desk->station, now), &shift);
    if (status == PB_STATUS_OK)
        status = station_db_points(desk->db, &filter, MOST_POINTS, &points, &n);
    if (status == PB_STATUS_OK)
        status = hours_json(points, n, rows);
    pb_free(points);
    if (status == PB_STATUS_OK) {
        station_answer_json(out, 200, json_pack("{s:o, s:o}", "shift", shift, "hours", rows));
        return;
    }
    json_decref(shift);
    json_decref(rows);
    station_answer_failure(out, status);
}

/* ---- health ------------------------------------------------------------------------------------------------------- */

typedef struct health {
    station_desk *desk;
    char product[STATION_NAME_BYTES];
    station_bank *bank;
    station_drift drift;
    int64_t n_last, n_unusable, waiting;
    double free_bytes, total_bytes;
    json_t *banners;
} health;

static void add_banner(health *self, const char *level, const char *address, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add_banner(health *self, const char *level, const char *address, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(self->banners,
                          json_pack("{s:s, s:o, s:s}", "level", level, "text", json_string(text), "address", address));
}

/* Of the parts that the active version has judged since it became that: OK, or good by a person's word. */
static pb_status follow_drift(health *self)
{
    if (!self->bank)
        return PB_STATUS_OK;
    station_filter filter = {.version = self->bank->version, .has_from = true};
    station_point *points;
    int64_t n;
    snprintf(filter.product, sizeof filter.product, "%s", self->product);
    PB_TRY(station_db_active_since(self->desk->db, self->product, &filter.from_ms));
    PB_TRY(station_db_points(self->desk->db, &filter, DRIFT_PARTS, &points, &n));
    for (int64_t i = 0; i < n; i++) {
        const station_point *point = &points[i];
        const bool good = point->label ? point->label == STATION_LABEL_GOOD : point->verdict == PB_VERDICT_PASS;
        if (good)
            station_drift_add(&self->drift, point->score, point->time_ms);
    }
    pb_free(points);
    if (self->drift.drifting)
        add_banner(
            self, "warning", "#health",
            "The scores of good parts have shifted: look at light, lens and pose; if parts are as they should be, add "
            "references or calibrate.");
    return PB_STATUS_OK;
}

static pb_status count_unusable(health *self)
{
    station_filter filter = {.before = 0};
    station_point *points;
    snprintf(filter.product, sizeof filter.product, "%s", self->product);
    PB_TRY(station_db_points(self->desk->db, &filter, LAST_PARTS, &points, &self->n_last));
    for (int64_t i = 0; i < self->n_last; i++)
        self->n_unusable += points[i].verdict == PB_VERDICT_UNUSABLE;
    pb_free(points);
    if (self->n_last >= 10 && (double)self->n_unusable >= UNUSABLE_LIMIT * (double)self->n_last)
        add_banner(self, "warning", "#parts?verdict=unusable",
                   "%lld of the last %lld photos are unusable: look at camera and light.", (long long)self->n_unusable,
                   (long long)self->n_last);
    return PB_STATUS_OK;
}

/* Do many more of the last parts fail than of those before, by the same version? A bad batch, or a station that has changed: either is for a
 * person to see. The share before is taken with one failure more than there was, so that few parts say little. */
static pb_status compare_failures(health *self)
{
    enum { RECENT = 50, BEFORE = 950 };
    static const double CHANCE = 1e-4;
    if (!self->bank)
        return PB_STATUS_OK;
    station_filter filter = {.version = self->bank->version};
    station_point *points;
    int64_t n, failed[2] = {0};
    snprintf(filter.product, sizeof filter.product, "%s", self->product);
    PB_TRY(station_db_points(self->desk->db, &filter, RECENT + BEFORE, &points, &n));
    for (int64_t i = 0; i < n; i++)
        failed[i >= n - RECENT] += points[i].verdict == PB_VERDICT_FAIL;
    pb_free(points);
    const int64_t before = n - RECENT;
    if (before < RECENT)
        return PB_STATUS_OK;
    const double share = (double)(failed[0] + 1) / (double)(before + 2);
    if (1 - pb_binomial_below(RECENT, share, failed[1]) < CHANCE)
        add_banner(self, "warning", "#parts?verdict=ng",
                   "%lld of the last %d parts are NG, and %lld of the %lld before them: is it a bad batch, or have "
                   "light, lens or "
                   "pose changed?",
                   (long long)failed[1], RECENT, (long long)failed[0], (long long)before);
    return PB_STATUS_OK;
}

static pb_status skip(void *context, const station_part *part, station_why why)
{
    (void)context;
    (void)part;
    (void)why;
    return PB_STATUS_OK;
}

static json_t *drift_json(const health *self)
{
    const pb_bank *bank = self->bank ? self->bank->bank : NULL;
    const int64_t n_references = bank ? pb_bank_n_references(bank) : 0;
    const bool known = self->drift.n >= STATION_DRIFT_WARM_UP;
    double *scores;
    int64_t n = 0;
    json_t *median = json_real(0), *p95 = json_real(0);
    if (PB_NEW(scores, n_references + 1) == PB_STATUS_OK) {
        for (int64_t i = 0; i < n_references; i++)
            if (pb_bank_reference_is_good(pb_bank_reference_at(bank, i)))
                scores[n++] = pb_bank_reference_at(bank, i)->loo_score;
        if (n > 0) {
            json_decref(median);
            json_decref(p95);
            median = percentile_json(scores, n, 50);
            p95 = percentile_json(scores, n, 95);
        }
        pb_free(scores);
    }
    return json_pack("{s:s, s:o, s:f, s:f, s:f, s:o, s:o}", "state",
                     !known                 ? "unknown"
                     : self->drift.drifting ? "drifting"
                                            : "steady",
                     "since", self->drift.drifting ? station_time_json(self->drift.since_ms) : json_null(), "statistic",
                     station_drift_statistic(&self->drift), "limit", STATION_DRIFT_LIMIT, "false_alarm_parts",
                     station_drift_run_length(STATION_DRIFT_LIMIT), "reference_median", median, "reference_p95", p95);
}

static pb_status steps_json(station_desk *desk, json_t *out)
{
    double ms[STATION_LAST_STEPS], median, p95;
    for (int step = 0; step < STATION_N_STEPS; step++) {
        const int64_t n = station_metrics_step(&desk->station->metrics, step, ms);
        if (n == 0)
            return PB_STATUS_OK;
        PB_TRY(pb_percentile(ms, n, 50, &median));
        PB_TRY(pb_percentile(ms, n, 95, &p95));
        json_array_append_new(
            out, json_pack("{s:s, s:f, s:f}", "name", station_step_name(step), "median_ms", median, "p95_ms", p95));
    }
    return PB_STATUS_OK;
}

static pb_status disk_json(health *self, json_t **out)
{
    struct statvfs disk;
    station_usage usage;
    station *owner = self->desk->station;
    station_filter filter = {.has_from = true, .from_ms = station_now_ms() - 24 * (int64_t)HOUR_MS};
    int64_t today;
    if (statvfs(owner->folder, &disk) != 0)
        return pb_fail(PB_STATUS_IO, "cannot ask the disk of the station");
    PB_TRY(station_db_usage(self->desk->db, &usage));
    PB_TRY(station_db_count(self->desk->db, &filter, &today));
    const double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    const double pace = usage.parts > 0 ? (double)usage.bytes / (double)usage.parts * (double)today : 0;
    const double left = fmax(free_bytes - owner->config.free_gigabytes * 1e9, 0);
    const double days = pace > 0 ? left / pace : (double)NAN;
    if (days < 7 && owner->config.keep_days == 0 && owner->config.keep_gigabytes == 0)
        add_banner(self, days < 1 ? "error" : "warning", "#health",
                   "At the pace of the last day the disk is full in %.1f days: set retention in station.json.", days);
    *out = json_pack("{s:I, s:I, s:I, s:o}", "free_bytes", (json_int_t)free_bytes, "total_bytes",
                     (json_int_t)((double)disk.f_blocks * (double)disk.f_frsize), "photos_bytes",
                     (json_int_t)usage.bytes, "days_left", station_number_json(days));
    return PB_STATUS_OK;
}

static bool is_well(const station *self, char *why, size_t size)
{
    const bool well = station_engine_is_well(self->engine, why, size);
    station_hide_folder(self->folder, why);
    return well;
}

/* Half full and more: parts come faster than they are judged. */
static void tell_of_queue(health *self)
{
    const station *owner = self->desk->station;
    const int64_t length = station_engine_length(owner->engine), limit = owner->config.queue_parts;
    if (2 * length >= limit && length >= 2)
        add_banner(
            self, "warning", "#health",
            "%lld parts wait to be judged, of %lld that may: they come faster than they are judged, and more would be "
            "refused.",
            (long long)length, (long long)limit);
}

/* Of the product that is asked about: that others are judged is no help to its parts. */
static void tell_of_bank(health *self)
{
    char why[STATION_TROUBLE_BYTES];
    char address[STATION_NAME_BYTES + 16];
    if (!station_banks_trouble(self->desk->station->banks, self->product, why))
        return;
    snprintf(address, sizeof address, "#bank/%s", self->product);
    add_banner(self, "error", address, "Parts are not judged: %.400s.%s", why,
               station_db_has_other_version(self->desk->db, self->product)
                   ? " Another version of the bank may be activated."
                   : "");
}

/* They are no parts: without a word the last good one would stand on the page as if all were well. */
static void tell_of_refused_files(health *self)
{
    station_metrics *metrics = &self->desk->station->metrics;
    const int64_t n = atomic_load(&metrics->watched_refused), last_ms = atomic_load(&metrics->watched_refused_ms);
    if (n > 0 && station_now_ms() - last_ms < HOUR_MS)
        add_banner(
            self, "error", "#health",
            "%lld files of the watched folders could not be judged, the last %lld min ago: look at the camera and "
            "its disk; the station's log names them.",
            (long long)n, (long long)((station_now_ms() - last_ms) / 60000));
}

static void look_around(health *self)
{
    char why[512];
    if (!is_well(self->desk->station, why, sizeof why))
        add_banner(self, "error", "#health", "Parts are not judged: %s", why);
    if (self->desk->station->mqtt && atomic_load(&self->desk->station->metrics.mqtt_connected) == 0)
        add_banner(self, "warning", "#health",
                   "The MQTT broker cannot be reached: verdicts wait, and may be given up.");
    tell_of_bank(self);
    tell_of_queue(self);
    tell_of_refused_files(self);
    if (self->waiting > 200)
        add_banner(self, "warning", "#review", "%lld parts wait for review.", (long long)self->waiting);
}

static pb_status measure(health *self, json_t *steps, json_t **disk)
{
    PB_TRY(follow_drift(self));
    PB_TRY(count_unusable(self));
    PB_TRY(compare_failures(self));
    PB_TRY(station_db_queue(self->desk->db, self->product, self->desk->station->config.review_share, 1, skip, NULL,
                            &self->waiting));
    PB_TRY(steps_json(self->desk, steps));
    PB_TRY(disk_json(self, disk));
    look_around(self);
    return PB_STATUS_OK;
}

static void answer(health *self, json_t *steps, json_t *disk, station_response *out)
{
    const station *owner = self->desk->station;
    const double share = self->n_last > 0 ? (double)self->n_unusable / (double)self->n_last : 0;
    station_answer_json(
        out, 200,
        json_pack("{s:o, s:{s:f, s:I, s:f}, s:o, s:o, s:{s:I, s:I}, s:I, s:f, s:o}", "drift", drift_json(self),
                  "unusable", "share", share, "n", (json_int_t)self->n_last, "limit", UNUSABLE_LIMIT, "steps", steps,
                  "disk", disk, "queue", "length", (json_int_t)station_engine_length(owner->engine), "limit",
                  (json_int_t)owner->config.queue_parts, "waiting_review", (json_int_t)self->waiting, "uptime_s",
                  (double)(station_steady_ns() - owner->started_ns) / 1e9, "banners", self->banners));
}

void station_get_health(station_desk *desk, const station_request *request, station_response *out)
{
    const char *product = station_target_value(&request->target, "product");
    health self = {.desk = desk};
    json_t *steps, *disk = NULL;
    if (!product || !*product) {
        station_answer_error(out, 400, "bad_request", "product= is needed");
        return;
    }
    if (!station_check_product(desk, product, out))
        return;
    snprintf(self.product, sizeof self.product, "%s", product);
    self.bank = station_banks_active(desk->station->banks, product);
    self.banners = json_array();
    steps = json_array();
    const pb_status status = measure(&self, steps, &disk);
    if (status == PB_STATUS_OK) {
        answer(&self, steps, disk, out);
    } else {
        json_decref(steps);
        json_decref(self.banners);
        json_decref(disk);
        station_answer_failure(out, status);
    }
    station_bank_release(self.bank);
}

/* ---- for machines ------------------------------------------------------------------------------------------------- */

/* Products that are not judged are named, and the station is well: the others are. */
static char *well_text(station *self)
{
    char *text = NULL, why[STATION_TROUBLE_BYTES];
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    fputs("ok\n", stream);
    for (int64_t i = 0; i < self->config.n_products; i++)
        if (station_banks_trouble(self->banks, self->config.product[i].name, why))
            fprintf(stream, "parts of product %s are not judged: %s\n", self->config.product[i].name, why);
    fclose(stream);
    return text;
}

static int64_t count_not_judged(station *self)
{
    char why[STATION_TROUBLE_BYTES];
    int64_t n = 0;
    for (int64_t i = 0; i < self->config.n_products; i++)
        n += station_banks_trouble(self->banks, self->config.product[i].name, why);
    return n;
}

void station_get_healthz(station_desk *desk, const station_request *request, station_response *out)
{
    char why[512];
    (void)request;
    const bool well = is_well(desk->station, why, sizeof why);
    char *text = well ? well_text(desk->station) : strdup(why);
    station_answer_text(out, "text/plain; charset=utf-8", text, text ? strlen(text) : 0);
    out->status = well ? 200 : 503;
}

void station_get_metrics(station_desk *desk, const station_request *request, station_response *out)
{
    station *self = desk->station;
    struct statvfs disk;
    char *text = NULL;
    size_t size = 0;
    (void)request;
    const bool known = statvfs(self->folder, &disk) == 0;
    const station_gauges gauges = {.queue_length = station_engine_length(self->engine),
                                   .queue_limit = self->config.queue_parts,
                                   .free_bytes = known ? (int64_t)((double)disk.f_bavail * (double)disk.f_frsize) : 0,
                                   .listeners = station_events_n_listeners(self->events),
                                   .not_judged = count_not_judged(self),
                                   .backbones = station_banks_n_backbones(self->banks),
                                   .lanes = self->lanes,
                                   .uptime_s = (double)(station_steady_ns() - self->started_ns) / 1e9};
    FILE *stream = open_memstream(&text, &size);
    if (!stream) {
        station_answer_failure(out, pb_fail(PB_STATUS_NO_MEMORY, "out of memory"));
        return;
    }
    station_metrics_write(&self->metrics, &gauges, stream);
    fclose(stream);
    station_answer_text(out, "text/plain; version=0.0.4; charset=utf-8", text, size);
}

void station_get_events(station_desk *desk, const station_request *request, station_response *out)
{
    const char *product = station_target_value(&request->target, "product");
    if (!station_check_product(desk, product ? product : "", out))
        return;
    out->status = 200;
    out->is_stream = true;
    snprintf(out->stream_product, sizeof out->stream_product, "%s", product ? product : "");
}
