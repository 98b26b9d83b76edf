/* Markdown and CSV, and what all formats share. */
#include "tables/table_formats.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "io/csv.h"

enum { SEPARATOR = ';' };

pb_cell_text pb_table_cell_text(const pb_table *table, int64_t row, int64_t column)
{
    const pb_table_cell *cell = pb_table_at(table, row, column);
    const pb_table_column *form = &table->column[column];
    pb_cell_text text = {{0}, {0}};
    pb_table_number(form->kind, form->decimals, cell->value, text.value);
    pb_table_number(form->kind, form->decimals, cell->second, text.second);
    return text;
}

bool pb_table_begins_group(const pb_table *table, int64_t i)
{
    return *table->row[i].group && (i == 0 || strcmp(table->row[i].group, table->row[i - 1].group) != 0);
}

int64_t pb_table_group_width(const pb_table *table, int64_t j)
{
    int64_t width = 1;
    while (j + width < table->n_columns && strcmp(table->column[j + width].group, table->column[j].group) == 0)
        width++;
    return width;
}

bool pb_table_has_column_groups(const pb_table *table)
{
    for (int64_t j = 0; j < table->n_columns; j++)
        if (*table->column[j].group)
            return true;
    return false;
}

static bool has_row_groups(const pb_table *table)
{
    for (int64_t i = 0; i < table->n_rows; i++)
        if (*table->row[i].group)
            return true;
    return false;
}

bool pb_table_has_partial(const pb_table *table)
{
    for (int64_t i = 0; i < table->n_rows * table->n_columns; i++)
        if (table->cell[i].partial)
            return true;
    return false;
}

uint32_t pb_table_visible(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029)
        return ' ';
    return code == PB_UTF8_REPLACEMENT || pb_utf8_turns_direction(code) ? '?' : code;
}

/* ---- Markdown ---- */

/* GitHub's dialect. Underscores within a word mean nothing there, so that loo_patch stays readable. */
static pb_status write_markdown_text(pb_writer *writer, const char *text)
{
    uint32_t previous = ' ';
    char bytes[4];
    while (*text) {
        const uint32_t code = pb_table_visible(pb_utf8_next(&text));
        const bool inner = code == '_' && previous < 0x80 && isalnum((int)previous) && isalnum((unsigned char)*text);
        if (code < 0x80 && strchr("\\`*_{}[]<>|~", (int)code) && !inner)
            PB_TRY(pb_writer_write(writer, "\\", 1));
        PB_TRY(code == '&' ? pb_writer_write(writer, "&amp;", 5)
                           : pb_writer_write(writer, bytes, (size_t)pb_utf8_encode(code, bytes)));
        previous = code;
    }
    return PB_STATUS_OK;
}

static pb_status write_markdown_cell(const pb_table *table, int64_t i, int64_t j, pb_writer *writer)
{
    const pb_table_cell *cell = pb_table_at(table, i, j);
    const pb_table_column *column = &table->column[j];
    const pb_cell_text text = pb_table_cell_text(table, i, j);
    const char *bold = cell->best ? "**" : "", *mark = cell->partial ? "\\*" : "";
    PB_TRY(pb_writer_printf(writer, " "));
    if (column->kind == PB_FORMAT_TEXT)
        return write_markdown_text(writer, cell->text ? cell->text : "");
    if (!*text.value)
        return pb_writer_printf(writer, "–");
    if (column->kind == PB_FORMAT_INTERVAL)
        return pb_writer_printf(writer, "%s%s to %s%s%s", bold, text.value, text.second, bold, mark);
    if (*text.second)
        return pb_writer_printf(writer, "%s%s%s ± %s%s", bold, text.value, bold, text.second, mark);
    return pb_writer_printf(writer, "%s%s%s%s", bold, text.value, bold, mark);
}

static pb_status write_markdown_head(const pb_table *table, pb_writer *writer)
{
    for (int64_t j = 0; j < table->n_columns; j++) {
        const pb_table_column *column = &table->column[j];
        PB_TRY(pb_writer_printf(writer, "| "));
        PB_TRY(write_markdown_text(writer, column->group));
        PB_TRY(pb_writer_printf(writer, *column->group && *column->head ? " " : ""));
        PB_TRY(write_markdown_text(writer, column->head));
        PB_TRY(pb_writer_printf(writer, " "));
    }
    PB_TRY(pb_writer_printf(writer, "|\n"));
    for (int64_t j = 0; j < table->n_columns; j++)
        PB_TRY(pb_writer_printf(writer, table->column[j].kind == PB_FORMAT_TEXT ? "|---" : "|--:"));
    return pb_writer_printf(writer, "|\n");
}

static pb_status write_markdown_row(const pb_table *table, int64_t i, pb_writer *writer)
{
    if (pb_table_begins_group(table, i)) {
        PB_TRY(pb_writer_printf(writer, "| *"));
        PB_TRY(write_markdown_text(writer, table->row[i].group));
        PB_TRY(pb_writer_printf(writer, "* "));
        for (int64_t j = 1; j < table->n_columns; j++)
            PB_TRY(pb_writer_printf(writer, "| "));
        PB_TRY(pb_writer_printf(writer, "|\n"));
    }
    for (int64_t j = 0; j < table->n_columns; j++) {
        PB_TRY(pb_writer_printf(writer, "|"));
        PB_TRY(write_markdown_cell(table, i, j, writer));
        PB_TRY(pb_writer_printf(writer, " "));
    }
    return pb_writer_printf(writer, "|\n");
}

