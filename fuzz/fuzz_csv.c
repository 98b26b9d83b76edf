/* Any bytes are an error, or a table whose fields are all strings. */
#include "fuzz.h"

#include <string.h>

#include "base/memory.h"
#include "io/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pb_csv_table table = {0};
    char *text = pb_malloc(size + 1, 1);
    FUZZ_CHECK(text);
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    const pb_status status = pb_csv_parse(text, "1cls.csv", ',', &table);
    FUZZ_CHECK(status != PB_STATUS_OK || (table.n_columns >= 1 && table.n_rows >= 0));
    size_t length = 0;
    for (int64_t i = 0; i < table.n_columns; i++)
        length += strlen(table.name[i]);
    for (int64_t i = 0; i < table.n_rows * table.n_columns; i++)
        length += strlen(table.field[i]);
    FUZZ_CHECK(length <= size);
    pb_csv_table_free(&table);
    fuzz_check_end(status);
    return 0;
}
