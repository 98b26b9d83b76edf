/* What the active bank has nearest to the worst patches of a part, or to those that a person marks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/product.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "station/desk.h"
#include "station/judge.h"
#include "station/mend.h"
#include "station/part_json.h"
#include "station/photos.h"

/* Everything one answer is made of. */
typedef struct nearness {
    station_desk *desk;
    const station_part *part;
    const station_bank *base;
    station_look look;
    double *scores;   /* n_patches */
    int32_t *patches; /* n of n_patches, worst first */
    int64_t n, n_patches, k;
    pb_trace_row *trace; /* n x k */
    pb_rect *views;      /* n_references: what the grid covers of their photos; width 0: not known yet, -1: no photo */
    station_second second; /* by the active bank */
} nearness;

static void nearness_free(nearness *of)
{
    pb_features_free(of->look.features);
    pb_free(of->scores);
    pb_free(of->patches);
    pb_free(of->trace);
    pb_free(of->views);
}

/* ---- which patches ------------------------------------------------------------------------------------------------ */

static pb_rect box_of(const pb_origin *origin, const pb_rect *view, int64_t patch)
{
    const int64_t row = patch / origin->grid_width, column = patch % origin->grid_width;
    const int64_t left = column * view->width / origin->grid_width,
                  right = (column + 1) * view->width / origin->grid_width;
    const int64_t top = row * view->height / origin->grid_height,
                  bottom = (row + 1) * view->height / origin->grid_height;
    return (pb_rect){.left = view->left + (int32_t)left,
                     .top = view->top + (int32_t)top,
                     .width = (int32_t)(right > left ? right - left : 1),
                     .height = (int32_t)(bottom > top ? bottom - top : 1)};
}

static bool touch(const pb_rect *a, const pb_rect *b)
{
    return a->left < (int64_t)b->left + b->width && b->left < (int64_t)a->left + a->width &&
           a->top < (int64_t)b->top + b->height && b->top < (int64_t)a->top + a->height;
}

/* The `limit` worst patches inside the bank's region, of those that touch the box where there is one; ties by number. */
static void choose_patches(nearness *of, const pb_rect *box, int64_t limit)
{
    const pb_origin *origin = pb_bank_origin(of->base->bank);
    const pb_rect view = pb_origin_view(origin, of->look.width, of->look.height);
    const pb_roi *roi = pb_bank_roi(of->base->bank);
    for (int32_t p = 0; p < of->n_patches; p++) {
        const pb_rect place = box_of(origin, &view, p);
        if ((box->width > 0 && !touch(&place, box)) || (roi && !pb_roi_inside(roi)[p]))
            continue;
        int64_t at = of->n;
        while (at > 0 && of->scores[of->patches[at - 1]] < of->scores[p])
            at--;
        if (at >= limit)
            continue;
        const int64_t kept = of->n < limit ? of->n : limit - 1;
        memmove(of->patches + at + 1, of->patches + at, (size_t)(kept - at) * sizeof *of->patches);
        of->patches[at] = p;
        of->n = kept + 1;
    }
}

/* "x,y,width,height"; openapi.json has digits and commas alone, and so no signs */
static bool parse_box(const char *text, pb_rect *out)
{
    enum { MOST = 999999999 };
    int32_t *const sides[] = {&out->left, &out->top, &out->width, &out->height};
    pb_item item;
    int64_t value;
    for (int i = 0; i < 4; i++) {
        if (!pb_item_split(&text, ',', &item) || strspn(item.text, "0123456789") < item.length ||
            !pb_item_integer(item, i < 2 ? 0 : 1, MOST, &value))
            return false;
        *sides[i] = (int32_t)value;
    }
    return !text;
}

