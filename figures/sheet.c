/* Sheets in memory, and their way into files. */
#include "figures/sheet.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "figures/sheet_layout.h"
#include "io/file.h"

#define POINTS (72.0 / CLI_SHEET_DPI) /* of a pixel */

pb_status cli_sheet_new(int n_rows, int n_columns, cli_sheet *out)
{
    cli_sheet sheet = {.n_columns = n_columns};
    PB_TRY(PB_NEW(sheet.row, n_rows));
    sheet.n_rows = n_rows;
    for (int i = 0; i < n_rows; i++) {
        const pb_status status = PB_NEW(sheet.row[i].tile, n_columns);
        if (status != PB_STATUS_OK) {
            cli_sheet_free(&sheet);
            return status;
        }
    }
    *out = sheet;
    return PB_STATUS_OK;
}

void cli_sheet_size_cells(cli_sheet *sheet, double aspect)
{
    bool has_bars = false;
    for (int i = 0; i < sheet->n_rows; i++)
        has_bars |= sheet->row[i].has_scale;
    const int fixed = 2 * SHEET_MARGIN + SHEET_GUTTER + (has_bars ? SHEET_BAR : 0);
    int width = (CLI_SHEET_WIDTH - fixed - (sheet->n_columns - 1) * SHEET_GAP) / sheet->n_columns;
    width = width > CLI_SHEET_LARGEST_CELL ? CLI_SHEET_LARGEST_CELL : width;
    width = width < CLI_SHEET_SMALLEST_CELL ? CLI_SHEET_SMALLEST_CELL : width;
    const double height = width * fmin(fmax(aspect, 0.5), 1.5);
    const double room = (double)SHEET_TALLEST / sheet->n_rows - SHEET_ROW_EXTRA;
    const double factor = room >= CLI_SHEET_SMALLEST_CELL ? fmin(1, room / height) : 1;
    sheet->cell_width = (int)lround(width * factor);
    sheet->cell_height = (int)lround(height * factor);
}

pb_status cli_sheet_add_heads(cli_sheet *sheet, int row)
{
    return PB_NEW(sheet->row[row].head, sheet->n_columns);
}

void cli_sheet_free(cli_sheet *sheet)
{
    for (int i = 0; i < sheet->n_rows; i++) {
        for (int c = 0; c < sheet->n_columns && sheet->row[i].tile; c++)
            pb_image_free(&sheet->row[i].tile[c].picture);
        pb_free(sheet->row[i].tile);
        pb_free(sheet->row[i].head);
    }
    pb_free(sheet->row);
    *sheet = (cli_sheet){.n_rows = 0};
}

void cli_sheet_text(char out[CLI_SHEET_TEXT], const char *text)
{
    size_t length = strlen(text);
    if (length >= CLI_SHEET_TEXT) {
        length = CLI_SHEET_TEXT - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--; /* not within a letter */
    }
    memcpy(out, text, length);
    out[length] = '\0';
    pb_utf8_make_printable(out);
}

void cli_sheet_number(char *out, size_t size, const cli_scale *scale, double value)
{
    const double largest = fmax(fabs(scale->low), fabs(scale->high));
    int decimals = 3 - (int)floor(log10(largest > 0 ? largest : 1));
    decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    snprintf(out, size, "%.*f", decimals, value);
}

int cli_sheet_count_pages(const cli_sheet *sheet)
{
    int n = 0;
    for (int first = 0; first < sheet->n_rows; n++)
        first += cli_sheet_page_at(sheet, first).n;
    return n;
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

static pb_status cannot_draw(const char *path, cairo_status_t status)
{
    return pb_fail(status == CAIRO_STATUS_NO_MEMORY ? PB_STATUS_NO_MEMORY : PB_STATUS_OUTPUT, "cannot draw %s: %s",
                   path, cairo_status_to_string(status));
}

typedef struct pdf_output {
    pb_writer *writer;
    pb_status status; /* of the first write that failed */
} pdf_output;

static cairo_status_t write_bytes(void *context, const unsigned char *bytes, unsigned int size)
{
    pdf_output *output = context;
    if (output->status == PB_STATUS_OK)
        output->status = pb_writer_write(output->writer, bytes, size);
    return output->status == PB_STATUS_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_status_t draw_pages(const cli_sheet *sheet, cairo_surface_t *surface)
{
    cairo_t *cairo = cairo_create(surface);
    for (int first = 0; first < sheet->n_rows;) {
        const cli_sheet_page page = cli_sheet_page_at(sheet, first);
        cairo_pdf_surface_set_size(surface, page.width * POINTS, page.height * POINTS);
        cairo_save(cairo);
        cairo_scale(cairo, POINTS, POINTS);
        cli_sheet_draw(sheet, &page, cairo);
        cairo_restore(cairo);
        cairo_show_page(cairo);
        first += page.n;
    }
    const cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    return status;
}

pb_status cli_sheet_write_pdf(const cli_sheet *sheet, const char *path)
{
    pdf_output output = {.status = PB_STATUS_OK};
    PB_TRY(pb_writer_open(path, &output.writer));
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_bytes, &output, 72, 72);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, ""); /* else it is that of today */
    cairo_status_t drawn = draw_pages(sheet, surface);
    cairo_surface_finish(surface);
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (output.status == PB_STATUS_OK && drawn == CAIRO_STATUS_SUCCESS)
        return pb_writer_commit(output.writer);
    pb_writer_abort(output.writer);
    return output.status != PB_STATUS_OK ? output.status : cannot_draw(path, drawn);
}

/* The surface's pixels are native 0x00RRGGBB. */
static void take_pixels(cairo_surface_t *surface, pb_image *image)
{
    const unsigned char *pixels = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            uint32_t pixel;
            memcpy(&pixel, pixels + y * stride + x * (int64_t)sizeof pixel, sizeof pixel);
            uint8_t *rgb = image->rgb + (y * image->width + x) * 3;
            rgb[0] = (uint8_t)(pixel >> 16);
            rgb[1] = (uint8_t)(pixel >> 8);
            rgb[2] = (uint8_t)pixel;
        }
}

static pb_status write_page(const cli_sheet *sheet, const cli_sheet_page *page, const char *path)
{
    pb_image image = {0};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, page->width, page->height);
    cairo_t *cairo = cairo_create(surface);
    cli_sheet_draw(sheet, page, cairo);
    const cairo_status_t drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    pb_status status =
        drawn == CAIRO_STATUS_SUCCESS ? pb_image_new(page->width, page->height, &image) : cannot_draw(path, drawn);
    if (status == PB_STATUS_OK) {
        take_pixels(surface, &image);
        status = pb_image_write_png(&image, path);
    }
    cairo_surface_destroy(surface);
    pb_image_free(&image);
    return status;
}

pb_status cli_sheet_write_png(const cli_sheet *sheet, const char *path)
{
    const size_t size = strlen(path) + 16;
    const int stem = (int)(strlen(path) - strlen(".png"));
    int number = 1;
    char *name;
    PB_TRY(PB_NEW(name, size));
    pb_status status = PB_STATUS_OK;
    for (int first = 0; first < sheet->n_rows && status == PB_STATUS_OK; number++) {
        const cli_sheet_page page = cli_sheet_page_at(sheet, first);
        if (number == 1)
            snprintf(name, size, "%s", path);
        else
            snprintf(name, size, "%.*s-%d.png", stem, path, number);
        status = write_page(sheet, &page, name);
        first += page.n;
    }
    pb_free(name);
    return status;
}
