/* Tables as files. */
#ifndef PB_TABLES_TABLE_FORMATS_H
#define PB_TABLES_TABLE_FORMATS_H

#include "io/file.h"
#include "tables/table.h"

/* The plain texts of a cell's numbers; `second` is "" where there is none. */
typedef struct pb_cell_text {
    char value[PB_NUMBER_BYTES], second[PB_NUMBER_BYTES];
} pb_cell_text;

pb_cell_text pb_table_cell_text(const pb_table *table, int64_t row, int64_t column);

/* What text files show of a code point: blanks for control characters, ? for what is no UTF-8 or would turn the direction of
 * reading. CSV is for programs and keeps every byte. */
uint32_t pb_table_visible(uint32_t code);

/* Does row i begin a group with a name? */
bool pb_table_begins_group(const pb_table *table, int64_t i);
/* How many columns from j on have the group of j. */
int64_t pb_table_group_width(const pb_table *table, int64_t j);
bool pb_table_has_column_groups(const pb_table *table);
/* Is a cell marked as covering fewer categories than its neighbours? */
bool pb_table_has_partial(const pb_table *table);

#define PB_TABLE_PARTIAL_NOTE "* over fewer categories than the other methods: not to be compared with them."

pb_status pb_table_write_latex(const pb_table *table, pb_writer *writer);

#endif
