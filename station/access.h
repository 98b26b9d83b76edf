/* Who may ask: the names that the station is called by, and the token. */
#ifndef PB_STATION_ACCESS_H
#define PB_STATION_ACCESS_H

#include "station/config.h"
#include "station/request.h"

typedef struct station_access {
    char address[64]; /* listened on: "127.0.0.1" */
    int port;
    const station_config *config; /* its hosts; borrowed */
    char token[4097];             /* "": none is asked for */
    char cookie[65];              /* what a signed-in browser has */
} station_access;

/* @param token_file NULL: no token, which only a loopback address may do without
 *  @return PB_STATUS_BAD_ARGUMENT for an address of the network without a token, or a token of fewer than 16 characters */
pb_status station_access_init(station_access *out, const char *address, int port, const station_config *config,
                              const char *token_file);

/* Against DNS rebinding and requests that other pages have a browser send: is the host one of ours, and the origin it?
 * false: `out` has the answer. */
bool station_access_is_ours(const station_access *access, const station_headers *headers, station_response *out);
/* Does it carry the token, as bearer or cookie, where one is asked for? Compared in constant time. false: `out` has the answer. */
bool station_access_is_known(const station_access *access, const station_headers *headers, station_response *out);
/* The token becomes a cookie. */
void station_access_sign_in(const station_access *access, const char *token, station_response *out);

#endif
