#include "results/append.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/csv.h"

enum { MAX_BYTES = 1 << 30, MAX_TORN_BYTES = PB_ROW_BYTES + PB_N_COLUMNS };

struct pb_results {
    char *path;
    pb_results_layout layout;
    pb_results_about about;
    bool about_is_new; /* and to be written, though there are rows */
    int fd;
    int64_t n_bytes;    /* of the file's complete lines */
    pb_csv_table table; /* these */
    int64_t n_columns;  /* of the file: its own where there is one, else those of the layout */
    pb_column *column;  /* n_columns; PB_N_COLUMNS for one that its kind of file does not have */
    int64_t n_keys;
    char **key; /* of its rows, sorted */
};

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static pb_status read_keys(pb_results *results)
{
    const pb_csv_table *table = &results->table;
    const pb_results_layout *layout = &results->layout;
    int64_t at[PB_N_COLUMNS] = {0};
    for (int i = 0; i < layout->n_keys; i++)
        PB_TRY(pb_csv_column(table, layout->name[layout->key[i]], results->path, &at[i]));
    PB_TRY(PB_NEW(results->key, table->n_rows));
    for (int64_t r = 0; r < table->n_rows; r++) {
        const char *value[PB_N_COLUMNS];
        char key[PB_KEY_BYTES];
        for (int i = 0; i < layout->n_keys; i++)
            value[i] = table->field[r * table->n_columns + at[i]];
        pb_key_text(value, layout->n_keys, key);
        PB_TRY(PB_NEW_STRING(results->key[r], key));
        results->n_keys++;
    }
    if (results->n_keys > 0)
        qsort(results->key, (size_t)results->n_keys, sizeof *results->key, by_text);
    return PB_STATUS_OK;
}

/* The beginning of the first line that a run writes: what a run that was killed as it began leaves behind. */
static bool begins_header(const pb_results_layout *layout, const char *bytes, size_t size)
{
    size_t at = 0;
    for (int i = 0; i < layout->n && at < size; i++) {
        const char *name = layout->name[layout->column[i]];
        if (i > 0 && bytes[at++] != ';')
            return false;
        const size_t length = strlen(name), left = size - at;
        if (strncmp(bytes + at, name, left < length ? left : length) != 0)
            return false;
        at += left < length ? left : length;
    }
    return at == size || (at + 1 == size && bytes[at] == '\r');
}

/* What stands behind the last line end is cut off, and computed again. So it must be what a killed run leaves: the beginning of
 * one line, and after a power cut NUL bytes, where the size reached the disk and the text did not. Lines that end otherwise
 * than ours are somebody's work. */
static pb_status check_torn(const pb_results *results, const char *torn, size_t length, bool has_lines)
{
    size_t text = length;
    while (text > 0 && torn[text - 1] == '\0')
        text--;
    const char *mark = memchr(torn, '\r', text);
    if (text > MAX_TORN_BYTES || memchr(torn, '\0', text) || (mark && mark + 1 != torn + text) ||
        (!has_lines && !begins_header(&results->layout, torn, text)))
        return pb_fail(
            PB_STATUS_BAD_FORMAT,
            "%s has %zu bytes that end in no line feed and are not the beginning of a line of results: save it with "
            "line feeds (\\n) at the ends of its lines, or move it away",
            results->path, length);
    return PB_STATUS_OK;
}

static pb_status read_table(pb_results *results)
{
    uint8_t *bytes;
    size_t size, whole;
    PB_TRY(pb_file_read(results->path, MAX_BYTES, &bytes, &size));
    whole = size;
    while (whole > 0 && bytes[whole - 1] != '\n')
        whole--;
    const pb_status torn = check_torn(results, (const char *)bytes + whole, size - whole, whole > 0);
    if (torn != PB_STATUS_OK) {
        pb_free(bytes);
        return torn;
    }
    size = whole;
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
    if (pb_results_about_add(&both, name, &results->about, "these caches") != PB_STATUS_OK)
        return pb_suggest(PB_STATUS_MISMATCH, PB_HINT_START_OVER, NULL);
    results->about_is_new = both.n > there->n;
    both.in_rows = results->about.in_rows;
    both.setup = results->about.setup;
    results->about = both;
    return PB_STATUS_OK;
}

static pb_status read_all(pb_results *results, pb_setup published)
{
    pb_results_about there = results->about;
    struct stat info;
    bool told;
    there.setup = published;
    if (stat(results->path, &info) != 0)
        return PB_STATUS_OK;
    PB_TRY(read_table(results));
    if (results->table.n_rows == 0)
        return PB_STATUS_OK;
    PB_TRY(pb_results_about_find(results->path, &there, &told));
    return check_about(results, &there);
}

