#include "results/file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parse.h"
#include "results/values.h"

enum { MAX_BYTES = 1 << 30, MAX_KEY_COLUMNS = 32, KEY_NAMES_BYTES = 1024 };

pb_status pb_results_file_read(const char *path, pb_results_file *out)
{
    pb_results_file file = {.path = NULL};
    for (int c = 0; c < PB_N_COLUMNS; c++)
        file.at[c] = -1;
    PB_TRY(PB_NEW_STRING(file.path, path));
    const pb_status status = pb_csv_read(path, MAX_BYTES, ';', &file.csv);
    if (status == PB_STATUS_OK)
        *out = file;
    else
        pb_free(file.path);
    return status;
}

void pb_results_file_free(pb_results_file *file)
{
    for (int64_t r = 0; file->key && r < file->csv.n_rows; r++)
        pb_free(file->key[r].text);
    pb_free(file->key);
    pb_csv_table_free(&file->csv);
    pb_free(file->path);
    *file = (pb_results_file){.path = NULL};
}

/* ---- Rows by key ------------------------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
    const pb_keyed_row *x = a, *y = b;
    const int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static pb_status find_key(const pb_results_file *file, const char *key, int64_t *column, int *n)
{
    char name[128];
    for (*n = 0; pb_item_next_text(&key, name, sizeof name); ++*n) {
        PB_CHECK_ARG(*n < MAX_KEY_COLUMNS, "the key is to be %d names of columns at most, separated by commas",
                     MAX_KEY_COLUMNS);
        PB_TRY(pb_csv_column(&file->csv, name, file->path, &column[*n]));
    }
    PB_CHECK_ARG(*n > 0, "the key names no column");
    return PB_STATUS_OK;
}

pb_status pb_results_file_index(pb_results_file *file, const char *key)
{
    const pb_csv_table *csv = &file->csv;
    int64_t column[MAX_KEY_COLUMNS] = {0};
    int n = 0;
    PB_TRY(find_key(file, key, column, &n));
    PB_TRY(PB_NEW(file->key, csv->n_rows));
    for (int64_t r = 0; r < csv->n_rows; r++) {
        const char *value[MAX_KEY_COLUMNS] = {NULL};
        char text[PB_KEY_BYTES];
        for (int i = 0; i < n; i++)
            value[i] = csv->field[r * csv->n_columns + column[i]];
        pb_key_text(value, n, text);
        file->key[r].row = r;
        PB_TRY(PB_NEW_STRING(file->key[r].text, text));
    }
    if (csv->n_rows > 0)
        qsort(file->key, (size_t)csv->n_rows, sizeof *file->key, by_key);
    for (int64_t r = 1; r < csv->n_rows; r++)
        if (strcmp(file->key[r].text, file->key[r - 1].text) == 0)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s has two rows with the key %s (%s)", file->path, file->key[r].text,
                           key);
    return PB_STATUS_OK;
}

static bool has_name(const pb_results_file *file, const char *name)
{
    for (int64_t i = 0; i < file->csv.n_columns; i++)
        if (strcmp(file->csv.name[i], name) == 0)
            return true;
    return false;
}

pb_status pb_results_common_key(const pb_results_file *a, const pb_results_file *b, char **out)
{
    char key[KEY_NAMES_BYTES] = "";
    size_t used = 0;
    for (int c = 0; c < PB_N_COLUMNS; c++)
        for (int i = 0; i < PB_N_COLUMN_NAMES && pb_column_is_key((pb_column)c); i++) {
            const char *name = pb_column_get((pb_column)c)->name[i];
            if (name && has_name(a, name) && has_name(b, name))
                used += (size_t)snprintf(key + used, sizeof key - used, "%s%s", used ? "," : "", name);
            PB_ASSERT(used < sizeof key);
        }
    if (!*key)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s and %s have no column in common that tells rows apart: name some",
                       a->path, b->path);
    return PB_NEW_STRING(*out, key);
}

/* ---- Typed values ----------------------------------------------------------------------------------------------- */

pb_status pb_results_file_columns(pb_results_file *file)
{
    const pb_csv_table *csv = &file->csv;
    for (int64_t i = 0; i < csv->n_columns; i++) {
        pb_column column;
        if (!pb_column_find(csv->name[i], &column) || pb_column_is_clock(column))
            continue;
        if (file->at[column] >= 0)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: the columns \"%s\" and \"%s\" say the same", file->path,
                           csv->name[file->at[column]], csv->name[i]);
        file->at[column] = i;
    }
    return PB_STATUS_OK;
}

const char *pb_results_text(const pb_results_file *file, int64_t row, pb_column column)
{
    const int64_t at = file->at[column];
    return at < 0 ? "" : file->csv.field[row * file->csv.n_columns + at];
}

pb_status pb_results_fail(const pb_results_file *file, int64_t row, pb_column column, pb_status status,
                          const char *what)
{
    const int64_t at = file->at[column];
    return pb_fail(status, "%s, line %" PRId64 ": %s is \"%s\", %s", file->path, file->csv.line[row],
                   at < 0 ? pb_column_get(column)->name[0] : file->csv.name[at], pb_results_text(file, row, column),
                   what);
}

pb_status pb_results_number(const pb_results_file *file, int64_t row, pb_column column, double *out)
{
    const pb_column_about *about = pb_column_get(column);
    char range[96];
    if (!pb_value_number(pb_results_text(file, row, column), out))
        return pb_results_fail(file, row, column, PB_STATUS_BAD_FORMAT, "not a number");
    if (!isfinite(*out))
        return pb_results_fail(file, row, column, PB_STATUS_BAD_VALUE,
                               "not a finite number; what is not known is left empty");
    snprintf(range, sizeof range, "not a number from %g to %g", about->low, about->high);
    return *out >= about->low && *out <= about->high ? PB_STATUS_OK
                                                     : pb_results_fail(file, row, column, PB_STATUS_BAD_VALUE, range);
}

pb_status pb_results_known_number(const pb_results_file *file, int64_t row, pb_column column, double *out)
{
    *out = (double)NAN;
    return *pb_results_text(file, row, column) ? pb_results_number(file, row, column, out) : PB_STATUS_OK;
}

pb_status pb_results_whole(const pb_results_file *file, int64_t row, pb_column column, int64_t missing, int64_t *out)
{
    double value = (double)missing;
    if (file->at[column] >= 0)
        PB_TRY(pb_results_number(file, row, column, &value));
    if (value != floor(value))
        return pb_results_fail(file, row, column, PB_STATUS_BAD_VALUE, "not a whole number");
    *out = (int64_t)value;
    return PB_STATUS_OK;
}
