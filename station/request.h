/* A request that has come in as a whole. */
#ifndef PB_STATION_REQUEST_H
#define PB_STATION_REQUEST_H

#include "station/multipart.h"
#include "station/part.h"
#include "station/response.h"
#include "station/target.h"

enum { STATION_MAX_PARAMETERS = 4 };

typedef enum station_method { STATION_GET, STATION_POST, STATION_DELETE, STATION_OTHER_METHOD } station_method;

/* Headers that anybody looks at; "" where they are missing. */
typedef struct station_headers {
    char host[300], origin[300], site[32]; /* site: Sec-Fetch-Site */
    char authorization[4200], cookie[2048], type[300];
    char part_id[128], line[3 * STATION_TEXT_BYTES + 1], lot[3 * STATION_TEXT_BYTES + 1]; /* percent-encoded */
} station_headers;

typedef struct station_request {
    station_method method;
    station_target target;
    station_headers headers;
    const char *parameter[STATION_MAX_PARAMETERS]; /* of the route: {product}, {id}, ... */
    uint8_t *body;
    size_t size;
} station_request;

#endif
