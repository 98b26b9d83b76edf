/* The desk answers everything but new parts: one function an address. */
#ifndef PB_STATION_DESK_H
#define PB_STATION_DESK_H

#include "station/request.h"
#include "station/station.h"

/* What a thread of the desk has. */
typedef struct station_desk {
    station *station;
    station_db *db; /* its own, for reading */
} station_desk;

typedef void (*station_handler)(station_desk *desk, const station_request *request, station_response *out);

enum {
    STATION_NEEDS_NO_TOKEN = 1, /* the page must be there before somebody can sign in */
    STATION_TAKES_PART = 2      /* goes to the engine, not to the desk */
};

typedef struct station_route {
    station_method method;
    const char *path; /* segments; {} is a parameter */
    station_handler handler;
    unsigned flags;
    const char *query; /* names of its parameters, each between blanks; NULL: any, and none is looked at */
} station_route;

/* The route of a request, and its parameters. NULL: `out` has the answer (404, 405 with the methods that there are, or 400 for a query that
 * it does not have). */
const station_route *station_route_find(station_request *request, station_response *out);

/* ---- what handlers share ---- */

/* A number of the query from low to high; false where it is not one, and `out` has the answer. */
bool station_query_whole(const station_request *request, const char *name, int64_t low, int64_t high, int64_t initial,
                         int64_t *value, station_response *out);
/* The filters of a list of parts. */
bool station_query_filter(const station_request *request, station_filter *filter, station_response *out);
/* The part that parameter 0 names. */
bool station_find_part(station_desk *desk, const station_request *request, station_part *part, station_response *out);
/* A body of JSON, an object with no other keys than `keys`, which NULL ends; free with json_decref(). */
bool station_body_json(const station_request *request, const char *const *keys, json_t **body, station_response *out);
/* A whole number from `low` on; 3.0 is one. */
bool station_json_whole(const json_t *value, int64_t low, int64_t *out);
/* A whole number of a body, from `low` on. */
bool station_body_whole(const json_t *body, const char *key, int64_t low, int64_t *value, station_response *out);
/* Text of a body, 1 (0 where `optional`) to size - 1 bytes. */
bool station_body_text(const json_t *body, const char *key, bool optional, char *text, size_t size,
                       station_response *out);
/* Is there a product of this name? "" is fine. */
bool station_check_product(station_desk *desk, const char *product, station_response *out);
/* What a person wrote, by characters; blanks alone are no text: "" where it is optional. @param text 4 * characters + 1 bytes */
bool station_body_words(const json_t *body, const char *key, bool optional, size_t characters, char *text,
                        station_response *out);
/* Answers for a product whose active bank is not there: 404 where there is no such product, else 503 with the reason. */
void station_answer_no_bank(station_desk *desk, const char *product, station_response *out);

#define STATION_HANDLER(name) void name(station_desk *desk, const station_request *request, station_response *out)
STATION_HANDLER(station_get_parts);
STATION_HANDLER(station_get_parts_csv);
STATION_HANDLER(station_get_part);
STATION_HANDLER(station_post_review);
STATION_HANDLER(station_delete_review);
STATION_HANDLER(station_get_queue);
STATION_HANDLER(station_get_photo);
STATION_HANDLER(station_get_heatmap);
STATION_HANDLER(station_get_thumbnail);
STATION_HANDLER(station_get_nearest);
STATION_HANDLER(station_get_products);
STATION_HANDLER(station_get_banks);
STATION_HANDLER(station_get_bank);
STATION_HANDLER(station_get_reference_photo);
STATION_HANDLER(station_get_reference_thumbnail);
STATION_HANDLER(station_post_active);
STATION_HANDLER(station_post_preview);
STATION_HANDLER(station_post_change);
STATION_HANDLER(station_get_statistics);
STATION_HANDLER(station_get_health);
STATION_HANDLER(station_post_session);
STATION_HANDLER(station_get_events);
STATION_HANDLER(station_get_healthz);
STATION_HANDLER(station_get_metrics);
STATION_HANDLER(station_get_openapi);
STATION_HANDLER(station_get_page);

#endif
