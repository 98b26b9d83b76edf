#include "figures/drawing.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "figures/font.h"
#include "figures/style.h"

static pb_drawing_mark *add(pb_drawing *drawing)
{
    if (drawing->status != PB_STATUS_OK)
        return NULL;
    drawing->status = PB_RESERVE(drawing->mark, drawing->n + 1, drawing->capacity);
    return drawing->status == PB_STATUS_OK ? &drawing->mark[drawing->n++] : NULL;
}

void pb_drawing_line(pb_drawing *drawing, double x, double y, double x_end, double y_end, double points,
                     const char *color)
{
    pb_drawing_mark *mark = add(drawing);
    if (mark)
        *mark = (pb_drawing_mark){x, y, x_end, y_end, points, PB_TEXT_LEFT, color, NULL};
}

void pb_drawing_text(pb_drawing *drawing, double x, double y, pb_text_align align, double points, const char *color,
                     const char *text)
{
    pb_drawing_mark *mark = add(drawing);
    if (!mark)
        return;
    *mark = (pb_drawing_mark){x, y, x, y, points, align, color, pb_strdup(text)};
    if (!mark->text) {
        drawing->n--;
        drawing->status = PB_STATUS_NO_MEMORY;
    }
}

void pb_drawing_free(pb_drawing *drawing)
{
    for (int64_t i = 0; i < drawing->n; i++)
        pb_free(drawing->mark[i].text);
    pb_free(drawing->mark);
    *drawing = (pb_drawing){0};
}

static void set_color(cairo_t *cairo, const char *color)
{
    const unsigned long rgb = strtoul(color + 1, NULL, 16);
    cairo_set_source_rgb(cairo, (double)(rgb >> 16 & 255) / 255, (double)(rgb >> 8 & 255) / 255,
                         (double)(rgb & 255) / 255);
}

/* The middle of small letters stands at y, whatever letters there are. */
#define MIDDLE 0.36 /* of the font's size: half the height of capitals */

static void draw_text(cairo_t *cairo, const pb_drawing_mark *mark)
{
    const double size = mark->size / PB_FIGURE_PT_PER_MM, width = pb_text_width(mark->text, mark->size, false);
    cairo_set_font_size(cairo, size);
    cairo_move_to(cairo, mark->x - 0.5 * (double)mark->align * width, mark->y + MIDDLE * size);
    cairo_show_text(cairo, mark->text);
}

/* In mm; the caller has scaled. */
static void draw_marks(const pb_drawing *drawing, cairo_t *cairo)
{
    cairo_select_font_face(cairo, PB_FIGURE_FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    for (int64_t i = 0; i < drawing->n; i++) {
        const pb_drawing_mark *mark = &drawing->mark[i];
        set_color(cairo, mark->color);
        if (mark->text) {
            draw_text(cairo, mark);
            continue;
        }
        cairo_set_line_width(cairo, mark->size / PB_FIGURE_PT_PER_MM);
        cairo_move_to(cairo, mark->x, mark->y);
        cairo_line_to(cairo, mark->x_end, mark->y_end);
        cairo_stroke(cairo);
    }
}

static cairo_status_t collect(void *text, const unsigned char *bytes, unsigned int size)
{
    pb_text_add_bytes(text, bytes, size);
    return CAIRO_STATUS_SUCCESS;
}

static pb_status check(const pb_drawing *drawing, cairo_status_t status, const pb_text *out)
{
    PB_TRY(drawing->status);
    PB_TRY(out->status);
    if (status != CAIRO_STATUS_SUCCESS)
        return pb_fail(PB_STATUS_OUTPUT, "Cairo cannot draw the diagram: %s", cairo_status_to_string(status));
    return PB_STATUS_OK;
}

pb_status pb_drawing_to_pdf(const pb_drawing *drawing, double width, double height, pb_text *out)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(collect, out, width * PB_FIGURE_PT_PER_MM, height * PB_FIGURE_PT_PER_MM);
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, PB_FIGURE_PT_PER_MM, PB_FIGURE_PT_PER_MM);
    draw_marks(drawing, cairo);
    cairo_show_page(cairo);
    const cairo_status_t drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    const cairo_status_t written = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return check(drawing, drawn ? drawn : written, out);
}

pb_status pb_drawing_to_png(const pb_drawing *drawing, double width, double height, double dpi, pb_text *out)
{
    const double scale = dpi / 25.4;
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)lround(width * scale), (int)lround(height * scale));
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, scale, scale);
    draw_marks(drawing, cairo);
    const cairo_status_t drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    const cairo_status_t written = cairo_surface_write_to_png_stream(surface, collect, out);
    cairo_surface_destroy(surface);
    return check(drawing, drawn ? drawn : written, out);
}

static void svg_mark(pb_text *out, const pb_drawing_mark *mark)
{
    static const char *const anchor[] = {"start", "middle", "end"};
    const double size = mark->size / PB_FIGURE_PT_PER_MM;
    if (!mark->text) {
        pb_text_add(out,
                    "<line x1=\"%.3f\" y1=\"%.3f\" x2=\"%.3f\" y2=\"%.3f\" stroke=\"%s\" stroke-width=\"%.3f\"/>\n",
                    mark->x, mark->y, mark->x_end, mark->y_end, mark->color, size);
        return;
    }
    pb_text_add(out, "<text x=\"%.3f\" y=\"%.3f\" font-size=\"%.3f\" text-anchor=\"%s\" fill=\"%s\">", mark->x,
                mark->y + MIDDLE * size, size, anchor[mark->align], mark->color);
    pb_text_add_escaped(out, mark->text);
    pb_text_add(out, "</text>\n");
}

/* Not by Cairo, which turns every letter into an outline that nobody can search or copy. */
pb_status pb_drawing_to_svg(const pb_drawing *drawing, double width, double height, pb_text *out)
{
    pb_text_add(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.2fmm\" height=\"%.2fmm\" viewBox=\"0 0 %.2f "
                "%.2f\" font-family=\"" PB_FIGURE_SVG_FONTS "\">\n"
                "<rect width=\"%.2f\" height=\"%.2f\" fill=\"#ffffff\"/>\n",
                width, height, width, height, width, height);
    for (int64_t i = 0; i < drawing->n; i++)
        svg_mark(out, &drawing->mark[i]);
    pb_text_add(out, "</svg>\n");
    return check(drawing, CAIRO_STATUS_SUCCESS, out);
}
