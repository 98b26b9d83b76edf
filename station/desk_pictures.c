/* Photos, heatmaps, thumbnails, and the page itself. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/parse.h"
#include "io/file.h"
#include "station/desk.h"
#include "station/desk_versions.h"
#include "station/page/page_files.h"
#include "station/pictures.h"

enum { THUMBNAIL_SIDE = 256 };
static const char JPEG[] = "image/jpeg";

static void answer_picture(station_response *out, pb_status status, const char *type, uint8_t *bytes, size_t size)
{
    if (status != PB_STATUS_OK) {
        station_answer_error(out, status == PB_STATUS_IO ? 404 : 503,
                             status == PB_STATUS_IO ? "not_found" : "unavailable",
                             status == PB_STATUS_IO ? "the photo is not there any more" : "the picture cannot be made");
        return;
    }
    station_answer_bytes(out, type, bytes, size);
    out->lasting = true;
}

static bool find_photo(station_desk *desk, const station_request *request, station_part *part,
                       char path[STATION_PATH_BYTES], station_response *out)
{
    if (!station_find_part(desk, request, part, out))
        return false;
    const pb_status status = station_photos_path(desk->station->photos, part->file, path);
    if (status != PB_STATUS_OK)
        station_answer_failure(out, status);
    return status == PB_STATUS_OK;
}

static void answer_file(station_response *out, const char *path, const char *type)
{
    out->file = open(path, O_RDONLY | O_CLOEXEC);
    if (out->file < 0) {
        station_answer_error(out, 404, "not_found", "the photo is not there any more");
        return;
    }
    out->status = 200;
    out->type = type;
    out->lasting = true;
}

/* A type of ours, whatever a damaged database says. */
static const char *photo_type(const char *type)
{
    static const char *const types[] = {"image/jpeg", "image/png", "image/tiff", "image/webp"};
    for (int i = 0; i < 4; i++)
        if (strcmp(types[i], type) == 0)
            return types[i];
    return "application/octet-stream";
}

void station_get_photo(station_desk *desk, const station_request *request, station_response *out)
{
    station_part part;
    char path[STATION_PATH_BYTES];
    const char *format = station_target_value(&request->target, "format");
    if (format && strcmp(format, "jpeg") != 0) {
        station_answer_error(out, 400, "bad_request", "format=%.40s: only jpeg is there", format);
        return;
    }
    if (!find_photo(desk, request, &part, path, out))
        return;
    if (format && strcmp(part.type, JPEG) != 0) {
        uint8_t *bytes = NULL;
        size_t size = 0;
        const pb_status status = station_photo_jpeg(path, &bytes, &size);
        answer_picture(out, status, JPEG, bytes, size);
        return;
    }
    answer_file(out, path, photo_type(part.type));
}

void station_get_thumbnail(station_desk *desk, const station_request *request, station_response *out)
{
    station_part part;
    char path[STATION_PATH_BYTES];
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!find_photo(desk, request, &part, path, out))
        return;
    const pb_status status = station_thumbnail(path, THUMBNAIL_SIDE, &bytes, &size);
    answer_picture(out, status, JPEG, bytes, size);
}

void station_get_heatmap(station_desk *desk, const station_request *request, station_response *out)
{
    station_part part;
    station_map map;
    bool found;
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!station_find_part(desk, request, &part, out))
        return;
    pb_status status = station_db_map(desk->db, part.seq, &map, &found);
    if (status == PB_STATUS_OK && !found) {
        station_answer_error(out, 404, "not_found", "there is no heatmap of part %s", part.id);
        return;
    }
    if (status == PB_STATUS_OK)
        status = station_heatmap_png(&map, part.width, part.height, &bytes, &size);
    pb_free(map.level);
    answer_picture(out, status, "image/png", bytes, size);
}

/* ---- references --------------------------------------------------------------------------------------------------- */

/* Where the photo of a reference of a version lies; the digest in the bank's description names it. */
static bool find_reference(station_desk *desk, const station_request *request, char path[STATION_PATH_BYTES],
                           station_response *out)
{
    int64_t version, index;
    const char *product = request->parameter[0];
    char digest[65] = "";
    pb_status status = PB_STATUS_OK;
    if (!station_check_product(desk, product, out))
        return false;
    if (pb_item_integer(pb_item_of(request->parameter[1]), 1, INT32_MAX, &version) &&
        pb_item_integer(pb_item_of(request->parameter[2]), 0, INT32_MAX, &index))
        status = station_version_reference(desk, product, version, index, digest);
    if (status != PB_STATUS_OK) {
        station_answer_failure(out, status);
        return false;
    }
    const size_t n = strspn(digest, "0123456789abcdef");
    if (n == 64 && snprintf(path, STATION_PATH_BYTES, "%s/%s", desk->station->references, digest) < STATION_PATH_BYTES)
        return true;
    station_answer_error(out, 404, "not_found", "the station has no photo of this reference");
    return false;
}

void station_get_reference_photo(station_desk *desk, const station_request *request, station_response *out)
{
    char path[STATION_PATH_BYTES];
    uint8_t *bytes = NULL;
    size_t size = 0;
    const char *type = NULL, *ending;
    if (!find_reference(desk, request, path, out))
        return;
    uint8_t head[16] = {0};
    FILE *file = fopen(path, "re");
    const size_t n = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    if (station_photo_type(head, n, &type, &ending) && strcmp(type, "image/tiff") != 0) {
        answer_file(out, path, type);
        return;
    }
    const pb_status status = station_photo_jpeg(path, &bytes, &size); /* what browsers do not show */
    answer_picture(out, status, JPEG, bytes, size);
}

void station_get_reference_thumbnail(station_desk *desk, const station_request *request, station_response *out)
{
    char path[STATION_PATH_BYTES];
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (!find_reference(desk, request, path, out))
        return;
    const pb_status status = station_thumbnail(path, THUMBNAIL_SIDE, &bytes, &size);
    answer_picture(out, status, JPEG, bytes, size);
}

/* ---- the page ----------------------------------------------------------------------------------------------------- */

static void answer_page(station_response *out, const char *name)
{
    for (size_t i = 0; i < pb_n_page_files; i++)
        if (strcmp(pb_page_files[i].name, name) == 0) {
            station_answer_constant(out, pb_page_files[i].type, pb_page_files[i].bytes, pb_page_files[i].size);
            return;
        }
    station_answer_error(out, 404, "not_found", "the page has no file %.100s", name);
}

void station_get_page(station_desk *desk, const station_request *request, station_response *out)
{
    (void)desk;
    answer_page(out, request->parameter[0] ? request->parameter[0] : "index.html");
}

void station_get_openapi(station_desk *desk, const station_request *request, station_response *out)
{
    (void)desk;
    (void)request;
    answer_page(out, "openapi.json");
}
