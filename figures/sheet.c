/* Sheets in memory. */
#include "figures/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

pb_status pb_sheet_new(int n_rows, int n_columns, pb_sheet *out)
{
    pb_sheet sheet = {.n_columns = n_columns};
    PB_TRY(PB_NEW(sheet.row, n_rows));
    sheet.n_rows = n_rows;
    for (int i = 0; i < n_rows; i++) {
        const pb_status status = PB_NEW(sheet.row[i].tile, n_columns);
        if (status != PB_STATUS_OK) {
            pb_sheet_free(&sheet);
            return status;
        }
    }
    *out = sheet;
    return PB_STATUS_OK;
}

pb_status pb_sheet_add_heads(pb_sheet *sheet, int row)
{
    return PB_NEW(sheet->row[row].head, sheet->n_columns);
}

void pb_sheet_free(pb_sheet *sheet)
{
    for (int i = 0; i < sheet->n_rows; i++) {
        for (int c = 0; c < sheet->n_columns && sheet->row[i].tile; c++)
            pb_image_free(&sheet->row[i].tile[c].picture);
        pb_free(sheet->row[i].tile);
        pb_free(sheet->row[i].head);
    }
    pb_free(sheet->row);
    *sheet = (pb_sheet){.n_rows = 0};
}

void pb_sheet_text(char out[PB_SHEET_TEXT], const char *text)
{
    size_t length = strlen(text);
    if (length >= PB_SHEET_TEXT) {
        length = PB_SHEET_TEXT - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--; /* not within a letter */
    }
    memcpy(out, text, length);
    out[length] = '\0';
    pb_utf8_make_printable(out);
}

void pb_sheet_number(char *out, size_t size, const pb_color_scale *scale, double value)
{
    const double largest = fmax(fabs(scale->low), fabs(scale->high));
    int decimals = 3 - (int)floor(log10(largest > 0 ? largest : 1));
    decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    snprintf(out, size, "%.*f", decimals, value);
}
