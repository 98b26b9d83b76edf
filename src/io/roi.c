#include "io/roi.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/utf8.h"
#include "io/json_fields.h"

/* ---- Making ------------------------------------------------------------------------------------------------------- */

void pb_roi_free(pb_roi *roi)
{
    if (!roi)
        return;
    pb_free(roi->inside);
    pb_free(roi->place);
    pb_free(roi->nearest);
    pb_free(roi);
}

static int64_t n_cells(const pb_roi *roi)
{
    return (int64_t)roi->grid_height * roi->grid_width;
}

static void reach(pb_roi *roi, int32_t from, int32_t row, int32_t column, int32_t *queue, int64_t *end)
{
    if (row < 0 || row >= roi->grid_height || column < 0 || column >= roi->grid_width)
        return;
    const int64_t to = (int64_t)row * roi->grid_width + column;
    if (roi->nearest[to] >= 0)
        return;
    roi->nearest[to] = roi->nearest[from];
    queue[(*end)++] = (int32_t)to;
}

/* Outwards from all patches inside at once, a ring at a time. @param queue room for all patches */
static void find_nearest(pb_roi *roi, int32_t *queue)
{
    int64_t end = roi->n_inside;
    memcpy(queue, roi->place, (size_t)roi->n_inside * sizeof *queue);
    for (int64_t i = 0; i < n_cells(roi); i++)
        roi->nearest[i] = roi->inside[i] ? (int32_t)i : -1;
    for (int64_t at = 0; at < end; at++) {
        const int32_t from = queue[at], row = from / roi->grid_width, column = from % roi->grid_width;
        for (int32_t down = -1; down <= 1; down++)
            for (int32_t across = -1; across <= 1; across++)
                reach(roi, from, row + down, column + across, queue, &end);
    }
}

static pb_status fill(pb_roi *roi, const uint8_t *inside)
{
    int32_t *queue;
    const int64_t n = n_cells(roi);
    PB_TRY(PB_NEW(roi->inside, n));
    PB_TRY(PB_NEW(roi->place, n));
    PB_TRY(PB_NEW(roi->nearest, n));
    for (int64_t i = 0; i < n; i++) {
        roi->inside[i] = inside[i] != 0;
        if (roi->inside[i])
            roi->place[roi->n_inside++] = (int32_t)i;
    }
    if (roi->n_inside == 0)
        return pb_fail(PB_STATUS_BAD_VALUE,
                       "the region of interest %s is empty: none of %" PRId32 " x %" PRId32 " patches is inside",
                       roi->name, roi->grid_width, roi->grid_height);
    PB_TRY(PB_NEW(queue, n));
    find_nearest(roi, queue);
    pb_free(queue);
    return PB_STATUS_OK;
}

pb_status pb_roi_new(const uint8_t *inside, int32_t grid_height, int32_t grid_width, const char *name, pb_roi **out)
{
    pb_roi *roi;
    int64_t n;
    PB_CHECK_ARG(grid_height >= 1 && grid_width >= 1, "a region of %" PRId32 " x %" PRId32 " patches has none",
                 grid_width, grid_height);
    PB_CHECK_ARG(!name || strlen(name) < PB_ROI_NAME_BYTES, "the name of a region has %zu bytes, up to %d fit",
                 name ? strlen(name) : 0, PB_ROI_NAME_BYTES - 1);
    PB_TRY(pb_size_multiply(grid_height, grid_width, "patches of a region", &n));
    if (n > INT32_MAX)
        return pb_fail(PB_STATUS_LIMIT, "a region of %" PRId64 " patches is too large", n);
    PB_TRY(PB_NEW(roi, 1));
    roi->grid_height = grid_height;
    roi->grid_width = grid_width;
    snprintf(roi->name, sizeof roi->name, "%s", name ? name : "");
    pb_utf8_make_printable(roi->name);
    const pb_status status = fill(roi, inside);
    if (status == PB_STATUS_OK)
        *out = roi;
    else
        pb_roi_free(roi);
    return status;
}

pb_status pb_roi_copy(const pb_roi *roi, pb_roi **out)
{
    PB_TRY(pb_roi_new(roi->inside, roi->grid_height, roi->grid_width, roi->name, out));
    (*out)->mask = roi->mask;
    return PB_STATUS_OK;
}

/* ---- What it says ------------------------------------------------------------------------------------------------- */

const char *pb_roi_name(const pb_roi *roi)
{
    return roi->name;
}

const char *pb_roi_sha256(const pb_roi *roi)
{
    return roi->mask.sha256;
}

int32_t pb_roi_mask_width(const pb_roi *roi)
{
    return roi->mask.width;
}

int32_t pb_roi_mask_height(const pb_roi *roi)
{
    return roi->mask.height;
}

const uint8_t *pb_roi_inside(const pb_roi *roi)
{
    return roi->inside;
}

int64_t pb_roi_n_inside(const pb_roi *roi)
{
    return roi->n_inside;
}

bool pb_roi_same(const pb_roi *a, const pb_roi *b)
{
    return a->grid_height == b->grid_height && a->grid_width == b->grid_width &&
           memcmp(a->inside, b->inside, (size_t)n_cells(a)) == 0;
}

