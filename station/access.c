#include "station/access.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "base/memory.h"
#include "io/file.h"

enum { SHORTEST_TOKEN = 16 };

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static pb_status read_token(const char *path, char *out, size_t size)
{
    uint8_t *bytes;
    size_t n;
    PB_TRY(pb_file_read(path, 1 << 16, &bytes, &n));
    n = strcspn((const char *)bytes, "\r\n");
    const pb_status status =
        n >= size || strlen((const char *)bytes) < n
            ? pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: a token has %d to %zu characters", path, SHORTEST_TOKEN, size - 1)
        : n < SHORTEST_TOKEN
            ? pb_fail(PB_STATUS_BAD_ARGUMENT, "%s: a token of %zu characters can be guessed: %d are needed", path, n,
                      SHORTEST_TOKEN)
            : PB_STATUS_OK;
    if (status == PB_STATUS_OK)
        snprintf(out, size, "%.*s", (int)n, (const char *)bytes);
    pb_free(bytes);
    return status;
}

pb_status station_access_init(station_access *out, const char *address, int port, const station_config *config,
                              const char *token_file)
{
    static const char salt[] = "purebank station cookie 1\n";
    *out = (station_access){.port = port, .config = config};
    snprintf(out->address, sizeof out->address, "%s", address);
    if (!token_file)
        return is_loopback(address)
                   ? PB_STATUS_OK
                   : pb_fail(PB_STATUS_BAD_ARGUMENT, "%s can be reached from the network: a token is needed", address);
    PB_TRY(read_token(token_file, out->token, sizeof out->token));
    const void *pieces[] = {salt, out->token};
    const size_t sizes[] = {sizeof salt, strlen(out->token)};
    return pb_sha256_pieces(pieces, sizes, 2, out->cookie);
}

/* "name:port" is `name` with our port, or "name" where a host of the configuration says nothing of a port. */
static bool is_host(const char *host, const char *name, int port)
{
    char with_port[300];
    snprintf(with_port, sizeof with_port, "%s:%d", name, port);
    return strcasecmp(host, with_port) == 0 || (port == 80 && strcasecmp(host, name) == 0);
}

static bool is_our_host(const station_access *access, const char *host)
{
    char bracketed[80];
    snprintf(bracketed, sizeof bracketed, strchr(access->address, ':') ? "[%s]" : "%s", access->address);
    if (is_host(host, bracketed, access->port) || is_host(host, "localhost", access->port) ||
        is_host(host, "127.0.0.1", access->port) || is_host(host, "[::1]", access->port))
        return true;
    for (int64_t i = 0; i < access->config->n_hosts; i++)
        if (strcasecmp(host, access->config->host[i]) == 0)
            return true;
    return false;
}

/* Browsers name the page that sends a request; programs do not. */
static bool is_our_origin(const station_headers *headers)
{
    const char *origin = headers->origin;
    const char *host = strncmp(origin, "http://", 7) == 0    ? origin + 7
                       : strncmp(origin, "https://", 8) == 0 ? origin + 8
                                                             : NULL;
    return host && strcasecmp(host, headers->host) == 0;
}

bool station_access_is_ours(const station_access *access, const station_headers *headers, station_response *out)
{
    if (!is_our_host(access, headers->host)) {
        station_answer_error(out, 403, "forbidden",
                             "this station is not called '%.100s': add the name to \"hosts\" of station.json",
                             headers->host);
        return false;
    }
    if (headers->origin[0] && !is_our_origin(headers)) {
        station_answer_error(out, 403, "forbidden", "a page of %.100s may not use this station", headers->origin);
        return false;
    }
    if (!headers->origin[0] && strcmp(headers->site, "cross-site") == 0) {
        station_answer_error(out, 403, "forbidden", "a page of another site may not use this station");
        return false;
    }
    return true;
}

static bool is_equal(const char *given, size_t n, const char *secret)
{
    /* The length of a secret is none. */
    return n == strlen(secret) && CRYPTO_memcmp(given, secret, n) == 0;
}

static bool has_cookie(const char *cookies, const char *secret)
{
    static const char name[] = "purebank=";
    for (const char *at = cookies; at && *at; at = strchr(at, ';')) {
        at += strspn(at, "; ");
        if (strncmp(at, name, sizeof name - 1) == 0) {
            at += sizeof name - 1;
            if (is_equal(at, strcspn(at, "; "), secret))
                return true;
        }
    }
    return false;
}

bool station_access_is_known(const station_access *access, const station_headers *headers, station_response *out)
{
    static const char bearer[] = "Bearer ";
    if (!access->token[0])
        return true;
    const char *given = headers->authorization;
    if (strncasecmp(given, bearer, sizeof bearer - 1) == 0 &&
        is_equal(given + sizeof bearer - 1, strlen(given + sizeof bearer - 1), access->token))
        return true;
    if (has_cookie(headers->cookie, access->cookie))
        return true;
    station_answer_error(out, 401, "unauthorized", "the station asks for its token: Authorization: Bearer TOKEN");
    return false;
}

void station_access_sign_in(const station_access *access, const char *token, station_response *out)
{
    if (!access->token[0] || is_equal(token, strlen(token), access->token)) {
        out->status = 204;
        if (access->token[0])
            snprintf(out->cookie, sizeof out->cookie, "purebank=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000",
                     access->cookie);
        return;
    }
    station_answer_error(out, 401, "unauthorized", "that is not the station's token");
}
