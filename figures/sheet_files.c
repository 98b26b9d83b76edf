#include "figures/sheet_files.h"

#include <cairo-pdf.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "figures/sheet_pages.h"
#include "io/file.h"

#define POINTS (72.0 / PB_SHEET_DPI) /* of a pixel */

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

static cairo_status_t draw_pages(const pb_sheet *sheet, cairo_surface_t *surface)
{
    cairo_t *cairo = cairo_create(surface);
    for (int first = 0; first < sheet->n_rows;) {
        const pb_sheet_page page = pb_sheet_page_at(sheet, first);
        cairo_pdf_surface_set_size(surface, page.width * POINTS, page.height * POINTS);
        cairo_save(cairo);
        cairo_scale(cairo, POINTS, POINTS);
        pb_sheet_draw(sheet, &page, cairo);
        cairo_restore(cairo);
        cairo_show_page(cairo);
        first += page.n;
    }
    const cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    return status;
}

pb_status pb_sheet_write_pdf(const pb_sheet *sheet, const char *path)
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

static pb_status write_page(const pb_sheet *sheet, const pb_sheet_page *page, const char *path)
{
    pb_image image = {0};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, page->width, page->height);
    cairo_t *cairo = cairo_create(surface);
    pb_sheet_draw(sheet, page, cairo);
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

pb_status pb_sheet_write_png(const pb_sheet *sheet, const char *path)
{
    const size_t size = strlen(path) + 16;
    const int stem = (int)(strlen(path) - strlen(".png"));
    int number = 1;
    char *name;
    PB_TRY(PB_NEW(name, size));
    pb_status status = PB_STATUS_OK;
    for (int first = 0; first < sheet->n_rows && status == PB_STATUS_OK; number++) {
        const pb_sheet_page page = pb_sheet_page_at(sheet, first);
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
