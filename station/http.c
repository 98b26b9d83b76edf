#include "station/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parse.h"
#include "station/clock.h"
#include "station/exchange.h"
#include "station/intake.h"

enum { DOOR_THREADS = 2, IDLE_SECONDS = 60, KEEP_ALIVE_TICKS = 30, MEMORY_PER_CONNECTION = 32768, FIRST_ROOM = 65536 };
static const int64_t ALL_BODIES = (int64_t)1 << 29; /* bytes in memory at a time */

/* ---- a request comes in ------------------------------------------------------------------------------------------- */

/* The first line has come: what it asks for, before anything else decodes it. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    station_http *http = context;
    station_exchange *exchange = pb_calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    exchange->http = http;
    exchange->connection = connection;
    exchange->client = info ? info->socket_context : NULL;
    exchange->target_is_bad = !station_target_parse(target, &exchange->request.target);
    station_response_init(&exchange->response, http->station->folder);
    return exchange;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **own,
                         enum MHD_RequestTerminationCode why)
{
    station_exchange *exchange = *own;
    (void)context;
    (void)connection;
    (void)why;
    if (!exchange)
        return;
    station_client_enters(exchange->http->clients, exchange->client, STATION_HEADERS);
    atomic_fetch_sub(&exchange->http->body_bytes, exchange->capacity);
    station_response_free(&exchange->response);
    pb_free(exchange->request.body);
    pb_free(exchange);
    *own = NULL;
}

/* What is too long is cut, and will fit nothing. */
static void copy_header(struct MHD_Connection *connection, const char *name, char *out, size_t size)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    snprintf(out, size, "%s", value ? value : "");
}

static void copy_headers(struct MHD_Connection *connection, station_headers *out)
{
    copy_header(connection, "Host", out->host, sizeof out->host);
    copy_header(connection, "Origin", out->origin, sizeof out->origin);
    copy_header(connection, "Sec-Fetch-Site", out->site, sizeof out->site);
    copy_header(connection, "Authorization", out->authorization, sizeof out->authorization);
    copy_header(connection, "Cookie", out->cookie, sizeof out->cookie);
    copy_header(connection, "Content-Type", out->type, sizeof out->type);
    copy_header(connection, "X-Part-Id", out->part_id, sizeof out->part_id);
    copy_header(connection, "X-Line", out->line, sizeof out->line);
    copy_header(connection, "X-Lot", out->lot, sizeof out->lot);
}

static station_method method_of(const char *name)
{
    if (strcmp(name, "GET") == 0 || strcmp(name, "HEAD") == 0)
        return STATION_GET;
    if (strcmp(name, "POST") == 0)
        return STATION_POST;
    return strcmp(name, "DELETE") == 0 ? STATION_DELETE : STATION_OTHER_METHOD;
}

static size_t body_limit(const station_exchange *exchange)
{
    enum { SMALL_BODY = 1 << 18 }; /* of JSON */
    const bool photo = exchange->route && (exchange->route->flags & STATION_TAKES_PART);
    return photo ? (size_t)exchange->http->station->config.body_megabytes << 20 : SMALL_BODY;
}

/* -1: not said, as in a request of pieces; INT64_MAX: nonsense. */
static int64_t body_length(const station_exchange *exchange)
{
    int64_t length;
    const char *text = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Content-Length");
    if (!text)
        return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Transfer-Encoding") ? -1 : 0;
    return pb_item_integer(pb_item_of(text), 0, INT64_MAX - 1, &length) ? length : INT64_MAX;
}

static bool check_length(station_exchange *exchange)
{
    if (body_length(exchange) <= (int64_t)body_limit(exchange))
        return true;
    station_answer_error(&exchange->response, 413, "too_large", "at most %zu bytes are taken", body_limit(exchange));
    return false;
}

/* A client that is still sending when it is refused would not hear why: what is not absurdly long is read, and thrown away. */
static bool is_to_be_drained(const station_exchange *exchange)
{
    const int64_t length = body_length(exchange);
    const int64_t most = 4 * exchange->http->station->config.body_megabytes << 20;
    return length != 0 && length <= most &&
           !MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Expect");
}

