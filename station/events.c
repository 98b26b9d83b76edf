#include "station/events.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_LISTENERS = 128, MAX_BACKLOG = 1 << 17, PRODUCT_BYTES = 80 };

struct station_listener {
    char product[PRODUCT_BYTES];
    void (*wake)(void *context);
    void *context;
    char *text; /* not taken yet */
    size_t used;
    int64_t capacity;
    bool sleeps; /* is to be woken */
    bool lost;   /* it did not keep up: the stream ends, and the page asks anew */
    station_listener *next;
};

struct station_events {
    pthread_mutex_t lock;
    station_listener *first;
    int64_t n;
    bool ended;
};

pb_status station_events_new(station_events **out)
{
    station_events *events;
    PB_TRY(PB_NEW(events, 1));
    pthread_mutex_init(&events->lock, NULL);
    *out = events;
    return PB_STATUS_OK;
}

static void free_listener(station_listener *listener)
{
    pb_free(listener->text);
    pb_free(listener);
}

void station_events_free(station_events *events)
{
    if (!events)
        return;
    while (events->first) {
        station_listener *next = events->first->next;
        free_listener(events->first);
        events->first = next;
    }
    pthread_mutex_destroy(&events->lock);
    pb_free(events);
}

static void add(station_listener *listener, const char *text, size_t n)
{
    if (listener->lost)
        return;
    if (listener->used + n > MAX_BACKLOG ||
        PB_RESERVE(listener->text, (int64_t)(listener->used + n), listener->capacity) != PB_STATUS_OK) {
        listener->lost = true;
        return;
    }
    memcpy(listener->text + listener->used, text, n);
    listener->used += n;
}

static void wake(station_listener *listener)
{
    if (!listener->sleeps)
        return;
    listener->sleeps = false;
    listener->wake(listener->context);
}

station_listener *station_events_listen(station_events *events, const char *product, void (*wake_up)(void *context),
                                        void *context)
{
    static const char hello[] = "retry: 2000\n: welcome\n\n";
    station_listener *listener = pb_calloc(1, sizeof *listener);
    if (!listener)
        return NULL;
    snprintf(listener->product, sizeof listener->product, "%s", product);
    listener->wake = wake_up;
    listener->context = context;
    add(listener, hello, sizeof hello - 1);
    pthread_mutex_lock(&events->lock);
    const bool room = events->n < MAX_LISTENERS && !events->ended;
    if (room) {
        listener->next = events->first;
        events->first = listener;
        events->n++;
    }
    pthread_mutex_unlock(&events->lock);
    if (room)
        return listener;
    free_listener(listener);
    return NULL;
}

void station_events_leave(station_events *events, station_listener *listener)
{
    pthread_mutex_lock(&events->lock);
    station_listener **at = &events->first;
    while (*at && *at != listener)
        at = &(*at)->next;
    if (*at) {
        *at = listener->next;
        events->n--;
    }
    pthread_mutex_unlock(&events->lock);
    free_listener(listener);
}

int64_t station_events_take(station_events *events, station_listener *listener, char *out, size_t size)
{
    pthread_mutex_lock(&events->lock);
    int64_t n = (int64_t)(listener->used < size ? listener->used : size);
    if (n > 0) {
        memcpy(out, listener->text, (size_t)n);
        memmove(listener->text, listener->text + n, listener->used - (size_t)n);
        listener->used -= (size_t)n;
    } else if (listener->lost || events->ended) {
        n = -1;
    } else {
        listener->sleeps = true;
    }
    pthread_mutex_unlock(&events->lock);
    return n;
}

void station_events_tell(station_events *events, const char *product, const char *type, const char *data)
{
    char head[64];
    const int n =
        data ? snprintf(head, sizeof head, "event: %s\ndata: ", type) : snprintf(head, sizeof head, ": still here");
    pthread_mutex_lock(&events->lock);
    for (station_listener *to = events->first; to; to = to->next) {
        if (data && to->product[0] && strcmp(to->product, product) != 0)
            continue;
        add(to, head, (size_t)n);
        if (data)
            add(to, data, strlen(data));
        add(to, "\n\n", 2);
        wake(to);
    }
    pthread_mutex_unlock(&events->lock);
}

void station_events_end(station_events *events)
{
    pthread_mutex_lock(&events->lock);
    events->ended = true;
    for (station_listener *to = events->first; to; to = to->next)
        wake(to);
    pthread_mutex_unlock(&events->lock);
}

int64_t station_events_n_listeners(station_events *events)
{
    pthread_mutex_lock(&events->lock);
    const int64_t n = events->n;
    pthread_mutex_unlock(&events->lock);
    return n;
}
