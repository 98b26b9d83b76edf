/* The threads that answer at the desk. */
#include "base/memory.h"
#include "station/exchange.h"

enum { MOST_WAITING = 512, THREADS = 4 };

bool station_desk_enqueue(station_http *http, station_exchange *exchange)
{
    pthread_mutex_lock(&http->lock);
    const bool room = http->n_waiting < MOST_WAITING && !http->stopping;
    if (room) {
        exchange->next = NULL;
        if (http->last)
            http->last->next = exchange;
        else
            http->first = exchange;
        http->last = exchange;
        http->n_waiting++;
        pthread_cond_signal(&http->arrived);
    }
    pthread_mutex_unlock(&http->lock);
    return room;
}

static station_exchange *next_exchange(station_http *http)
{
    pthread_mutex_lock(&http->lock);
    while (!http->first && !http->stopping)
        pthread_cond_wait(&http->arrived, &http->lock);
    station_exchange *exchange = http->first;
    if (exchange) {
        http->first = exchange->next;
        if (!http->first)
            http->last = NULL;
        http->n_waiting--;
    }
    pthread_mutex_unlock(&http->lock);
    return exchange;
}

static void *answer_requests(void *context)
{
    station_http *http = context;
    station_desk desk = {.station = http->station};
    pb_status opened = station_db_open(http->station->database, false, &desk.db);
    for (station_exchange *exchange; (exchange = next_exchange(http)) != NULL;) {
        if (opened != PB_STATUS_OK) /* too few files may be open: it may pass */
            opened = station_db_open(http->station->database, false, &desk.db);
        if (opened == PB_STATUS_OK)
            exchange->route->handler(&desk, &exchange->request, &exchange->response);
        else
            station_answer_failure(&exchange->response, opened);
        exchange->answered = true;
        MHD_resume_connection(exchange->connection);
    }
    station_db_close(desk.db);
    return NULL;
}

pb_status station_desk_start(station_http *http)
{
    for (; http->n_threads < THREADS; http->n_threads++)
        if (pthread_create(&http->thread[http->n_threads], NULL, answer_requests, http) != 0)
            return pb_fail(PB_STATUS_NO_MEMORY, "cannot start a thread");
    return PB_STATUS_OK;
}

void station_desk_stop(station_http *http)
{
    pthread_mutex_lock(&http->lock);
    http->stopping = true;
    pthread_cond_broadcast(&http->arrived);
    pthread_mutex_unlock(&http->lock);
    for (int i = 0; i < http->n_threads; i++)
        pthread_join(http->thread[i], NULL);
}
