#include "tables/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/csv.h"

/* ---- texts ---- */

char *pb_table_textf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    PB_ASSERT(length >= 0);
    char *text = pb_calloc((size_t)length + 1, 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

static bool is_zero(const char *text)
{
    return !strpbrk(text, "123456789");
}

void pb_table_number(pb_column_kind kind, int decimals, double value, char out[PB_NUMBER_BYTES])
{
    out[0] = '\0';
    if (!isfinite(value))
        return;
    if (kind == PB_FORMAT_PROBABILITY && value > 0 && value < 1e-3)
        snprintf(out, PB_NUMBER_BYTES, "%.1e", value);
    else if (kind == PB_FORMAT_SIGNED)
        snprintf(out, PB_NUMBER_BYTES, "%+.*f", decimals, value);
    else
        snprintf(out, PB_NUMBER_BYTES, "%.*f", decimals, value);
    pb_use_decimal_point(out);
    if ((out[0] == '-' || out[0] == '+') && is_zero(out))
        memmove(out, out + 1, strlen(out));
}

/* ---- building ---- */

static bool failed(const pb_table *table)
{
    return table->status != PB_STATUS_OK;
}

/* Has the table failed, or does it with this status? */
static bool fails(pb_table *table, pb_status status)
{
    if (!failed(table))
        table->status = status;
    return failed(table);
}

pb_status pb_table_new(const char *id, pb_table **out)
{
    pb_table *table;
    PB_TRY(PB_NEW(table, 1));
    if (fails(table, PB_NEW_STRING(table->id, id)) || fails(table, PB_NEW_STRING(table->title, "")) ||
        fails(table, PB_NEW_STRING(table->caption, ""))) {
        pb_table_free(table);
        return PB_STATUS_NO_MEMORY;
    }
    *out = table;
    return PB_STATUS_OK;
}

pb_status pb_table_status(const pb_table *table)
{
    return table->status;
}

const char *pb_table_id(const pb_table *table)
{
    return table->id;
}

const char *pb_table_title(const pb_table *table)
{
    return table->title;
}

static void take(pb_table *table, char **place, char *text)
{
    if (fails(table, text ? PB_STATUS_OK : PB_STATUS_NO_MEMORY)) {
        pb_free(text);
        return;
    }
    pb_free(*place);
    *place = text;
}

void pb_table_set_title(pb_table *table, char *title)
{
    take(table, &table->title, title);
}

void pb_table_set_caption(pb_table *table, char *caption)
{
    take(table, &table->caption, caption);
}

void pb_table_set_policy(pb_table *table, char *policy)
{
    take(table, &table->policy, policy);
}

/* Room for one more of `n` elements, zeroed. */
static pb_status grow(void **array, int64_t n, size_t size)
{
    char *more = pb_realloc(*array, (size_t)n + 1, size);
    if (!more)
        return PB_STATUS_NO_MEMORY;
    memset(more + (size_t)n * size, 0, size);
    *array = more;
    return PB_STATUS_OK;
}

#define GROW(array, n) grow((void **)&(array), n, sizeof *(array))

void pb_table_add_note(pb_table *table, char *note)
{
    if (!note || fails(table, GROW(table->note, table->n_notes))) {
        (void)fails(table, PB_STATUS_NO_MEMORY);
        pb_free(note);
        return;
    }
    table->note[table->n_notes++] = note;
}

void pb_table_add_column(pb_table *table, const char *group, const char *head, pb_column_kind kind, pb_column_best best,
                         int decimals, const pb_table_scope *scope)
{
    PB_ASSERT(table->n_rows == 0);
    if (failed(table) || fails(table, GROW(table->column, table->n_columns)))
        return;
    pb_table_column *column = &table->column[table->n_columns++];
    column->kind = kind;
    column->best = best;
    column->decimals = decimals;
    if (scope)
        column->scope = *scope;
    if (!fails(table, PB_NEW_STRING(column->group, group)))
        (void)fails(table, PB_NEW_STRING(column->head, head));
}

/* Puts a copy of `text` into *place. */
static void put(pb_table *table, char **place, const char *text)
{
    pb_free(*place);
    *place = NULL;
    (void)fails(table, PB_NEW_STRING(*place, text));
}

void pb_table_name_column(pb_table *table, const char *name)
{
    if (!failed(table))
        put(table, &table->column[table->n_columns - 1].name, name);
}

void pb_table_name_group(pb_table *table, const char *name)
{
    if (!failed(table))
        put(table, &table->row[table->n_rows - 1].name, name);
}

void pb_table_add_row(pb_table *table, const char *group, bool contest, const pb_table_scope *scope)
{
    if (failed(table) || fails(table, GROW(table->row, table->n_rows)))
        return;
    int64_t n_cells;
    if (fails(table, pb_size_multiply(table->n_rows + 1, table->n_columns, "the cells of a table", &n_cells)))
        return;
    pb_table_row *row = &table->row[table->n_rows];
    pb_table_cell *cells = pb_realloc(table->cell, (size_t)n_cells, sizeof *cells);
    if (fails(table, cells ? PB_STATUS_OK : PB_STATUS_NO_MEMORY))
        return;
    table->cell = cells;
    for (int64_t j = 0; j < table->n_columns; j++)
        cells[table->n_rows * table->n_columns + j] = (pb_table_cell){.value = (double)NAN, .second = (double)NAN};
    table->n_rows++; /* from here on its texts are freed with the table */
    row->contest = contest;
    if (scope)
        row->scope = *scope;
    (void)fails(table, PB_NEW_STRING(row->group, group));
}

/* A cell of the last row. */
static pb_table_cell *last(pb_table *table, int64_t column)
{
    PB_ASSERT(table->n_rows > 0 && column >= 0 && column < table->n_columns);
    return &table->cell[(table->n_rows - 1) * table->n_columns + column];
}

void pb_table_set_text(pb_table *table, int64_t column, const char *text)
{
    if (!failed(table))
        put(table, &last(table, column)->text, text);
}

void pb_table_set_method(pb_table *table, int64_t column, const char *method, const char *more)
{
    char label[PB_METHOD_LABEL_BYTES], text[2 * PB_METHOD_LABEL_BYTES];
    pb_study_method_label(method, label, sizeof label);
    snprintf(text, sizeof text, "%s%s", label, more);
    pb_table_set_text(table, column, text);
    snprintf(text, sizeof text, "%s%s", method, more);
    if (!failed(table))
        put(table, &last(table, column)->name, text);
}

void pb_table_set_value(pb_table *table, int64_t column, double value)
{
    pb_table_set_pair(table, column, value, (double)NAN);
}

void pb_table_set_pair(pb_table *table, int64_t column, double value, double second)
{
    if (failed(table))
        return;
    pb_table_cell *cell = last(table, column);
    cell->value = value;
    cell->second = second;
}

void pb_table_set_partial(pb_table *table, int64_t column)
{
    if (!failed(table))
        last(table, column)->partial = true;
}

const pb_table_cell *pb_table_at(const pb_table *table, int64_t row, int64_t column)
{
    return &table->cell[row * table->n_columns + column];
}

void pb_table_free(pb_table *table)
{
    if (!table)
        return;
    for (int64_t i = 0; i < table->n_rows * table->n_columns; i++) {
        pb_free(table->cell[i].text);
        pb_free(table->cell[i].name);
    }
    for (int64_t i = 0; i < table->n_rows; i++) {
        pb_free(table->row[i].group);
        pb_free(table->row[i].name);
    }
    for (int64_t i = 0; i < table->n_columns; i++) {
        pb_free(table->column[i].group);
        pb_free(table->column[i].head);
        pb_free(table->column[i].name);
    }
    for (int64_t i = 0; i < table->n_notes; i++)
        pb_free(table->note[i]);
    pb_free(table->note);
    pb_free(table->cell);
    pb_free(table->row);
    pb_free(table->column);
    pb_free(table->caption);
    pb_free(table->policy);
    pb_free(table->title);
    pb_free(table->id);
    pb_free(table);
}

/* ---- the best ---- */

/* The value as it is shown, so that numbers that look the same count as equal: the text, read back in the locale that wrote it. */
static double shown(const pb_table_column *column, double value)
{
    char text[PB_NUMBER_BYTES];
    snprintf(text, sizeof text, "%.*f", column->decimals, value);
    return strtod(text, NULL);
}

static bool competes(const pb_table *table, int64_t row, int64_t column)
{
    const pb_table_cell *cell = pb_table_at(table, row, column);
    return table->row[row].contest && !cell->partial && isfinite(cell->value);
}

static void mark_group(pb_table *table, int64_t column, int64_t first, int64_t end)
{
    const pb_table_column *rule = &table->column[column];
    const double sign = rule->best == PB_BEST_LOWEST ? -1 : 1;
    double highest = -(double)INFINITY, lowest = (double)INFINITY;
    for (int64_t i = first; i < end; i++)
        if (competes(table, i, column)) {
            const double value = sign * shown(rule, pb_table_at(table, i, column)->value);
            highest = fmax(highest, value);
            lowest = fmin(lowest, value);
        }
    if (highest <= lowest)
        return;
    for (int64_t i = first; i < end; i++)
        table->cell[i * table->n_columns + column].best =
            competes(table, i, column) && sign * shown(rule, pb_table_at(table, i, column)->value) >= highest;
}

void pb_table_mark_best(pb_table *table)
{
    if (failed(table) || table->is_unmarked)
        return;
    for (int64_t first = 0, end; first < table->n_rows; first = end) {
        for (end = first + 1; end < table->n_rows && strcmp(table->row[end].group, table->row[first].group) == 0;)
            end++;
        for (int64_t column = 0; column < table->n_columns; column++)
            if (table->column[column].best != PB_BEST_NONE)
                mark_group(table, column, first, end);
    }
}
