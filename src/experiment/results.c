#include "experiment/results.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/memory.h"
#include "io/csv.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/origin.h"

enum { MAX_BYTES = 1 << 30, MAX_ABOUT_BYTES = 1 << 20 };

struct pb_results {
    char *path, *about_path;
    const pb_row_format *format;
    pb_results_about about;
    bool about_is_new; /* and to be written, though there are rows */
    int fd;
    int64_t n_bytes;    /* of the file's complete lines */
    pb_csv_table table; /* these */
    int64_t n_keys;
    char **key; /* of its rows, sorted */
};

pb_status pb_results_name(const char *path, const char *ending, char **out)
{
    const size_t size = strlen(path) + strlen(ending) + 1;
    PB_TRY(PB_NEW(*out, size));
    snprintf(*out, size, "%s%s", path, ending);
    return PB_STATUS_OK;
}

static bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* ---- What the file is about ------------------------------------------------------------------------------------- */

static int64_t find_features(const pb_results_about *about, const char *detector)
{
    for (int64_t i = 0; i < about->n; i++)
        if (strcmp(about->features[i].detector, detector) == 0)
            return i;
    return -1;
}

/* Adds what only `more` has; what both have must agree. */
static pb_status add_features(pb_results_about *about, const char *name, const pb_results_about *more,
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

/* Detectors that only the file has stay in what it is about. */
static pb_status check_about(pb_results *results, const pb_results_about *there)
{
    char name[512];
    pb_results_about both = *there;
    snprintf(name, sizeof name, "what %s was begun with", results->path);
    if (!results->about.in_rows && there->setup != results->about.setup)
        return pb_suggest(pb_fail(PB_STATUS_MISMATCH,
                                  "%s was begun with setup %s, this run is %s: the two must not be mixed",
                                  results->path, pb_setup_name(there->setup), pb_setup_name(results->about.setup)),
                          PB_HINT_CHOOSE_SETUP, pb_setup_name(there->setup));
    if (add_features(&both, name, &results->about, "these caches") != PB_STATUS_OK)
        return pb_suggest(PB_STATUS_MISMATCH, PB_HINT_START_OVER, NULL);
    results->about_is_new = both.n > there->n;
    both.in_rows = results->about.in_rows;
    both.setup = results->about.setup;
    results->about = both;
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
    PB_TRY(pb_json_load(path, MAX_ABOUT_BYTES, &object));
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

static pb_status save_about(const pb_results_about *about, const char *path)
{
    json_t *object = about->in_rows ? json_object() : json_pack("{s:s}", "setup", pb_setup_name(about->setup));
    pb_status status = store_features(about, object); /* jansson takes NULL, and fails */
    if (status == PB_STATUS_OK)
        status = pb_json_save(object, path);
    json_decref(object);
    return status;
}

pb_status pb_results_about_find(const char *path, pb_results_about *out, bool *found)
{
    char *name;
    PB_TRY(pb_results_name(path, ".json", &name));
    *found = file_exists(name);
    const pb_status status = *found ? load_about(name, out) : PB_STATUS_OK;
    pb_free(name);
    return status;
}

pb_status pb_results_about_merge(const char *const *paths, int64_t n, const char *output)
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
            PB_TRY(add_features(&first, paths[0], &about, paths[i]));
    }
    if (!first_found)
        return PB_STATUS_OK;
    char *name;
    PB_TRY(pb_results_name(output, ".json", &name));
    const pb_status status = save_about(&first, name);
    pb_free(name);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static pb_status read_keys(pb_results *results)
{
    const pb_csv_table *table = &results->table;
    int64_t column[PB_ROW_MAX_COLUMNS] = {0};
    const int n = results->format->n_keys;
    for (int i = 0; i < n; i++)
        PB_TRY(pb_csv_column(table, results->format->key[i], results->path, &column[i]));
    PB_TRY(PB_NEW(results->key, table->n_rows));
    for (int64_t r = 0; r < table->n_rows; r++) {
        const char *value[PB_ROW_MAX_COLUMNS];
        char key[PB_KEY_BYTES];
        for (int i = 0; i < n; i++)
            value[i] = table->field[r * table->n_columns + column[i]];
        pb_key_text(value, n, key);
        PB_TRY(PB_NEW_STRING(results->key[r], key));
        results->n_keys++;
    }
    if (results->n_keys > 0)
        qsort(results->key, (size_t)results->n_keys, sizeof *results->key, by_text);
    return PB_STATUS_OK;
}

static pb_status read_table(pb_results *results)
{
    uint8_t *bytes;
    size_t size;
    PB_TRY(pb_file_read(results->path, MAX_BYTES, &bytes, &size));
    while (size > 0 && bytes[size - 1] != '\n')
        size--;
    bytes[size] = '\0';
    results->n_bytes = (int64_t)size;
    if (size == 0) {
        pb_free(bytes);
        return PB_STATUS_OK;
    }
    if (strlen((char *)bytes) != size) {
        pb_free(bytes);
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not text: it has a NUL byte", results->path);
    }
    PB_TRY(pb_csv_parse((char *)bytes, results->path, ';', &results->table));
    return read_keys(results);
}

static pb_status read_all(pb_results *results, pb_setup published)
{
    pb_results_about there = results->about;
    there.setup = published;
    if (!file_exists(results->path))
        return PB_STATUS_OK;
    PB_TRY(read_table(results));
    if (results->table.n_rows == 0)
        return PB_STATUS_OK;
    if (file_exists(results->about_path))
        PB_TRY(load_about(results->about_path, &there));
    return check_about(results, &there);
}

pb_status pb_results_new(const char *path, const pb_row_format *format, const pb_results_about *about, pb_results **out)
{
    pb_results *results;
    PB_TRY(PB_NEW(results, 1));
    *results = (pb_results){.format = format, .about = *about, .fd = -1};
    pb_status status = PB_NEW_STRING(results->path, path);
    if (status == PB_STATUS_OK)
        status = pb_results_name(path, ".json", &results->about_path);
    if (status == PB_STATUS_OK)
        *out = results;
    else
        pb_results_close(results);
    return status;
}

pb_status pb_results_read(const char *path, const pb_row_format *format, const pb_results_about *about,
                          pb_setup published, pb_results **out)
{
    pb_results *results;
    PB_TRY(pb_results_new(path, format, about, &results));
    const pb_status status = read_all(results, published);
    if (status == PB_STATUS_OK)
        *out = results;
    else
        pb_results_close(results);
    return status;
}

bool pb_results_has(const pb_results *results, const char *key)
{
    return results->n_keys > 0 &&
           bsearch(&key, results->key, (size_t)results->n_keys, sizeof *results->key, by_text) != NULL;
}

int64_t pb_results_count(const pb_results *results)
{
    return results->table.n_rows;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

static pb_status fail_write(const pb_results *results)
{
    return pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s; what is done is kept: run the same command again",
                   results->path, strerror(errno));
}

static pb_status write_line(pb_writer *writer, const char *const *value, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_csv_text(writer, i == 0, ';', value[i]));
    return pb_csv_end_row(writer);
}