/* One shrunk to the size of the other, whose sides are rounded: |w1 h2 - h1 w2| is at most half the larger image's longer side. */
bool pb_roi_fits(const pb_roi *roi, int32_t width, int32_t height)
{
    const int64_t cross = (int64_t)roi->mask.width * height - (int64_t)roi->mask.height * width;
    const int32_t across = width > roi->mask.width ? width : roi->mask.width,
                  down = height > roi->mask.height ? height : roi->mask.height;
    const int64_t longer = across > down ? across : down;
    return roi->mask.width == 0 || (width >= 1 && height >= 1 && 2 * (cross < 0 ? -cross : cross) <= longer);
}

pb_status pb_roi_check_photo(const pb_roi *roi, const char *path, int32_t width, int32_t height)
{
    if ((width == 0 && height == 0) || pb_roi_fits(roi, width, height))
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_MISMATCH,
                   "%s has %" PRId32 " x %" PRId32 " pixels, and the mask of the region of interest %s has %" PRId32
                   " x %" PRId32 ": photos need its shape",
                   path, width, height, roi->name, roi->mask.width, roi->mask.height);
}

bool pb_roi_meets(const pb_roi *roi, const uint8_t *marks, int32_t width, int32_t height)
{
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            if (marks[y * width + x] &&
                roi->inside[y * roi->grid_height / height * roi->grid_width + x * roi->grid_width / width])
                return true;
    return false;
}

void pb_roi_gather(const pb_roi *roi, const void *all, size_t size, void *inside)
{
    for (int64_t i = 0; i < roi->n_inside; i++)
        memcpy((uint8_t *)inside + (size_t)i * size, (const uint8_t *)all + (size_t)roi->place[i] * size, size);
}

void pb_roi_scatter(const pb_roi *roi, const void *inside, size_t size, void *all)
{
    memset(all, 0, (size_t)n_cells(roi) * size);
    for (int64_t i = 0; i < roi->n_inside; i++)
        memcpy((uint8_t *)all + (size_t)roi->place[i] * size, (const uint8_t *)inside + (size_t)i * size, size);
}

/* In place, too: what is inside keeps its value. */
void pb_roi_extend(const pb_roi *roi, const double *map, double *out)
{
    for (int64_t i = 0; i < n_cells(roi); i++)
        out[i] = map[roi->nearest[i]];
}

/* ---- In a bank's description -------------------------------------------------------------------------------------- */

static json_t *runs_to_json(const pb_roi *roi)
{
    json_t *runs = json_array();
    uint8_t value = 0;
    for (int64_t i = 0; runs && i < n_cells(roi); value = !value) {
        const int64_t start = i;
        while (i < n_cells(roi) && roi->inside[i] == value)
            i++;
        if (json_array_append_new(runs, json_integer((json_int_t)(i - start))) != 0) {
            json_decref(runs);
            return NULL;
        }
    }
    return runs;
}

json_t *pb_roi_to_json(const pb_roi *roi)
{
    json_t *runs = runs_to_json(roi);
    return runs ? json_pack("{s:s, s:s, s:i, s:i, s:o}", "name", roi->name, "sha256", roi->mask.sha256, "width",
                            roi->mask.width, "height", roi->mask.height, "runs", runs)
                : NULL;
}

static pb_status read_runs(const json_t *runs, const char *name, int64_t n, uint8_t *inside)
{
    int64_t at = 0;
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        const json_int_t length = json_is_integer(run) ? json_integer_value(run) : -1;
        if (length < 0 || length > n - at)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: run %zu of the region of interest is none", name, i);
        memset(inside + at, (int)(i % 2), (size_t)length);
        at += length;
    }
    return at == n ? PB_STATUS_OK
                   : pb_fail(PB_STATUS_BAD_FORMAT,
                             "%s: the region of interest covers %" PRId64 " of %" PRId64 " patches", name, at, n);
}

/* Name, digest and size, beside the patches that are known. */
static pb_status read_mask(const json_t *object, const char *name, pb_roi *out)
{
    int64_t width, height;
    PB_TRY(pb_json_get_text(object, "sha256", name, out->mask.sha256, sizeof out->mask.sha256));
    PB_TRY(pb_json_get_int(object, "width", name, 0, INT32_MAX, &width));
    PB_TRY(pb_json_get_int(object, "height", name, 0, INT32_MAX, &height));
    if ((width == 0) != (height == 0))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a mask of %" PRId64 " x %" PRId64 " pixels", name, width, height);
    out->mask.width = (int32_t)width;
    out->mask.height = (int32_t)height;
    return PB_STATUS_OK;
}

pb_status pb_roi_from_json(const json_t *object, const char *name, int32_t grid_height, int32_t grid_width,
                           pb_roi **out)
{
    const json_t *runs;
    const int64_t n = (int64_t)grid_height * grid_width;
    char text[PB_ROI_NAME_BYTES];
    uint8_t *inside;
    pb_roi *roi = NULL;
    pb_status status;
    PB_TRY(pb_json_get_text(object, "name", name, text, sizeof text));
    PB_TRY(pb_json_get_array(object, "runs", name, &runs));
    PB_TRY(PB_NEW(inside, n));
    PB_TRY_GOTO(read_runs(runs, name, n, inside));
    PB_TRY_GOTO(pb_roi_new(inside, grid_height, grid_width, text, &roi));
    PB_TRY_GOTO(read_mask(object, name, roi));
    *out = roi;
    roi = NULL;
done:
    pb_free(inside);
    pb_roi_free(roi);
    return status == PB_STATUS_BAD_VALUE ? pb_fail(PB_STATUS_BAD_FORMAT, "%s: %s", name, pb_error_message()) : status;
}