static bool read_box(const station_request *request, pb_rect *out, station_response *answer)
{
    const char *text = station_target_value(&request->target, "box");
    *out = (pb_rect){0};
    if (!text)
        return true;
    if (parse_box(text, out))
        return true;
    station_answer_error(answer, 400, "bad_request", "\"box\" is x,y,width,height in pixels of the photo, not '%s'",
                         text);
    return false;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static pb_status ask(nearness *of, const pb_rect *box, int64_t limit)
{
    char path[STATION_PATH_BYTES];
    const pb_bank *bank = of->base->bank;
    PB_TRY(station_photos_path(of->desk->station->photos, of->part->file, path));
    PB_TRY(station_look_at(of->base, path, &of->look));
    of->n_patches = pb_features_n_patches(of->look.features);
    of->k = pb_bank_k(bank);
    PB_TRY(PB_NEW(of->scores, of->n_patches));
    PB_TRY(PB_NEW(of->patches, limit + 1));
    PB_TRY(pb_bank_score(bank, of->look.features, of->scores, &of->second.score));
    PB_TRY(station_judge_again(bank, &of->look, &of->second));
    choose_patches(of, box, limit);
    PB_TRY(PB_NEW_PRODUCT(of->trace, of->n + 1, of->k));
    PB_TRY(PB_NEW(of->views, pb_bank_n_references(bank)));
    return of->n > 0 ? pb_bank_trace(bank, of->look.features, of->patches, of->n, of->k, of->trace) : PB_STATUS_OK;
}

/* ---- answering ---------------------------------------------------------------------------------------------------- */

static json_t *box_json(const pb_rect *box)
{
    return json_pack("{s:i, s:i, s:i, s:i}", "x", box->left, "y", box->top, "width", box->width, "height", box->height);
}

static json_t *address(const nearness *of, int64_t reference, const char *what)
{
    char text[STATION_NAME_BYTES + 128];
    if (of->views[reference].width <= 0)
        return json_null();
    snprintf(text, sizeof text, "/api/v1/products/%s/banks/%" PRId64 "/references/%" PRId64 "/%s", of->base->product,
             of->base->version, reference, what);
    return json_string(text);
}

/* Which part of the reference's photo the grid covers, where the station has it. */
static void look_at_reference(nearness *of, int64_t reference)
{
    const pb_bank *bank = of->base->bank;
    const pb_bank_reference *known = pb_bank_reference_at(bank, reference);
    char path[STATION_PATH_BYTES];
    pb_image image = {0};
    pb_rect *view = &of->views[reference];
    if (view->width != 0)
        return;
    *view = (pb_rect){.width = -1};
    if (known->sha256[0] &&
        snprintf(path, sizeof path, "%s/%s", of->desk->station->references, known->sha256) < (int)sizeof path &&
        access(path, R_OK) == 0 && pb_image_read(path, &image) == PB_STATUS_OK)
        *view = pb_origin_view(pb_bank_origin(bank), image.width, image.height);
    pb_image_free(&image);
}

/* Which copy of its reference a row is of, in words; null for the photo as it is. */
static json_t *variant_json(const pb_bank *bank, int32_t variant)
{
    char words[PB_AUGMENT_TEXT];
    if (variant == 0)
        return json_null();
    pb_augment_words(pb_bank_augment(bank), variant, words, sizeof words);
    return json_string(words);
}

static json_t *neighbour_json(nearness *of, int64_t at)
{
    const pb_bank *bank = of->base->bank;
    const pb_trace_row *near = &of->trace[at];
    const int64_t reference = near->reference;
    look_at_reference(of, reference);
    pb_rect box = {.width = 1, .height = 1};
    if (of->views[reference].width > 0)
        box = box_of(pb_bank_origin(bank), &of->views[reference], near->patch);
    return json_pack(
        "{s:f, s:I, s:I, s:o, s:o, s:o, s:o}", "distance", near->distance, "row", (json_int_t)near->row, "reference",
        (json_int_t)reference, "name", pb_json_lossy_string(pb_base_name(pb_bank_reference_at(bank, reference)->path)),
        "box", box_json(&box), "variant", variant_json(bank, near->variant), "photo", address(of, reference, "photo"));
}

static json_t *patches_json(nearness *of)
{
    const pb_origin *origin = pb_bank_origin(of->base->bank);
    const pb_rect view = pb_origin_view(origin, of->look.width, of->look.height);
    json_t *out = json_array();
    for (int64_t i = 0; i < of->n; i++) {
        const pb_rect box = box_of(origin, &view, of->patches[i]);
        json_t *neighbours = json_array();
        for (int64_t k = 0; k < of->k; k++)
            json_array_append_new(neighbours, neighbour_json(of, i * of->k + k));
        json_array_append_new(out, json_pack("{s:f, s:o, s:o}", "score", of->scores[of->patches[i]], "box",
                                             box_json(&box), "neighbours", neighbours));
    }
    return out;
}

static bool is_first(const nearness *of, int64_t at)
{
    for (int64_t i = 0; i < at; i++)
        if (of->trace[i].row == of->trace[at].row)
            return false;
    return true;
}

static json_t *rows_json(const nearness *of, int64_t reference)
{
    json_t *rows = json_array();
    for (int64_t i = 0; i < of->n * of->k; i++)
        if (of->trace[i].reference == reference && is_first(of, i))
            json_array_append_new(rows, json_integer(of->trace[i].row));
    return rows;
}

/* Most often first; ties by number. */
static json_t *references_json(const nearness *of)
{
    json_t *out = json_array();
    for (int64_t r = 0; r < pb_bank_n_references(of->base->bank); r++) {
        json_t *rows = rows_json(of, r);
        const size_t n = json_array_size(rows);
        if (n == 0) {
            json_decref(rows);
            continue;
        }
        size_t at = json_array_size(out);
        while (at > 0 && json_array_size(json_object_get(json_array_get(out, at - 1), "rows")) < n)
            at--;
        json_array_insert_new(
            out, at,
            json_pack("{s:I, s:o, s:o, s:o}", "reference", (json_int_t)r, "name",
                      pb_json_lossy_string(pb_base_name(pb_bank_reference_at(of->base->bank, r)->path)), "thumbnail",
                      address(of, r, "thumbnail"), "rows", rows));
    }
    return out;
}

static json_t *nearness_json(nearness *of)
{
    json_t *patches = patches_json(of);
    const bool known = station_find_reference(of->base->bank, of->part->sha256) != NULL;
    return json_pack("{s:I, s:o, s:f, s:s, s:b, s:o, s:o}", "bank", (json_int_t)of->base->version, "score",
                     station_number_json(of->second.score), "threshold", pb_bank_threshold(of->base->bank)->value,
                     "verdict", station_verdict_name(of->second.verdict), "is_reference", known, "patches", patches,
                     "references", references_json(of));
}

void station_get_nearest(station_desk *desk, const station_request *request, station_response *out)
{
    station_part part;
    pb_rect box;
    int64_t limit;
    if (!station_find_part(desk, request, &part, out) || !read_box(request, &box, out) ||
        !station_query_whole(request, "limit", 1, 64, 6, &limit, out))
        return;
    station_bank *base = station_banks_active(desk->station->banks, part.product);
    if (!base) {
        station_answer_no_bank(desk, part.product, out);
        return;
    }
    nearness of = {.desk = desk, .part = &part, .base = base};
    const pb_status status = ask(&of, &box, limit);
    if (status == PB_STATUS_OK)
        station_answer_json(out, 200, nearness_json(&of));
    else
        station_answer_failure(out, status);
    nearness_free(&of);
    station_bank_release(base);
}
