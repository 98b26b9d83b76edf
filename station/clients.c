#include "station/clients.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "station/clock.h"

struct station_client {
    int fd;
    int64_t since_ns, deadline_ns; /* 0: none */
    bool is_shut;
    station_client *previous, *next;
};

struct station_clients {
    pthread_mutex_t lock;
    station_client *first;
    int64_t n, limit;
    station_metrics *metrics;
};

static const int64_t SECOND = 1000000000;

pb_status station_clients_new(int64_t limit, station_metrics *metrics, station_clients **out)
{
    PB_TRY(PB_NEW(*out, 1));
    (*out)->limit = limit;
    (*out)->metrics = metrics;
    pthread_mutex_init(&(*out)->lock, NULL);
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

station_client *station_clients_add(station_clients *clients, int fd)
{
    station_client *client = pb_calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->fd = fd;
    client->since_ns = station_steady_ns();
    client->deadline_ns = client->since_ns + STATION_HEADER_SECONDS * SECOND;
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

void station_client_expect(station_clients *clients, station_client *client, int seconds)
{
    if (!client)
        return;
    pthread_mutex_lock(&clients->lock);
    client->since_ns = station_steady_ns();
    client->deadline_ns = seconds ? client->since_ns + seconds * SECOND : 0;
    pthread_mutex_unlock(&clients->lock);
}

int64_t station_clients_n_busy(station_clients *clients)
{
    int64_t n = 0;
    pthread_mutex_lock(&clients->lock);
    for (const station_client *client = clients->first; client; client = client->next)
        n += client->deadline_ns == 0;
    pthread_mutex_unlock(&clients->lock);
    return n;
}

/* Whoever has waited so long goes, where room is scarce. */
static int64_t patience(const station_clients *clients)
{
    return clients->n > clients->limit - clients->limit / 8 ? SECOND : INT64_MAX;
}

void station_clients_sweep(station_clients *clients)
{
    const int64_t now = station_steady_ns();
    pthread_mutex_lock(&clients->lock);
    const int64_t longest = patience(clients);
    for (station_client *client = clients->first; client; client = client->next) {
        const bool late = client->deadline_ns && (now > client->deadline_ns || now - client->since_ns > longest);
        if (!late || client->is_shut)
            continue;
        client->is_shut = true; /* its thread closes it */
        shutdown(client->fd, SHUT_RDWR);
        atomic_fetch_add(&clients->metrics->connections_closed_slow, 1);
    }
    pthread_mutex_unlock(&clients->lock);
}