/* The headers have come: may it, and do we have that? false: the response is there. */
static bool admit(station_exchange *exchange, const char *method)
{
    const station_access *access = &exchange->http->station->access;
    station_request *request = &exchange->request;
    station_response *out = &exchange->response;
    copy_headers(exchange->connection, &request->headers);
    request->method = method_of(method);
    if (!station_access_is_ours(access, &request->headers, out))
        return false;
    if (exchange->target_is_bad) {
        station_answer_error(out, 400, "bad_request", "the address is too long, or wrongly encoded");
        return false;
    }
    exchange->route = station_route_find(request, out);
    if (!exchange->route)
        return false;
    if (!(exchange->route->flags & STATION_NEEDS_NO_TOKEN) && !station_access_is_known(access, &request->headers, out))
        return false;
    return check_length(exchange);
}

/* ---- its body ----------------------------------------------------------------------------------------------------- */

static void drop_body(station_exchange *exchange)
{
    atomic_fetch_sub(&exchange->http->body_bytes, exchange->capacity);
    pb_free(exchange->request.body);
    exchange->request.body = NULL;
    exchange->request.size = 0;
    exchange->capacity = 0;
}

static bool make_room(station_exchange *exchange, size_t more)
{
    const int64_t needed = (int64_t)(exchange->request.size + more);
    if (needed <= exchange->capacity)
        return true;
    /* Known before it is taken, so that all bodies together never have more than they may. */
    int64_t room = exchange->capacity ? 2 * exchange->capacity : FIRST_ROOM;
    room = room < needed ? needed : room;
    const int64_t grown = room - exchange->capacity;
    if (atomic_fetch_add(&exchange->http->body_bytes, grown) + grown <= ALL_BODIES &&
        PB_RESERVE(exchange->request.body, room, exchange->capacity) == PB_STATUS_OK)
        return true;
    atomic_fetch_sub(&exchange->http->body_bytes, grown);
    return false;
}

static void add_body(station_exchange *exchange, const char *bytes, size_t n)
{
    if (exchange->too_large || exchange->no_room)
        return;
    exchange->too_large = exchange->request.size + n > body_limit(exchange);
    exchange->no_room = !exchange->too_large && !make_room(exchange, n);
    if (exchange->too_large || exchange->no_room) {
        drop_body(exchange);
        return;
    }
    memcpy(exchange->request.body + exchange->request.size, bytes, n);
    exchange->request.size += n;
}

/* ---- it is whole -------------------------------------------------------------------------------------------------- */

static void part_done(station_job *job)
{
    station_exchange *exchange = job->context;
    station_intake_answer(job, &exchange->response);
    exchange->answered = true;
    MHD_resume_connection(exchange->connection);
}

static enum MHD_Result hand_to_engine(station_exchange *exchange)
{
    station_engine *engine = exchange->http->station->engine;
    station_job *job = &exchange->job;
    *job = (station_job){.done = part_done, .context = exchange, .received_ns = station_steady_ns()};
    if (!station_intake(&exchange->request, job, &exchange->response))
        return station_exchange_send(exchange);
    MHD_suspend_connection(exchange->connection);
    if (!station_engine_submit(engine, job, false)) {
        station_intake_refuse(station_engine_retry_after(engine), &exchange->response);
        exchange->answered = true;
        MHD_resume_connection(exchange->connection);
    }
    return MHD_YES;
}

static enum MHD_Result hand_to_desk(station_exchange *exchange)
{
    MHD_suspend_connection(exchange->connection);
    if (!station_desk_enqueue(exchange->http, exchange)) {
        station_answer_error(&exchange->response, 503, "unavailable", "too many requests wait");
        exchange->response.retry_after = 1;
        exchange->answered = true;
        MHD_resume_connection(exchange->connection);
    }
    return MHD_YES;
}

