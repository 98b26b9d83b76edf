#include "experiment/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MAX_BYTES = 1 << 30 };

pb_status pb_results_table_read(const char *path, pb_results_table *out)
{
    pb_results_table table = {.path = NULL};
    PB_TRY(PB_NEW_STRING(table.path, path));
    const pb_status status = pb_csv_read(path, MAX_BYTES, ';', &table.csv);
    if (status == PB_STATUS_OK)
        *out = table;
    else
        pb_free(table.path);
    return status;
}

static int by_key(const void *a, const void *b)
{
    const pb_keyed_row *x = a, *y = b;
    const int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static pb_status find_columns(const pb_results_table *table, const char *key, int64_t *column, int *n)
{
    char name[128];
    for (*n = 0; *key; ++*n) {
        const size_t length = strcspn(key, ",");
        PB_CHECK_ARG(*n < PB_ROW_MAX_COLUMNS && length > 0 && length < sizeof name,
                     "the key is to be names of columns, separated by commas");
        snprintf(name, sizeof name, "%.*s", (int)length, key);
        PB_TRY(pb_csv_column(&table->csv, name, table->path, &column[*n]));
        key += length + (key[length] == ',');
    }
    PB_CHECK_ARG(*n > 0, "the key names no column");
    return PB_STATUS_OK;
}

pb_status pb_results_table_index(pb_results_table *table, const char *key)
{
    const pb_csv_table *csv = &table->csv;
    int64_t column[PB_ROW_MAX_COLUMNS] = {0};
    int n = 0;
    PB_TRY(find_columns(table, key, column, &n));
    PB_TRY(PB_NEW(table->key, csv->n_rows));
    for (int64_t r = 0; r < csv->n_rows; r++) {
        const char *value[PB_ROW_MAX_COLUMNS] = {NULL};
        char text[PB_KEY_BYTES];
        for (int i = 0; i < n; i++)
            value[i] = csv->field[r * csv->n_columns + column[i]];
        pb_key_text(value, n, text);
        table->key[r].row = r;
        PB_TRY(PB_NEW_STRING(table->key[r].text, text));
    }
    if (csv->n_rows > 0)
        qsort(table->key, (size_t)csv->n_rows, sizeof *table->key, by_key);
    for (int64_t r = 1; r < csv->n_rows; r++)
        if (strcmp(table->key[r].text, table->key[r - 1].text) == 0)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s has two rows with the key %s (%s)", table->path,
                           table->key[r].text, key);
    return PB_STATUS_OK;
}

static bool has_column(const pb_results_table *table, const char *name)
{
    for (int64_t i = 0; i < table->csv.n_columns; i++)
        if (strcmp(table->csv.name[i], name) == 0)
            return true;
    return false;
}

pb_status pb_results_common_key(const pb_results_table *a, const pb_results_table *b, char **out)
{
    static const char *const names[] = {"dataset",
                                        "setup",
                                        "detector",
                                        "auditor",
                                        "config",
                                        "method",
                                        "param_k",
                                        "contamination_rate",
                                        "train_limit",
                                        "seed",
                                        "knn_k",
                                        "purification_method",
                                        "percentile_threshold"};
    char key[512] = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (has_column(a, names[i]) && has_column(b, names[i]))
            strcat(strcat(key, *key ? "," : ""), names[i]);
    if (!*key)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s and %s have no column in common that tells rows apart: name some",
                       a->path, b->path);
    return PB_NEW_STRING(*out, key);
}

void pb_results_table_free(pb_results_table *table)
{
    for (int64_t r = 0; table->key && r < table->csv.n_rows; r++)
        pb_free(table->key[r].text);
    pb_free(table->key);
    pb_csv_table_free(&table->csv);
    pb_free(table->path);
    *table = (pb_results_table){.path = NULL};
}
