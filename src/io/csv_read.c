/* Reading CSV: the text is split in place, fields are pointers into it. */
#include "io/csv.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"

typedef struct csv_reader {
    char *at;
    const char *path;
    char separator;
    int64_t line;
    char **field; /* all fields so far */
    int64_t n, capacity;
    int64_t *row_line; /* of all rows so far, the first included */
    int64_t n_lines, line_capacity;
    bool is_open; /* the text ended within a row */
} csv_reader;

static pb_status push_field(csv_reader *reader, char *field)
{
    PB_TRY(PB_RESERVE(reader->field, reader->n + 1, reader->capacity));
    reader->field[reader->n++] = field;
    return PB_STATUS_OK;
}

static pb_status push_line(csv_reader *reader, int64_t line)
{
    PB_TRY(PB_RESERVE(reader->row_line, reader->n_lines + 1, reader->line_capacity));
    reader->row_line[reader->n_lines++] = line;
    return PB_STATUS_OK;
}

/* A field in quotes, doubled quotes made single in place. */
static pb_status read_quoted(csv_reader *reader)
{
    const int64_t line = reader->line;
    char *field = ++reader->at, *end = field;
    for (;; reader->at++) {
        if (*reader->at == '\0')
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line %" PRId64 ": a quote does not end", reader->path, line);
        if (*reader->at == '"' && *++reader->at != '"')
            break;
        reader->line += *reader->at == '\n';
        *end++ = *reader->at;
    }
    PB_TRY(push_field(reader, field));
    const char next = *reader->at;
    if (next != reader->separator && next != '\r' && next != '\n' && next != '\0')
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line %" PRId64 ": text behind a closing quote", reader->path,
                       reader->line);
    *end = '\0'; /* at or before the closing quote */
    return PB_STATUS_OK;
}

static pb_status read_plain(csv_reader *reader)
{
    const char ends[] = {reader->separator, '\r', '\n', '\0'};
    char *field = reader->at;
    reader->at += strcspn(reader->at, ends);
    return push_field(reader, field);
}

/* The fields of one line; they end where the separators stood. */
static pb_status read_row(csv_reader *reader)
{
    for (;;) {
        PB_TRY(*reader->at == '"' ? read_quoted(reader) : read_plain(reader));
        char *end = reader->at;
        const char c = *end;
        reader->is_open = c == '\0';
        if (c == '\0')
            return PB_STATUS_OK;
        *end = '\0';
        reader->at++;
        if (c == reader->separator)
            continue;
        if (c == '\r' && *reader->at == '\n')
            reader->at++;
        reader->line++;
        return PB_STATUS_OK;
    }
}

static pb_status read_rows(csv_reader *reader, int64_t *n_columns)
{
    while (*reader->at) {
        if (*reader->at == '\r' || *reader->at == '\n') {
            reader->line += *reader->at++ == '\n';
            continue;
        }
        const int64_t before = reader->n, line = reader->line;
        PB_TRY(push_line(reader, line));
        PB_TRY(read_row(reader));
        if (before == 0)
            *n_columns = reader->n;
        else if (reader->n - before != *n_columns)
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s, line %" PRId64 ": %" PRId64 " fields, the first line has %" PRId64 "%s", reader->path,
                           line, reader->n - before, *n_columns,
                           reader->is_open ? "; the file ends within this row, which was not written whole" : "");
    }
    if (reader->n == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is empty", reader->path);
    return PB_STATUS_OK;
}

pb_status pb_csv_parse(char *text, const char *path, char separator, pb_csv_table *out)
{
    pb_csv_table table = {.text = text};
    csv_reader reader = {.at = table.text, .path = path, .separator = separator, .line = 1};
    if (strncmp(reader.at, "\xef\xbb\xbf", 3) == 0)
        reader.at += 3;
    const pb_status status = read_rows(&reader, &table.n_columns);
    table.name = reader.field;
    table.line = reader.row_line;
    table.is_open = reader.is_open;
    if (status != PB_STATUS_OK) {
        pb_csv_table_free(&table);
        return status;
    }
    table.field = table.name + table.n_columns;
    table.n_rows = reader.n / table.n_columns - 1;
    for (int64_t i = 0; i < reader.n; i++)
        if (*reader.field[i] == PB_CSV_GUARD && pb_csv_is_guarded(reader.field[i] + 1))
            reader.field[i]++;
    memmove(table.line, table.line + 1, (size_t)table.n_rows * sizeof *table.line);
    *out = table;
    return PB_STATUS_OK;
}

pb_status pb_csv_read(const char *path, size_t max_bytes, char separator, pb_csv_table *out)
{
    uint8_t *bytes;
    size_t size;
    PB_TRY(pb_file_read_stream(path, max_bytes, &bytes, &size));
    if (strlen((char *)bytes) != size) {
        pb_free(bytes);
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s is not text: it has a NUL byte", path);
    }
    return pb_csv_parse((char *)bytes, path, separator, out);
}

pb_status pb_csv_column(const pb_csv_table *table, const char *name, const char *path, int64_t *out)
{
    for (int64_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->name[i], name) == 0) {
            *out = i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s has no column \"%s\"", path, name);
}

void pb_csv_table_free(pb_csv_table *table)
{
    if (!table)
        return;
    pb_free(table->name);
    pb_free(table->line);
    pb_free(table->text);
    *table = (pb_csv_table){0};
}