static enum MHD_Result dispatch(station_exchange *exchange)
{
    station_client_enters(exchange->http->clients, exchange->client, STATION_JUDGING);
    if (exchange->too_large)
        station_answer_error(&exchange->response, 413, "too_large", "at most %zu bytes are taken",
                             body_limit(exchange));
    else if (exchange->no_room)
        station_intake_refuse(1, &exchange->response);
    else
        return exchange->route->flags & STATION_TAKES_PART ? hand_to_engine(exchange) : hand_to_desk(exchange);
    return station_exchange_send(exchange);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **own)
{
    station_exchange *exchange = *own;
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    if (!exchange)
        return MHD_NO;
    if (!exchange->begun) {
        exchange->begun = true;
        exchange->admitted = admit(exchange, method);
        station_client_enters(exchange->http->clients, exchange->client, STATION_BODY);
        return exchange->admitted || is_to_be_drained(exchange) ? MHD_YES : station_exchange_send(exchange);
    }
    if (*upload_size > 0) {
        station_client_sent(exchange->http->clients, exchange->client, *upload_size);
        if (exchange->admitted)
            add_body(exchange, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    return exchange->answered || !exchange->admitted ? station_exchange_send(exchange) : dispatch(exchange);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    station_http *http = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        station_clients_remove(http->clients, *own);
        *own = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *own = info ? station_clients_add(http->clients, info->connect_fd) : NULL;
}

/* ---- the door ----------------------------------------------------------------------------------------------------- */

/* As many files as may be open, so that many may connect. */
static int64_t connection_limit(int64_t wanted)
{
    enum { OTHER_FILES = 200 };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return wanted;
    const rlim_t needed = (rlim_t)wanted + OTHER_FILES;
    if (files.rlim_cur < needed) {
        files.rlim_cur = files.rlim_max < needed ? files.rlim_max : needed;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    const int64_t most = (int64_t)files.rlim_cur - OTHER_FILES;
    return most < 8 ? 8 : wanted < most ? wanted : most;
}

static pb_status parse_address(const char *address, int port, struct sockaddr_storage *out, bool *six)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *long_one = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){0};
    *six = strchr(address, ':') != NULL;
    if (*six) {
        long_one->sin6_family = AF_INET6;
        long_one->sin6_port = htons((uint16_t)port);
    } else {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
    }
    void *at = *six ? (void *)&long_one->sin6_addr : (void *)&four->sin_addr;
    return inet_pton(*six ? AF_INET6 : AF_INET, address, at) == 1
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_BAD_ARGUMENT, "'%s' is no address to listen at, such as 127.0.0.1", address);
}

static pb_status open_door(station_http *http, const char *address, int port, int64_t limit)
{
    struct sockaddr_storage socket_address;
    bool six;
    PB_TRY(parse_address(address, port, &socket_address, &six));
    errno = 0;
    /* poll, as with epoll MHD_quiesce_daemon() and the threads it quiesces may both take the door out of one epoll set,
       upon which the library ends the process (0.9.75) */
    http->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | (six ? MHD_USE_IPv6 : 0U),
        (uint16_t)port, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, &socket_address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)DOOR_THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)limit,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)MEMORY_PER_CONNECTION, MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, http, MHD_OPTION_NOTIFY_COMPLETED,
        end_exchange, http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
        MHD_OPTION_END);
    if (http->daemon)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_OUTPUT, "cannot listen at %s, port %d: %s", address, port,
                   errno ? strerror(errno) : "the port may be taken");
}

pb_status station_http_start(station *self, const char *address, int *port, station_http **out)
{
    station_http *http;
    PB_TRY(PB_NEW(http, 1));
    http->station = self;
    http->listening = -1;
    pthread_mutex_init(&http->lock, NULL);
    pthread_cond_init(&http->arrived, NULL);
    const int64_t limit = connection_limit(self->config.connections);
    pb_status status = station_clients_new(&self->config, limit, &self->metrics, &http->clients);
    if (status == PB_STATUS_OK)
        status = station_desk_start(http);
    if (status == PB_STATUS_OK)
        status = open_door(http, address, *port, limit);
    if (status != PB_STATUS_OK) {
        station_desk_stop(http);
        station_http_stop(http);
        return status;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (info)
        *port = info->port;
    *out = http;
    return PB_STATUS_OK;
}

void station_http_tick(station_http *http)
{
    station_clients_sweep(http->clients);
    if (++http->ticks % KEEP_ALIVE_TICKS == 0)
        station_events_tell(http->station->events, "", "", NULL);
}

/* The door's number stays taken until its threads have ended, as they may be about to use it; who knocks is refused. */
void station_http_quiesce(station_http *http)
{
    http->listening = MHD_quiesce_daemon(http->daemon);
    if (http->listening >= 0)
        shutdown(http->listening, SHUT_RDWR);
    station_desk_stop(http);
}

void station_http_finish(station_http *http)
{
    enum { PAUSES = 100, PAUSE_NS = 20000000 };
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    for (int i = 0; i < PAUSES && station_clients_n_busy(http->clients) > 0; i++)
        nanosleep(&pause, NULL);
}

void station_http_stop(station_http *http)
{
    if (!http)
        return;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    if (http->listening >= 0)
        close(http->listening);
    station_clients_free(http->clients);
    pthread_mutex_destroy(&http->lock);
    pthread_cond_destroy(&http->arrived);
    pb_free(http);
}
