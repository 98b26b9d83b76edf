#include "station/desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILTER " product verdict reviewed from to score_min score_max line lot "
/* clang-format off */
static const station_route routes[] = {
    {STATION_POST, "api/v1/products/{}/parts", NULL, STATION_TAKES_PART, ""},
    {STATION_GET, "api/v1/parts", station_get_parts, 0, FILTER "cursor limit "},
    {STATION_GET, "api/v1/parts.csv", station_get_parts_csv, 0, FILTER},
    {STATION_GET, "api/v1/parts/{}", station_get_part, 0, ""},
    {STATION_GET, "api/v1/parts/{}/photo", station_get_photo, 0, " format "},
    {STATION_GET, "api/v1/parts/{}/heatmap", station_get_heatmap, 0, ""},
    {STATION_GET, "api/v1/parts/{}/thumbnail", station_get_thumbnail, 0, ""},
    {STATION_GET, "api/v1/parts/{}/nearest", station_get_nearest, 0, " box limit "},
    {STATION_POST, "api/v1/parts/{}/review", station_post_review, 0, ""},
    {STATION_DELETE, "api/v1/parts/{}/review", station_delete_review, 0, ""},
    {STATION_GET, "api/v1/review", station_get_queue, 0, " product limit "},
    {STATION_GET, "api/v1/products", station_get_products, 0, ""},
    {STATION_GET, "api/v1/products/{}/banks", station_get_banks, 0, ""},
    {STATION_GET, "api/v1/products/{}/banks/{}", station_get_bank, 0, ""},
    {STATION_GET, "api/v1/products/{}/banks/{}/references/{}/photo", station_get_reference_photo, 0, ""},
    {STATION_GET, "api/v1/products/{}/banks/{}/references/{}/thumbnail", station_get_reference_thumbnail, 0, ""},
    {STATION_POST, "api/v1/products/{}/active", station_post_active, 0, ""},
    {STATION_POST, "api/v1/products/{}/changes/preview", station_post_preview, 0, ""},
    {STATION_POST, "api/v1/products/{}/changes", station_post_change, 0, ""},
    {STATION_GET, "api/v1/statistics", station_get_statistics, 0, " product hours "},
    {STATION_GET, "api/v1/health", station_get_health, 0, " product "},
    {STATION_GET, "api/v1/events", station_get_events, 0, " product "},
    {STATION_POST, "api/v1/session", station_post_session, STATION_NEEDS_NO_TOKEN, ""},
    {STATION_GET, "healthz", station_get_healthz, STATION_NEEDS_NO_TOKEN, NULL},
    {STATION_GET, "metrics", station_get_metrics, 0, NULL},
    {STATION_GET, "openapi.json", station_get_openapi, STATION_NEEDS_NO_TOKEN, NULL},
    {STATION_GET, "", station_get_page, STATION_NEEDS_NO_TOKEN, NULL},
    {STATION_GET, "page/{}", station_get_page, STATION_NEEDS_NO_TOKEN, NULL},
};
/* clang-format on */
enum { N_ROUTES = sizeof routes / sizeof routes[0] };

/* Does the path fit? Its parameters, then. */
static bool fits(const char *pattern, const station_target *target, const char *parameter[STATION_MAX_PARAMETERS])
{
    int n = 0, i = 0;
    for (; *pattern && i < target->n_segments; i++) {
        const size_t length = strcspn(pattern, "/");
        const char *segment = target->segment[i];
        if (length == 2 && strncmp(pattern, "{}", 2) == 0)
            parameter[n++] = segment;
        else if (strlen(segment) != length || strncmp(segment, pattern, length) != 0)
            return false;
        pattern += length + (pattern[length] == '/');
    }
    return !*pattern && i == target->n_segments;
}

static bool is_named(const char *names, const char *name)
{
    const size_t n = strchr(name, ' ') ? 0 : strlen(name);
    for (const char *at = names; n > 0 && (at = strstr(at, name)) != NULL; at += n)
        if (at > names && at[-1] == ' ' && at[n] == ' ')
            return true;
    return false;
}

/* A parameter that is mistyped, or given twice, would else be a wish that nobody hears of. */
static bool check_query(const station_route *route, const station_target *target, station_response *out)
{
    for (int i = 0; route->query && i < target->n_pairs; i++) {
        const char *name = target->pair[i].name;
        if (!is_named(route->query, name)) {
            const int n = (int)strlen(route->query) - 1; /* without the space that ends them */
            station_answer_error(out, 400, "bad_request", "this address has no parameter '%.100s'%s%.*s", name,
                                 n > 0 ? "; it has" : "", n > 0 ? n : 0, route->query);
            return false;
        }
        if (station_target_value(target, name) != target->pair[i].value) {
            station_answer_error(out, 400, "bad_request", "the parameter '%.100s' is given twice", name);
            return false;
        }
    }
    return true;
}

const station_route *station_route_find(station_request *request, station_response *out)
{
    static const char *const allowed[] = {"",       "GET",         "POST",         "GET, POST",
                                          "DELETE", "GET, DELETE", "POST, DELETE", "GET, POST, DELETE"};
    unsigned there = 0;
    for (int i = 0; i < N_ROUTES; i++) {
        if (!fits(routes[i].path, &request->target, request->parameter))
            continue;
        if (routes[i].method == request->method)
            return check_query(&routes[i], &request->target, out) ? &routes[i] : NULL;
        there |= 1U << routes[i].method;
    }
    if (there) {
        station_answer_error(out, 405, "method_not_allowed", "this address takes %s", allowed[there & 7U]);
        out->allow = allowed[there & 7U];
    } else {
        station_answer_error(out, 404, "not_found",
                             "there is nothing at this address; /openapi.json lists what there is");
    }
    return NULL;
}