/* Rows in the file's own columns: those that it lacks are left out, those that only it has stay empty. */
static pb_status write_row(const pb_results *results, pb_writer *writer, const pb_row *row)
{
    const pb_csv_table *table = &results->table;
    if (table->n_columns == 0) {
        const char *value[PB_ROW_MAX_COLUMNS];
        for (int i = 0; i < results->format->n_columns; i++)
            value[i] = row->value[i];
        return write_line(writer, value, results->format->n_columns);
    }
    for (int64_t i = 0; i < table->n_columns; i++)
        PB_TRY(pb_csv_text(writer, i == 0, ';', pb_row_get(row, table->name[i])));
    return pb_csv_end_row(writer);
}

static pb_status write_header(const pb_results *results)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open_descriptor(results->fd, results->path, &writer));
    const pb_status status = write_line(writer, results->format->column, results->format->n_columns);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(writer);
        return status;
    }
    PB_TRY(pb_writer_commit(writer));
    return fsync(results->fd) == 0 ? PB_STATUS_OK : fail_write(results);
}

pb_status pb_results_begin(pb_results *results)
{
    results->fd = open(results->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (results->fd < 0 || ftruncate(results->fd, results->n_bytes) != 0)
        return fail_write(results);
    if (results->table.n_rows == 0 || results->about_is_new)
        PB_TRY(save_about(&results->about, results->about_path));
    return results->n_bytes == 0 ? write_header(results) : PB_STATUS_OK;
}

pb_status pb_results_append(pb_results *results, const pb_row *rows, int64_t n)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open_descriptor(results->fd, results->path, &writer));
    pb_status status = PB_STATUS_OK;
    for (int64_t i = 0; i < n && status == PB_STATUS_OK; i++)
        status = write_row(results, writer, &rows[i]);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(writer);
        return status;
    }
    PB_TRY(pb_writer_commit(writer));
    return fsync(results->fd) == 0 ? PB_STATUS_OK : fail_write(results);
}

void pb_results_close(pb_results *results)
{
    if (!results)
        return;
    if (results->fd >= 0)
        close(results->fd);
    for (int64_t i = 0; i < results->n_keys; i++)
        pb_free(results->key[i]);
    pb_free(results->key);
    pb_csv_table_free(&results->table);
    pb_free(results->path);
    pb_free(results->about_path);
    pb_free(results);
}
