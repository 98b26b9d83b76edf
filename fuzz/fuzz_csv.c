/* Any bytes are an error, or a table whose fields are all strings. */
#include "fuzz.h"

#include <string.h>

#include "io/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    pb_csv_table table = {0};
    const pb_status status = pb_csv_parse((const char *)bytes, size, "1cls.csv", ',', &table);
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
