#include "results/row.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void pb_row_start(pb_row *row)
{
    memset(row->at, 0, sizeof row->at);
    row->text[0] = '\0';
    row->used = 1;
}

static void put(pb_row *row, pb_column column, const char *text)
{
    const size_t size = strlen(text) + 1;
    PB_ASSERT(row->at[column] == 0 && row->used + size <= PB_ROW_BYTES);
    memcpy(row->text + row->used, text, size);
    row->at[column] = row->used;
    row->used = (uint16_t)(row->used + size);
}

void pb_row_text(pb_row *row, pb_column column, const char *text)
{
    const pb_column_type type = pb_column_get(column)->type;
    PB_ASSERT(type == PB_TYPE_TEXT || type == PB_TYPE_DATE);
    put(row, column, text);
}

void pb_row_whole(pb_row *row, pb_column column, int64_t value)
{
    char text[32];
    PB_ASSERT(pb_column_get(column)->type == PB_TYPE_WHOLE);
    snprintf(text, sizeof text, "%" PRId64, value);
    put(row, column, text);
}

static void fixed(double value, char text[64])
{
    snprintf(text, 64, "%.4f", value);
    if (strcmp(text, "-0.0000") == 0)
        memmove(text, text + 1, strlen(text));
}

static void shortest(double value, char text[64])
{
    for (int digits = 3; digits <= 17; digits++) { /* 3: no exponent for 100 */
        snprintf(text, 60, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

void pb_row_number(pb_row *row, pb_column column, double value)
{
    const pb_column_type type = pb_column_get(column)->type;
    char text[64];
    PB_ASSERT(type == PB_TYPE_MEASURE || type == PB_TYPE_SECONDS || type == PB_TYPE_SHARE || type == PB_TYPE_REAL);
    if (isnan(value))
        return;
    if (type == PB_TYPE_MEASURE || type == PB_TYPE_SECONDS)
        fixed(value, text);
    else
        shortest(value, text);
    if (type == PB_TYPE_SHARE && !strpbrk(text, ".e"))
        strcat(text, ".0");
    put(row, column, text);
}

const char *pb_row_get(const pb_row *row, pb_column column)
{
    return row->text + row->at[column];
}

void pb_row_key(const pb_row *row, const pb_results_layout *layout, char out[PB_KEY_BYTES])
{
    const char *value[PB_N_COLUMNS];
    for (int i = 0; i < layout->n_keys; i++)
        value[i] = pb_row_get(row, layout->key[i]);
    pb_key_text(value, layout->n_keys, out);
}
