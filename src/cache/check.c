/* Is a cache what it says? */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cache/files.h"
#include "cache/photos.h"
#include "dataset/category.h"
#include "dataset/paths.h"
#include "dataset/testset.h"
#include "io/file.h"

static const char TEST[] = "/test/", VISA_IMAGES[] = "/Data/Images/";

/* A failure that the files are to blame for becomes a problem; others are passed on. */
static pb_status blame(pb_status status, pb_cache_findings *out)
{
    switch (status) {
    case PB_STATUS_OK:
    case PB_STATUS_NO_MEMORY:
    case PB_STATUS_CANCELLED:
    case PB_STATUS_INTERNAL:
        return status;
    default:
        return pb_note(&out->problems, "%s", pb_error_message());
    }
}

/* ---- Files against cache.json ----------------------------------------------------------------------------------- */

static pb_status check_photos_file(const char *folder, const pb_cache_description *description, pb_cache_findings *out)
{
    char *path, hex[65];
    if (!*description->photos_sha256)
        return PB_STATUS_OK;
    PB_TRY(pb_path_join(folder, PB_CACHE_PHOTOS_NAME, &path));
    pb_status status = pb_sha256_file(path, hex);
    if (status == PB_STATUS_OK && strcmp(hex, description->photos_sha256) != 0)
        status = pb_fail(PB_STATUS_BAD_FORMAT,
                         "%s is not what was written: its SHA-256 is %.16s..., cache.json says %.16s...", path, hex,
                         description->photos_sha256);
    pb_free(path);
    return blame(status, out);
}

static pb_status check_described(const char *folder, pb_cache_findings *out)
{
    pb_cache_description description;
    pb_status status = pb_cache_description_load(folder, PB_CACHE_DESCRIPTION_NAME, &description);
    if (status == PB_STATUS_OK && !description.has_files)
        status = pb_fail(PB_STATUS_BAD_FORMAT, "%s/%s does not list the files", folder, PB_CACHE_DESCRIPTION_NAME);
    if (status != PB_STATUS_OK) {
        pb_cache_description_free(&description);
        return blame(status, out);
    }
    for (int i = 0; i < PB_CACHE_N_FILES && status == PB_STATUS_OK; i++)
        status = blame(pb_cache_file_verify(folder, (pb_cache_file)i, &description), out);
    if (status == PB_STATUS_OK)
        status = check_photos_file(folder, &description, out);
    pb_cache_description_free(&description);
    return status;
}

/* Made elsewhere: what belongs together must be there together. */
static pb_status check_presence(const char *folder, pb_cache_findings *out)
{
    bool has_part[2] = {false, false};
    for (int i = 0; i < PB_CACHE_N_FILES; i++)
        has_part[pb_cache_is_train_file((pb_cache_file)i)] |= pb_cache_has(folder, (pb_cache_file)i);
    for (int i = 0; i < PB_CACHE_N_FILES; i++)
        if (has_part[pb_cache_is_train_file((pb_cache_file)i)] && !pb_cache_has(folder, (pb_cache_file)i))
            PB_TRY(pb_note(&out->problems, "%s/%s is missing", folder, pb_cache_file_name((pb_cache_file)i)));
    return pb_note(&out->notes,
                   "no cache.json: made elsewhere, its origin is unknown and nothing can be checked by hash");
}

/* ---- Contents --------------------------------------------------------------------------------------------------- */

static pb_status check_features(const pb_cache *cache, pb_cache_part part, pb_cache_findings *out)
{
    pb_features *features = NULL;
    const pb_status status = pb_cache_load_unverified(cache, part, &features);
    pb_features_free(features);
    return blame(status, out);
}

static pb_status check_sorted(const pb_paths *paths, const char *list, pb_cache_findings *out)
{
    for (int64_t i = 1; i < paths->n; i++)
        if (strcmp(paths->path[i - 1], paths->path[i]) >= 0)
            return pb_note(&out->problems, "%s: %s stands before %s: paths are to be sorted, each once", list,
                           paths->path[i - 1], paths->path[i]);
    return PB_STATUS_OK;
}

/* The folder that tells good from defect: behind test/, or VisA's behind Data/Images/. "" where there is neither. */
static const char *kind_of(const char *path, char *buffer, size_t size)
{
    const char *kind = NULL, *part = strstr(path, VISA_IMAGES) ? VISA_IMAGES : TEST;
    for (const char *at = path; (at = strstr(at, part)) != NULL; at++)
        kind = at + strlen(part);
    snprintf(buffer, size, "%.*s", kind ? (int)strcspn(kind, "/") : 0, kind ? kind : "");
    return buffer;
}

