#include "station/clients.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "station/clock.h"

struct station_client {
    int fd;
    station_phase phase;
    int64_t since_ns; /* in this phase */
    int64_t bytes;    /* that came in it */
    bool is_shut;
    station_client *previous, *next;
};

struct station_clients {
    pthread_mutex_t lock;
    station_client *first;
    int64_t n, limit;
    int64_t most_ns[STATION_N_PHASES]; /* in a phase; 0: no end */
    station_metrics *metrics;
};

static const int64_t SECOND = 1000000000;

pb_status station_clients_new(const station_config *config, int64_t limit, station_metrics *metrics,
                              station_clients **out)
{
    station_clients *clients;
    PB_TRY(PB_NEW(clients, 1));
    clients->limit = limit;
    clients->metrics = metrics;
    clients->most_ns[STATION_HEADERS] = config->header_seconds * SECOND;
    clients->most_ns[STATION_BODY] = config->body_seconds * SECOND;
    clients->most_ns[STATION_ANSWER] = config->answer_seconds * SECOND;
    pthread_mutex_init(&clients->lock, NULL);
    *out = clients;
    return PB_STATUS_OK;
}

void station_clients_free(station_clients *clients)
{
    if (!clients)
        return;
    while (clients->first) {
        station_client *next = clients->first->next;
        pb_free(clients->first);
        clients->first = next;
    }
    pthread_mutex_destroy(&clients->lock);
    pb_free(clients);
}

static void enter(station_client *client, station_phase phase)
{
    client->phase = phase;
    client->bytes = 0;
    client->since_ns = station_steady_ns();
}

station_client *station_clients_add(station_clients *clients, int fd)
{
    station_client *client = pb_calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->fd = fd;
    enter(client, STATION_HEADERS);
    pthread_mutex_lock(&clients->lock);
    client->next = clients->first;
    if (clients->first)
        clients->first->previous = client;
    clients->first = client;
    clients->n++;
    atomic_store(&clients->metrics->connections, clients->n);
    pthread_mutex_unlock(&clients->lock);
    return client;
}

void station_clients_remove(station_clients *clients, station_client *client)
{
    if (!client)
        return;
    pthread_mutex_lock(&clients->lock);
    if (client->previous)
        client->previous->next = client->next;
    else
        clients->first = client->next;
    if (client->next)
        client->next->previous = client->previous;
    clients->n--;
    atomic_store(&clients->metrics->connections, clients->n);
    pthread_mutex_unlock(&clients->lock);
    pb_free(client);
}

void station_client_enters(station_clients *clients, station_client *client, station_phase phase)
{
    if (!client)
        return;
    pthread_mutex_lock(&clients->lock);
    enter(client, phase);
    pthread_mutex_unlock(&clients->lock);
}

void station_client_sent(station_clients *clients, station_client *client, size_t n)
{
    if (!client)
        return;
    pthread_mutex_lock(&clients->lock);
    client->bytes += (int64_t)n;
    pthread_mutex_unlock(&clients->lock);
}

int64_t station_clients_n_busy(station_clients *clients)
{
    int64_t n = 0;
    pthread_mutex_lock(&clients->lock);
    for (const station_client *client = clients->first; client; client = client->next)
        n += client->phase >= STATION_JUDGING && !client->is_shut;
    pthread_mutex_unlock(&clients->lock);
    return n;
}

/* Who is let go where room is scarce: who is silent for a second, sends a body at less than 10 kB a second, or takes its answer slowly. */
static bool is_slow(const station_client *client, int64_t waited_ns)
{
    static const int64_t ANSWER_SECONDS = 10, BYTES = 10000;
    switch (client->phase) {
    case STATION_HEADERS:
        return waited_ns > SECOND;
    case STATION_BODY:
        return waited_ns > SECOND && client->bytes < waited_ns / SECOND * BYTES;
    case STATION_ANSWER:
        return waited_ns > ANSWER_SECONDS * SECOND;
    default:
        return false;
    }
}

void station_clients_sweep(station_clients *clients)
{
    const int64_t now = station_steady_ns();
    pthread_mutex_lock(&clients->lock);
    const bool scarce = clients->n > clients->limit - clients->limit / 8;
    for (station_client *client = clients->first; client; client = client->next) {
        const int64_t waited = now - client->since_ns, most = clients->most_ns[client->phase];
        if (client->is_shut || !((most && waited > most) || (scarce && is_slow(client, waited))))
            continue;
        client->is_shut = true; /* its thread closes it */
        shutdown(client->fd, SHUT_RDWR);
        atomic_fetch_add(&clients->metrics->connections_closed_slow, 1);
    }
    pthread_mutex_unlock(&clients->lock);
}