static pb_status list_columns(pb_results *results)
{
    const pb_csv_table *table = &results->table;
    results->n_columns = table->n_columns > 0 ? table->n_columns : results->layout.n;
    PB_TRY(PB_NEW(results->column, results->n_columns));
    for (int64_t i = 0; i < results->n_columns; i++)
        results->column[i] =
            table->n_columns > 0 ? pb_results_layout_find(&results->layout, table->name[i]) : results->layout.column[i];
    return PB_STATUS_OK;
}

static pb_status open_results(const char *path, pb_results_kind kind, const pb_results_about *about,
                              const pb_setup *published, pb_results **out)
{
    pb_results *results;
    pb_status status;
    PB_TRY(PB_NEW(results, 1));
    *results = (pb_results){.about = *about, .fd = -1};
    pb_results_layout_of(kind, &results->layout);
    PB_TRY_GOTO(PB_NEW_STRING(results->path, path));
    if (published)
        PB_TRY_GOTO(read_all(results, *published));
    PB_TRY_GOTO(list_columns(results));
    *out = results;
    return PB_STATUS_OK;
done:
    pb_results_close(results);
    return status;
}

pb_status pb_results_new(const char *path, pb_results_kind kind, const pb_results_about *about, pb_results **out)
{
    return open_results(path, kind, about, NULL, out);
}

pb_status pb_results_read(const char *path, pb_results_kind kind, const pb_results_about *about, pb_setup published,
                          pb_results **out)
{
    return open_results(path, kind, about, &published, out);
}

bool pb_results_has(const pb_results *results, const pb_row *row)
{
    char text[PB_KEY_BYTES];
    const char *key = text;
    pb_row_key(row, &results->layout, text);
    return results->n_keys > 0 &&
           bsearch(&key, results->key, (size_t)results->n_keys, sizeof *results->key, by_text) != NULL;
}

/* ---- Writing ---------------------------------------------------------------------------------------------------- */

static pb_status fail_write(const pb_results *results)
{
    return pb_fail(PB_STATUS_OUTPUT, "cannot write %s: %s; what is done is kept: do the same again", results->path,
                   strerror(errno));
}

/* Columns that the file lacks are left out, those that only it has stay empty. */
static pb_status write_row(const pb_results *results, pb_writer *writer, const pb_row *row)
{
    for (int64_t i = 0; i < results->n_columns; i++) {
        const pb_column column = results->column[i];
        PB_TRY(pb_csv_text(writer, i == 0, ';', column < PB_N_COLUMNS ? pb_row_get(row, column) : ""));
    }
    return pb_csv_end_row(writer);
}

static pb_status write_names(const pb_results_layout *layout, pb_writer *writer)
{
    for (int i = 0; i < layout->n; i++)
        PB_TRY(pb_csv_text(writer, i == 0, ';', layout->name[layout->column[i]]));
    return pb_csv_end_row(writer);
}

static pb_status write_header(const pb_results *results)
{
    pb_writer *writer;
    PB_TRY(pb_writer_open_descriptor(results->fd, results->path, &writer));
    const pb_status status = write_names(&results->layout, writer);
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
        PB_TRY(pb_results_about_save(&results->about, results->path));
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
    pb_free(results->column);
    pb_free(results->path);
    pb_free(results);
}

/* ---- Beginning anew --------------------------------------------------------------------------------------------- */

/* Renames `from` to `to`; what is not there leaves no older one either. */
static pb_status retire(const char *from, const char *to)
{
    if (rename(from, to) == 0)
        return PB_STATUS_OK;
    if (errno == ENOENT && (unlink(to) == 0 || errno == ENOENT))
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_OUTPUT, "cannot rename %s: %s", from, strerror(errno));
}

pb_status pb_results_retire(const char *path)
{
    char *about = NULL, *old = NULL, *old_about = NULL;
    pb_status status;
    struct stat info;
    if (lstat(path, &info) != 0)
        return PB_STATUS_OK;
    PB_TRY_GOTO(pb_results_name(path, ".json", &about));
    PB_TRY_GOTO(pb_results_name(path, ".old", &old));
    PB_TRY_GOTO(pb_results_name(about, ".old", &old_about));
    /* What it is about first: a file of which nothing is said is safer than one of which something false is. */
    PB_TRY_GOTO(retire(about, old_about));
    status = retire(path, old);
    if (status != PB_STATUS_OK)
        (void)rename(old_about, about);
done:
    pb_free(about);
    pb_free(old);
    pb_free(old_about);
    return status;
}
