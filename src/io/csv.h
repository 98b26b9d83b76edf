/* CSV by RFC 4180: fields with separator, quote or line break are quoted. */
#ifndef PB_IO_CSV_H
#define PB_IO_CSV_H

#include <stdbool.h>

#include "io/file.h"

/* A spreadsheet runs a cell that begins with = + - @ as a formula, in quotes or not. Text that does, and is no number, gets this
 * before it, as does text that would be taken for such; pb_csv_read() takes it away. */
#define PB_CSV_GUARD '\''
bool pb_csv_is_guarded(const char *text);

/* One field; `separator` before it unless `first`. */
pb_status pb_csv_text(pb_writer *writer, bool first, char separator, const char *text);
pb_status pb_csv_number(pb_writer *writer, bool first, char separator, double value); /* shortest round-trip form */
pb_status pb_csv_end_row(pb_writer *writer);                                          /* "\r\n" per RFC 4180 */

/* Makes the decimal point of a number that printf() wrote, in the program's locale, a '.'. */
void pb_use_decimal_point(char *text);

/* A table in memory: the first row names the columns, every other has as many fields. */
typedef struct pb_csv_table {
    int64_t n_rows, n_columns; /* rows without the first */
    char **name;               /* n_columns */
    char **field;              /* n_rows x n_columns */
    char *text;                /* where all of them stand */
    int64_t *line;             /* n_rows: of the file, from 1, where each row begins */
    bool is_open;              /* the last row has no line end: it may have been written in part */
} pb_csv_table;

/* Reads a file, or a pipe, of at most max_bytes: RFC 4180, also with "\n" line ends and a byte order mark; empty lines are skipped. */
pb_status pb_csv_read(const char *path, size_t max_bytes, char separator, pb_csv_table *out);
/* The same from a text of pb_malloc(), which *out owns afterwards; it is freed on failure, too. */
pb_status pb_csv_parse(char *text, const char *path, char separator, pb_csv_table *out);
/* The column called `name`; PB_STATUS_BAD_FORMAT where there is none. */
pb_status pb_csv_column(const pb_csv_table *table, const char *name, const char *path, int64_t *out);
/* Accepts NULL and zeroed tables. */
void pb_csv_table_free(pb_csv_table *table);

#endif