static pb_status check_test_order(const pb_cache *cache, pb_cache_findings *out)
{
    char before[256], kind[256];
    for (int64_t i = 1; i < cache->test.n; i++) {
        const char *a = cache->test.path[i - 1], *b = cache->test.path[i];
        if (strstr(b, VISA_IMAGES)) /* as VisA's table has it */
            continue;
        const int order = strcmp(kind_of(a, before, sizeof before), kind_of(b, kind, sizeof kind));
        if (order > 0 || (order == 0 && strcmp(a, b) >= 0))
            return pb_note(&out->problems,
                           "%s: %s stands before %s: kinds are to be sorted, and paths within a kind, each once",
                           pb_cache_file_name(PB_CACHE_TEST_PATHS), a, b);
    }
    return PB_STATUS_OK;
}

static pb_status check_labels(const pb_cache *cache, pb_cache_findings *out)
{
    char kind[256];
    bool noted = false;
    for (int64_t i = 0; i < cache->test.n; i++) {
        kind_of(cache->test.path[i], kind, sizeof kind);
        const bool good = pb_is_good_kind(kind) || strcmp(kind, "Normal") == 0;
        if (!*kind || good == !cache->label[i])
            continue;
        if (!cache->described && strcmp(kind, "ok") == 0) {
            if (!noted)
                PB_TRY(pb_note(&out->notes, "test/ok is labelled 1 (defect), as the studies' scripts do unless it is "
                                            "renamed to good"));
            noted = true;
            continue;
        }
        return pb_note(&out->problems, "%s: %s is labelled %d", pb_cache_file_name(PB_CACHE_TEST_LABELS),
                       cache->test.path[i], (int)cache->label[i]);
    }
    return PB_STATUS_OK;
}

/* Are the photos, where they are, those of which the features are? */
static pb_status compare_photos(const pb_cache_photos *photos, const pb_cache_photo_paths *paths,
                                pb_cache_findings *out)
{
    int64_t n_gone = 0;
    for (int64_t i = 0; i < photos->n; i++) {
        const char *path = pb_cache_photo_path(paths, i);
        pb_photo_change change;
        PB_TRY(blame(pb_cache_photo_compare(&photos->photo[i], path, true, &change), out));
        n_gone += change == PB_PHOTO_GONE;
        if (change == PB_PHOTO_CHANGED)
            PB_TRY(pb_note(&out->problems, "%s has been replaced or changed since its features were computed", path));
    }
    if (n_gone == 0)
        return PB_STATUS_OK;
    return pb_note(&out->notes,
                   "%" PRId64 " of %" PRId64 " photos are not where the lists say, as seen from here: not compared",
                   n_gone, photos->n);
}

static pb_status check_photos(const pb_cache *cache, pb_cache_findings *out)
{
    const pb_cache_photo_paths paths = {&cache->train, cache->test.path, cache->test.n};
    pb_cache_photos photos;
    PB_TRY(blame(pb_cache_photos_load(cache->folder, pb_cache_photo_count(&paths), &photos), out));
    const pb_status status = compare_photos(&photos, &paths, out);
    pb_cache_photos_free(&photos);
    return status;
}

static pb_status check_contents(const char *folder, pb_cache_findings *out)
{
    pb_cache *cache;
    pb_status status = pb_cache_open(folder, &cache);
    if (status != PB_STATUS_OK)
        return out->problems.n > 0 && status != PB_STATUS_NO_MEMORY ? PB_STATUS_OK : blame(status, out);
    if (cache->has_train) {
        PB_TRY_GOTO(check_sorted(&cache->train, pb_cache_file_name(PB_CACHE_TRAIN_PATHS), out));
        PB_TRY_GOTO(check_features(cache, PB_CACHE_TRAIN, out));
    }
    if (cache->has_test) {
        PB_TRY_GOTO(check_test_order(cache, out));
        PB_TRY_GOTO(check_labels(cache, out));
        PB_TRY_GOTO(check_features(cache, PB_CACHE_TEST, out));
    }
    status = check_photos(cache, out);
done:
    pb_cache_free(cache);
    return status;
}

pb_status pb_cache_check(const char *folder, pb_cache_findings *out)
{
    *out = (pb_cache_findings){0};
    const bool described = pb_cache_has_name(folder, PB_CACHE_DESCRIPTION_NAME);
    pb_status status = described ? check_described(folder, out) : check_presence(folder, out);
    if (status == PB_STATUS_OK)
        status = check_contents(folder, out);
    if (status != PB_STATUS_OK) {
        pb_paths_free(&out->problems);
        pb_paths_free(&out->notes);
    }
    return status;
}
