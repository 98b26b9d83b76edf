/* All threads of a station, from the first to the last. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/parse.h"
#include "io/json.h"
#include "station/clock.h"
#include "station/http.h"
#include "station/mqtt.h"
#include "station/part_json.h"
#include "station/retention.h"
#include "station/watch.h"

enum { TICK_NS = 500000000, RETENTION_TICKS = 7200 };

static pb_status parse_listen(const char *listen, char *address, size_t size, int *port)
{
    int64_t number = 8080;
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : strlen(listen);
    const bool bracketed = listen[0] == '[' && n >= 2 && listen[n - 1] == ']';
    if (!colon || !pb_item_integer(pb_item_of(colon + 1), 0, 65535, &number) || n - (bracketed ? 2 : 0) >= size ||
        n == 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "'%s' is no address and port, such as 127.0.0.1:8080 or [::1]:8080",
                       listen);
    snprintf(address, size, "%.*s", (int)(bracketed ? n - 2 : n), bracketed ? listen + 1 : listen);
    if (strcmp(address, "localhost") == 0)
        snprintf(address, size, "127.0.0.1");
    *port = (int)number;
    return PB_STATUS_OK;
}

/* Each part once it is on disk, to all that listen. */
static void tell_all(void *context, const station_part *part)
{
    station *self = context;
    char *text = NULL;
    json_t *value = station_part_json(part);
    if (value && pb_json_text(value, &text) == PB_STATUS_OK) {
        station_events_tell(self->events, part->product, "part", text);
        station_mqtt_tell(self->mqtt, part->product, text);
    }
    pb_free(text);
    json_decref(value);
}

/* Where images are small work, each lane takes one and computes alone; a network takes one at a time, with all threads. */
static pb_status start_engine(station *self)
{
    self->lanes = 1;
    if (station_banks_are_light(self->banks)) {
        const int threads = pb_threads_get();
        self->lanes = threads < 32 ? threads : 32;
        PB_TRY(pb_threads_set(1));
    }
    return station_start_engine(self, self->lanes, tell_all, self);
}

static void retain(station *self)
{
    int64_t n;
    if (station_retain(self, &n) != PB_STATUS_OK)
        self->options.warn("retention: %s", pb_error_message());
    else if (n > 0)
        self->options.say("%lld old parts were deleted", (long long)n);
}

static void run(station *self, station_http *http, bool (*stop)(void))
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    for (int64_t ticks = 0; !stop(); ticks++) {
        if (ticks % RETENTION_TICKS == 0)
            retain(self);
        station_http_tick(http);
        nanosleep(&tick, NULL);
    }
}

static void announce(const station *self, const char *address, int port)
{
    char shown[80];
    snprintf(shown, sizeof shown, strchr(address, ':') ? "[%s]" : "%s", address);
    self->options.say("Station %s: http://%s:%d/", self->name, shown, port);
    for (int64_t i = 0; i < self->config.n_products; i++)
        self->options.say("  product %s: POST http://%s:%d/api/v1/products/%s/parts", self->config.product[i].name,
                          shown, port, self->config.product[i].name);
    if (self->options.watch)
        self->options.say("  watched: %s/<product>/", self->options.watch);
}

static pb_status serve_at(station *self, const char *address, int port, bool (*stop)(void))
{
    station_http *http;
    station_watch *watch = NULL;
    PB_TRY(station_access_init(&self->access, address, port, &self->config, self->options.token_file));
    PB_TRY(start_engine(self));
    if (self->options.mqtt)
        PB_TRY(station_mqtt_open(self->options.mqtt, &self->metrics, &self->mqtt));
    PB_TRY(station_http_start(self, address, &port, &http));
    self->access.port = port;
    pb_status status = self->options.watch ? station_watch_start(self, &watch) : PB_STATUS_OK;
    if (status == PB_STATUS_OK) {
        announce(self, address, port);
        run(self, http, stop);
    }
    station_watch_stop(watch);
    station_http_quiesce(http);
    station_engine_stop(self->engine);
    station_events_end(self->events);
    station_http_finish(http);
    station_http_stop(http);
    return status;
}

pb_status station_serve(station *self, bool (*stop)(void))
{
    char address[64];
    int port = 0;
    signal(SIGPIPE, SIG_IGN);
    PB_TRY(parse_listen(self->options.listen, address, sizeof address, &port));
    const pb_status status = serve_at(self, address, port, stop);
    station_engine_free(self->engine);
    self->engine = NULL;
    station_mqtt_close(self->mqtt);
    self->mqtt = NULL;
    return status;
}
