#include "part_heatmaps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "io/path.h"
#include "io/png_chunks.h"

static const double OPACITY = 0.6;

static void flatten(const char *relative, char *out)
{
    for (; *relative; relative++) {
        if (*relative == '/') {
            *out++ = '_';
            *out++ = '_';
        } else {
            *out++ = *relative;
        }
    }
    *out = '\0';
}

/* Of all of a name, so that names which begin alike stay apart when they are cut. FNV-1a. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
    return hash;
}

/* A name that file systems take: what is longer is cut, between two characters, and ends in a hash of the whole. */
static void shorten(char *name, size_t size)
{
    enum { LONGEST = 230, KEPT = 220 }; /* of NAME_MAX = 255, with room for "-2.png" */
    if (strlen(name) <= LONGEST)
        return;
    const uint32_t hash = hash_of(name);
    size_t end = KEPT;
    while (end > 0 && ((uint8_t)name[end] & 0xc0) == 0x80) /* within a character of UTF-8 */
        end--;
    snprintf(name + end, size - end, "-%08" PRIx32, hash);
}

/* folder/flattened.png, or folder/flattened-2.png for a second image of that name, ... `folder` may end in slashes. */
static pb_status make_name(const char *folder, const char *relative, int copy, char **out)
{
    int length = (int)strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    const char *slash = folder[length - 1] == '/' ? "" : "/"; /* the root keeps its own */
    const size_t size = strlen(folder) + 2 * strlen(relative) + 32;
    char *flat, *name;
    PB_TRY(PB_NEW(flat, size));
    flatten(relative, flat);
    char *dot = strrchr(flat, '.');
    if (dot && dot > flat)
        *dot = '\0';
    shorten(flat, size);
    name = pb_calloc(size, 1);
    if (name && copy > 1)
        snprintf(name, size, "%.*s%s%s-%d.png", length, folder, slash, flat, copy);
    else if (name)
        snprintf(name, size, "%.*s%s%s.png", length, folder, slash, flat);
    pb_free(flat);
    *out = name;
    return name ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Is `name` among the first n of `sorted`? */
static bool is_taken(char **sorted, int64_t n, char *name)
{
    return bsearch(&name, sorted, (size_t)n, sizeof *sorted, compare_names) != NULL;
}

static void insert_sorted(char **sorted, int64_t n, char *name)
{
    int64_t at = n;
    while (at > 0 && strcmp(sorted[at - 1], name) > 0) {
        sorted[at] = sorted[at - 1];
        at--;
    }
    sorted[at] = name;
}

pb_status cli_heatmap_names(const char *folder, const pb_paths *images, pb_paths *out)
{
    const size_t prefix = pb_common_folder((const char *const *)images->path, images->n);
    char **sorted = NULL;
    pb_status status = PB_NEW(out->path, images->n);
    if (status == PB_STATUS_OK)
        status = PB_NEW(sorted, images->n);
    for (int64_t i = 0; i < images->n && status == PB_STATUS_OK; i++) {
        char *name = NULL;
        int copy = 1;
        do {
            pb_free(name);
            status = make_name(folder, images->path[i] + prefix, copy++, &name);
        } while (status == PB_STATUS_OK && is_taken(sorted, i, name));
        if (status == PB_STATUS_OK) {
            insert_sorted(sorted, i, name);
            out->path[out->n++] = name;
        }
    }
    pb_free(sorted);
    if (status == PB_STATUS_OK && mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = pb_fail(PB_STATUS_OUTPUT, "cannot make folder %s: %s", folder, strerror(errno));
    return status;
}

typedef struct heatmap_job {
    const pb_bank *bank;
    const char *const *images;
    const cli_judged *judged;
    cli_png *pngs;
} heatmap_job;

/* What a person must know who finds the picture alone. */
static pb_status add_verdict(const heatmap_job *job, int64_t i, double low, double high, const pb_image *overlay,
                             pb_image *out)
{
    const double score = job->judged->image_scores[i], threshold = pb_bank_threshold(job->bank)->value;
    const pb_verdict verdict = pb_bank_verdict(job->bank, score, &job->judged->guarded[i]);
    char text[256];
    snprintf(text, sizeof text, "%s: score %.4g, threshold %.4g%s%s", pb_verdict_name(verdict), score, threshold,
             verdict == PB_VERDICT_UNUSABLE ? "\n" : "",
             verdict == PB_VERDICT_UNUSABLE ? job->judged->guarded[i].reason : "");
    return pb_image_add_scale(overlay, text, PB_COLORMAP_INFERNO, low, high, out);
}

/* The map on a photo, and what lies outside of the bank's region as such. */
static pb_status lay_over(const pb_bank *bank, const double *scores, const pb_image *photo, pb_image *out)
{
    const pb_origin *origin = pb_bank_origin(bank);
    const pb_rect view = pb_origin_view(origin, photo->width, photo->height);
    const pb_roi *roi = pb_bank_roi(bank);
    double *map, low, high;
    pb_bank_patch_scale(bank, &low, &high);
    if (!roi)
        return pb_image_overlay(photo, scores, origin->grid_height, origin->grid_width, &view, low, high, OPACITY,
                                PB_COLORMAP_INFERNO, NULL, out);
    PB_TRY(PB_NEW_PRODUCT(map, origin->grid_height, origin->grid_width));
    pb_roi_extend(roi, scores, map);
    pb_status status = pb_image_overlay(photo, map, origin->grid_height, origin->grid_width, &view, low, high, OPACITY,
                                        PB_COLORMAP_INFERNO, NULL, out);
    pb_free(map);
    if (status == PB_STATUS_OK)
        status = pb_roi_shade(roi, &view, out);
    return status;
}

static pb_status draw_one(void *context, int64_t i, int worker)
{
    (void)worker;
    const heatmap_job *job = context;
    const pb_bank *bank = job->bank;
    const int64_t n_patches = (int64_t)pb_bank_origin(bank)->grid_height * pb_bank_origin(bank)->grid_width;
    double low, high;
    pb_image image = {0}, overlay = {0}, captioned = {0};
    pb_bank_patch_scale(bank, &low, &high);
    pb_status status = pb_image_read(job->images[i], &image);
    if (status == PB_STATUS_OK)
        status = lay_over(bank, job->judged->patch_scores + i * n_patches, &image, &overlay);
    if (status == PB_STATUS_OK)
        status = add_verdict(job, i, low, high, &overlay, &captioned);
    if (status == PB_STATUS_OK)
        status = pb_image_encode_png(&captioned, &job->pngs[i].bytes, &job->pngs[i].size);
    pb_image_free(&image);
    pb_image_free(&overlay);
    pb_image_free(&captioned);
    return status;
}

pb_status cli_heatmaps_draw(const pb_bank *bank, const char *const *images, int64_t n, const cli_judged *judged,
                            cli_png *out)
{
    heatmap_job job = {bank, images, judged, out};
    return pb_parallel_for(n, draw_one, &job, NULL);
}

typedef struct writing_job {
    const char *const *heatmaps;
    const cli_png *pngs;
} writing_job;

static pb_status write_one(void *context, int64_t i, int worker)
{
    (void)worker;
    const writing_job *job = context;
    return pb_png_write_heatmap(job->pngs[i].bytes, job->pngs[i].size, job->heatmaps[i]);
}

pb_status cli_heatmaps_write(const char *const *heatmaps, const cli_png *pngs, int64_t n)
{
    writing_job job = {heatmaps, pngs};
    return pb_parallel_for(n, write_one, &job, NULL);
}
