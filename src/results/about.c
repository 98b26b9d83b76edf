#include "results/about.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "io/companions.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/origin.h"
#include "io/path.h"

enum { MAX_BYTES = 1 << 20 };

pb_status pb_results_name(const char *path, const char *ending, char **out)
{
    const size_t size = strlen(path) + strlen(ending) + 1;
    PB_TRY(PB_NEW(*out, size));
    snprintf(*out, size, "%s%s", path, ending);
    return PB_STATUS_OK;
}

static int64_t find_features(const pb_results_about *about, const char *detector)
{
    for (int64_t i = 0; i < about->n; i++)
        if (strcmp(about->features[i].detector, detector) == 0)
            return i;
    return -1;
}

pb_status pb_results_about_add(pb_results_about *about, const char *name, const pb_results_about *more,
                               const char *more_name)
{
    for (int64_t i = 0; i < more->n; i++) {
        const int64_t there = find_features(about, more->features[i].detector);
        if (there >= 0)
            PB_TRY(pb_origin_match(&about->features[there].origin, name, &more->features[i].origin, more_name));
        else if (about->n < PB_MAX_DETECTORS)
            about->features[about->n++] = more->features[i];
        else
            return pb_fail(PB_STATUS_LIMIT, "%s and %s have more than %d detectors together", name, more_name,
                           PB_MAX_DETECTORS);
    }
    return PB_STATUS_OK;
}

static pb_status load_features(const json_t *object, const char *path, pb_results_about *out)
{
    const json_t *origin = NULL;
    json_t *detectors = json_object_get(object, "detectors");
    const char *name;
    json_t *value;
    if (!detectors) {
        PB_TRY(pb_json_get_object(object, "features", path, &origin));
        out->n = 1;
        return pb_origin_from_json(origin, path, &out->features[0].origin);
    }
    if (!json_is_object(detectors) || json_object_size(detectors) > PB_MAX_DETECTORS)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: \"detectors\" is no object of at most %d", path, PB_MAX_DETECTORS);
    json_object_foreach(detectors, name, value)
    {
        if (strlen(name) >= sizeof out->features[0].detector)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: a detector's name is longer than %d bytes", path,
                           PB_DETECTOR_NAME_BYTES - 1);
        snprintf(out->features[out->n].detector, sizeof out->features[0].detector, "%s", name);
        PB_TRY(pb_origin_from_json(value, path, &out->features[out->n].origin));
        out->n++;
    }
    return PB_STATUS_OK;
}

static pb_status load_about(const char *path, pb_results_about *out)
{
    json_t *object;
    char setup[16] = "";
    *out = (pb_results_about){.n = 0};
    PB_TRY(pb_json_load(path, MAX_BYTES, &object));
    pb_status status = PB_STATUS_OK;
    out->in_rows = !json_object_get(object, "setup");
    if (!out->in_rows)
        status = pb_json_get_text(object, "setup", path, setup, sizeof setup);
    if (status == PB_STATUS_OK && !out->in_rows)
        status = pb_setup_parse(setup, &out->setup);
    if (status == PB_STATUS_OK)
        status = load_features(object, path, out);
    json_decref(object);
    return status;
}

/* @param object takes "features", or "detectors" by name */
static pb_status store_features(const pb_results_about *about, json_t *object)
{
    json_t *into = object;
    int failed = 0;
    if (*about->features[0].detector)
        failed = json_object_set_new(object, "detectors", into = json_object());
    for (int64_t i = 0; i < about->n && !failed; i++) {
        const char *name = about->features[i].detector;
        json_t *origin = NULL;
        PB_TRY(pb_origin_to_json(&about->features[i].origin, &origin));
        failed = json_object_set_new(into, *name ? name : "features", origin);
    }
    return failed ? pb_fail(PB_STATUS_NO_MEMORY, "out of memory") : PB_STATUS_OK;
}

static pb_status write_about(const pb_results_about *about, pb_writer *writer)
{
    json_t *object = about->in_rows ? json_object() : json_pack("{s:s}", "setup", pb_setup_name(about->setup));
    pb_status status = store_features(about, object); /* jansson takes NULL, and fails */
    if (status == PB_STATUS_OK)
        status = pb_json_write(object, writer);
    json_decref(object);
    return status;
}

static pb_status begin_about(const pb_results_about *about, const char *name, pb_writer **out)
{
    PB_TRY(pb_writer_open(name, out));
    const pb_status status = write_about(about, *out);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(*out);
        *out = NULL;
    }
    return status;
}

pb_status pb_results_about_save(const pb_results_about *about, const char *path)
{
    char *name;
    pb_writer *writer = NULL;
    PB_TRY(pb_results_name(path, ".json", &name));
    const pb_status status = begin_about(about, name, &writer);
    pb_free(name);
    return status == PB_STATUS_OK ? pb_writer_commit(writer) : status;
}

pb_status pb_results_commit(pb_writer *file, const pb_results_about *about, const char *path)
{
    char *name = NULL;
    pb_writer *writer = NULL;
    pb_status status = pb_results_name(path, ".json", &name);
    if (status == PB_STATUS_OK && about)
        status = begin_about(about, name, &writer);
    if (status == PB_STATUS_OK)
        status = pb_writer_commit_together(file, &(pb_companion){name, writer}, 1);
    else
        pb_writer_abort(file);
    pb_free(name);
    return status;
}

pb_status pb_results_about_find(const char *path, pb_results_about *out, bool *found)
{
    char *name;
    PB_TRY(pb_results_name(path, ".json", &name));
    *found = pb_path_exists(name);
    const pb_status status = *found ? load_about(name, out) : PB_STATUS_OK;
    pb_free(name);
    return status;
}

pb_status pb_results_about_merge(const char *const *paths, int64_t n, pb_results_about *out, bool *out_found)
{
    pb_results_about first = {0};
    bool first_found = false;
    for (int64_t i = 0; i < n; i++) {
        pb_results_about about = {0};
        bool found;
        PB_TRY(pb_results_about_find(paths[i], &about, &found));
        if (i == 0) {
            first = about;
            first_found = found;
        }
        if (found != first_found || about.setup != first.setup)
            return pb_fail(PB_STATUS_MISMATCH,
                           "%s and %s are not of the same setup, or only one has a .json that tells", paths[0],
                           paths[i]);
        if (found)
            PB_TRY(pb_results_about_add(&first, paths[0], &about, paths[i]));
    }
    *out = first;
    *out_found = first_found;
    return PB_STATUS_OK;
}
