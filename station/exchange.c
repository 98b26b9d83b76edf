/* Answers on their way out. */
#include "station/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* Only from here, in no frame, and nothing that is named in a page or a photo runs. */
static const char *const fixed[][2] = {
    {"Content-Security-Policy",
     "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

/* ---- streams ------------------------------------------------------------------------------------------------------ */

typedef struct stream {
    station_events *events;
    station_listener *listener;
    struct MHD_Connection *connection;
} stream;

static void wake_stream(void *context)
{
    MHD_resume_connection(((stream *)context)->connection);
}

/* Where a wake comes between the two calls, libmicrohttpd takes it for the end of the suspension that follows. */
static ssize_t read_stream(void *context, uint64_t position, char *out, size_t size)
{
    stream *self = context;
    (void)position;
    const int64_t n = station_events_take(self->events, self->listener, out, size);
    if (n > 0)
        return (ssize_t)n;
    if (n < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    MHD_suspend_connection(self->connection);
    return 0;
}

static void free_stream(void *context)
{
    stream *self = context;
    station_events_leave(self->events, self->listener);
    pb_free(self);
}

static struct MHD_Response *open_stream(station_exchange *exchange)
{
    enum { BLOCK = 16384 };
    stream *self = pb_calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->events = exchange->http->station->events;
    self->connection = exchange->connection;
    self->listener = station_events_listen(self->events, exchange->response.stream_product, wake_stream, self);
    if (!self->listener) {
        pb_free(self);
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, self, free_stream);
    if (!response)
        free_stream(self);
    else
        MHD_add_response_header(response, "Content-Type", "text/event-stream");
    return response;
}

/* ---- bodies ------------------------------------------------------------------------------------------------------- */

static struct MHD_Response *open_file(station_response *from)
{
    struct stat info;
    if (fstat(from->file, &info) != 0)
        return NULL;
    struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)info.st_size, from->file);
    if (response)
        from->file = -1;
    return response;
}

static struct MHD_Response *open_bytes(station_response *from)
{
    static char nothing[1];
    struct MHD_Response *response =
        from->release
            ? MHD_create_response_from_buffer_with_free_callback(from->size, from->bytes, from->release)
            : MHD_create_response_from_buffer(from->size, from->bytes ? from->bytes : nothing, MHD_RESPMEM_PERSISTENT);
    if (response)
        from->release = NULL;
    return response;
}

static const char *caching(const station_exchange *exchange)
{
    if (exchange->response.lasting && exchange->response.status == 200)
        return "private, max-age=86400";
    return exchange->route && (exchange->route->flags & STATION_NEEDS_NO_TOKEN) ? "no-cache" : "no-store";
}

static void add_headers(const station_exchange *exchange, struct MHD_Response *response)
{
    const station_response *from = &exchange->response;
    char text[300];
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        MHD_add_response_header(response, fixed[i][0], fixed[i][1]);
    MHD_add_response_header(response, "Cache-Control", caching(exchange));
    if (from->type)
        MHD_add_response_header(response, "Content-Type", from->type);
    if (from->cookie[0])
        MHD_add_response_header(response, "Set-Cookie", from->cookie);
    if (from->allow)
        MHD_add_response_header(response, "Allow", from->allow);
    if (from->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (from->retry_after > 0) {
        snprintf(text, sizeof text, "%d", from->retry_after);
        MHD_add_response_header(response, "Retry-After", text);
    }
    if (from->download) {
        snprintf(text, sizeof text, "attachment; filename=\"%s\"", from->download);
        MHD_add_response_header(response, "Content-Disposition", text);
    }
}

static struct MHD_Response *open_response(station_exchange *exchange)
{
    station_response *from = &exchange->response;
    if (from->is_stream) {
        struct MHD_Response *stream_response = open_stream(exchange);
        if (stream_response)
            return stream_response;
        station_answer_error(from, 503, "unavailable", "too many pages listen already");
    }
    return from->file >= 0 ? open_file(from) : open_bytes(from);
}

enum MHD_Result station_exchange_send(station_exchange *exchange)
{
    struct MHD_Response *response = open_response(exchange);
    if (!response)
        return MHD_NO;
    const int status = exchange->response.status;
    station_client_enters(exchange->http->clients, exchange->client,
                          exchange->response.is_stream && status == 200 ? STATION_STREAM : STATION_ANSWER);
    add_headers(exchange, response);
    const enum MHD_Result result = MHD_queue_response(exchange->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    station_response_free(&exchange->response);
    atomic_fetch_add(&exchange->http->station->metrics.requests[status / 100 % 6], 1);
    return result;
}
