/* Several result files become one. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include <purebank/results.h>

#include "base/memory.h"
#include "results/about.h"
#include "results/file.h"
#include "results/values.h"

typedef struct merger {
    int64_t n;
    pb_results_file *table;
    int64_t *at; /* the next row of each, by key */
    pb_writer *writer;
    pb_results_merged merged;
} merger;

static pb_status check_columns(const merger *m)
{
    const pb_csv_table *first = &m->table[0].csv;
    for (int64_t t = 1; t < m->n; t++) {
        const pb_csv_table *csv = &m->table[t].csv;
        bool same = csv->n_columns == first->n_columns;
        for (int64_t i = 0; i < first->n_columns && same; i++)
            same = strcmp(csv->name[i], first->name[i]) == 0;
        if (!same)
            return pb_fail(PB_STATUS_MISMATCH, "%s and %s have not the same columns", m->table[0].path,
                           m->table[t].path);
    }
    return PB_STATUS_OK;
}

static char *const *fields_at(const merger *m, int64_t t)
{
    const pb_results_file *table = &m->table[t];
    return table->csv.field + table->key[m->at[t]].row * table->csv.n_columns;
}

static const char *key_at(const merger *m, int64_t t)
{
    return m->at[t] < m->table[t].csv.n_rows ? m->table[t].key[m->at[t]].text : NULL;
}

/* Equal but for the clock? */
static bool agree(const merger *m, int64_t a, int64_t b)
{
    const pb_csv_table *csv = &m->table[0].csv;
    for (int64_t i = 0; i < csv->n_columns; i++)
        if (!pb_column_name_is_clock(csv->name[i]) && strcmp(fields_at(m, a)[i], fields_at(m, b)[i]) != 0)
            return false;
    return true;
}

static pb_status write_fields(pb_writer *writer, char *const *field, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        PB_TRY(pb_csv_text(writer, i == 0, ';', field[i]));
    return pb_csv_end_row(writer);
}

/* The file whose next row has the smallest key; -1 at the end. */
static int64_t next_table(const merger *m)
{
    int64_t best = -1;
    for (int64_t t = 0; t < m->n; t++)
        if (key_at(m, t) && (best < 0 || strcmp(key_at(m, t), key_at(m, best)) < 0))
            best = t;
    return best;
}

static pb_status write_rows(merger *m)
{
    const pb_csv_table *first = &m->table[0].csv;
    PB_TRY(write_fields(m->writer, first->name, first->n_columns));
    for (int64_t t; (t = next_table(m)) >= 0;) {
        PB_TRY(write_fields(m->writer, fields_at(m, t), first->n_columns));
        m->merged.n_rows++;
        for (int64_t other = t + 1; other < m->n; other++) {
            if (!key_at(m, other) || strcmp(key_at(m, other), key_at(m, t)) != 0)
                continue;
            if (!agree(m, t, other))
                return pb_fail(PB_STATUS_MISMATCH, "%s and %s differ in the row %s", m->table[t].path,
                               m->table[other].path, key_at(m, t));
            m->merged.n_repeated++;
            m->at[other]++;
        }
        m->at[t]++;
    }
    return PB_STATUS_OK;
}

static pb_status read_tables(merger *m, const char *const *paths, const char *key)
{
    char *own = NULL;
    for (int64_t t = 0; t < m->n; t++)
        PB_TRY(pb_results_file_read(paths[t], &m->table[t]));
    PB_TRY(check_columns(m));
    pb_status status = key ? PB_STATUS_OK : pb_results_common_key(&m->table[0], &m->table[0], &own);
    for (int64_t t = 0; t < m->n && status == PB_STATUS_OK; t++)
        status = pb_results_file_index(&m->table[t], key ? key : own);
    pb_free(own);
    return status;
}

static pb_status merge(merger *m, const char *const *paths, const char *key, const char *output)
{
    pb_results_about about;
    bool is_known = false;
    PB_TRY(PB_NEW(m->table, m->n));
    PB_TRY(PB_NEW(m->at, m->n));
    PB_TRY(read_tables(m, paths, key));
    PB_TRY(pb_results_about_merge(paths, m->n, &about, &is_known));
    PB_TRY(pb_writer_open(output, &m->writer));
    const pb_status status = write_rows(m);
    if (status != PB_STATUS_OK) {
        pb_writer_abort(m->writer);
        return status;
    }
    return pb_results_commit(m->writer, is_known ? &about : NULL, output);
}

pb_status pb_results_merge(const char *const *paths, int64_t n, const char *key, const char *output,
                           pb_results_merged *out)
{
    PB_CHECK_ARG(n >= 1, "there is nothing to merge");
    merger m = {.n = n};
    const pb_status status = merge(&m, paths, key, output);
    for (int64_t t = 0; m.table && t < n; t++)
        pb_results_file_free(&m.table[t]);
    pb_free(m.table);
    pb_free(m.at);
    if (status == PB_STATUS_OK)
        *out = m.merged;
    return status;
}