static pb_status write_markdown(const pb_table *table, pb_writer *writer)
{
    PB_TRY(pb_writer_printf(writer, "**"));
    PB_TRY(write_markdown_text(writer, table->title));
    PB_TRY(pb_writer_printf(writer, ".** "));
    PB_TRY(write_markdown_text(writer, table->caption));
    PB_TRY(pb_writer_printf(writer, "\n\n"));
    PB_TRY(write_markdown_head(table, writer));
    for (int64_t i = 0; i < table->n_rows; i++)
        PB_TRY(write_markdown_row(table, i, writer));
    for (int64_t i = 0; i < table->n_notes; i++) {
        PB_TRY(pb_writer_printf(writer, "\n"));
        PB_TRY(write_markdown_text(writer, table->note[i]));
        PB_TRY(pb_writer_printf(writer, "\n"));
    }
    return pb_table_has_partial(table) ? pb_writer_printf(writer, "\n\\%s\n", PB_TABLE_PARTIAL_NOTE) : PB_STATUS_OK;
}

/* ---- CSV ---- */

/* "disjoint c = 0.1" -> "disjoint_c_0.1" */
static void append_name(char *name, size_t size, const char *text)
{
    size_t n = strlen(name);
    while (*text && n + 2 < size) {
        const char *start = text;
        const uint32_t code = pb_utf8_next(&text);
        const bool word = code < 0x80 ? isalnum((int)code) || code == '.' : code != PB_UTF8_REPLACEMENT;
        if (!word) {
            if (n > 0 && name[n - 1] != '_')
                name[n++] = '_';
        } else if (n + (size_t)(text - start) + 1 < size) {
            for (; start < text; start++)
                name[n++] = (char)tolower((unsigned char)*start);
        }
    }
    while (n > 0 && name[n - 1] == '_')
        n--;
    name[n] = '\0';
}

static pb_status write_names(const pb_table_column *column, bool first, pb_writer *writer)
{
    static const char *const suffixes[][2] = {
        [PB_FORMAT_SPREAD] = {"_mean", "_sd"}, [PB_FORMAT_INTERVAL] = {"_low", "_high"}};
    char name[256] = "", whole[272];
    append_name(name, sizeof name, column->group);
    if (*name && *column->head)
        strcat(name, "_");
    append_name(name, sizeof name, column->name ? column->name : column->head);
    if (column->kind != PB_FORMAT_SPREAD && column->kind != PB_FORMAT_INTERVAL)
        return pb_csv_text(writer, first, SEPARATOR, name);
    for (int i = 0; i < 2; i++) {
        snprintf(whole, sizeof whole, "%s%s", name, suffixes[column->kind][i]);
        PB_TRY(pb_csv_text(writer, first && i == 0, SEPARATOR, whole));
    }
    return PB_STATUS_OK;
}

static pb_status write_fields(const pb_table *table, int64_t i, int64_t j, bool first, pb_writer *writer)
{
    const pb_table_column *column = &table->column[j];
    const pb_table_cell *cell = pb_table_at(table, i, j);
    const char *words = cell->name ? cell->name : cell->text;
    const pb_cell_text text = pb_table_cell_text(table, i, j);
    PB_TRY(pb_csv_text(writer, first, SEPARATOR, column->kind != PB_FORMAT_TEXT ? text.value : words ? words : ""));
    return column->kind == PB_FORMAT_SPREAD || column->kind == PB_FORMAT_INTERVAL
               ? pb_csv_text(writer, false, SEPARATOR, text.second)
               : PB_STATUS_OK;
}

static pb_status write_csv(const pb_table *table, pb_writer *writer)
{
    const bool grouped = has_row_groups(table);
    if (grouped)
        PB_TRY(pb_csv_text(writer, true, SEPARATOR, "group"));
    for (int64_t j = 0; j < table->n_columns; j++)
        PB_TRY(write_names(&table->column[j], !grouped && j == 0, writer));
    PB_TRY(pb_csv_end_row(writer));
    for (int64_t i = 0; i < table->n_rows; i++) {
        if (grouped)
            PB_TRY(pb_csv_text(writer, true, SEPARATOR, table->row[i].name ? table->row[i].name : table->row[i].group));
        for (int64_t j = 0; j < table->n_columns; j++)
            PB_TRY(write_fields(table, i, j, !grouped && j == 0, writer));
        PB_TRY(pb_csv_end_row(writer));
    }
    return PB_STATUS_OK;
}

/* ---- files ---- */

const char *pb_table_suffix(pb_table_format format)
{
    static const char *const suffixes[] = {
        [PB_TABLE_LATEX] = ".tex", [PB_TABLE_MARKDOWN] = ".md", [PB_TABLE_CSV] = ".csv"};
    return (int)format >= 0 && format <= PB_TABLE_CSV ? suffixes[format] : "";
}

pb_status pb_table_write(const pb_table *table, pb_table_format format, const char *path)
{
    static pb_status (*const write[])(const pb_table *, pb_writer *) = {
        [PB_TABLE_LATEX] = pb_table_write_latex, [PB_TABLE_MARKDOWN] = write_markdown, [PB_TABLE_CSV] = write_csv};
    PB_CHECK_ARG(table && path && (int)format >= 0 && format <= PB_TABLE_CSV,
                 "pb_table_write() needs a table, a format and a path");
    PB_TRY(pb_table_status(table));
    pb_writer *writer;
    PB_TRY(pb_writer_open(path, &writer));
    const pb_status status = write[format](table, writer);
    if (status == PB_STATUS_OK)
        return pb_writer_commit(writer);
    pb_writer_abort(writer);
    return status;
}
