/* From figures to bytes: terminals, and what must not be in a file that is made twice. */
#include <stdbool.h>
#include <string.h>

#include "figures/figure.h"
#include "figures/font.h"
#include "figures/gnuplot.h"
#include "figures/style.h"

const char *pb_figure_format_name(pb_figure_format format)
{
    static const char *const names[] = {"pdf", "svg", "png"};
    return names[format];
}

void pb_figure_free(pb_figure *figure)
{
    pb_text_free(&figure->title);
    pb_text_free(&figure->caption);
    pb_text_free(&figure->missing);
    pb_text_free(&figure->script);
    pb_drawing_free(&figure->drawing);
}

/* Scripts are written in points: lines of width 1 and a marker of PS 1 are 1 pt and 6 pt wide in every terminal. Pango's fonts
 * are for screens of 96 dots an inch, where a PDF has 72; gnuplot's SVG sizes markers by the font. */
static void set_terminal(const pb_figure *figure, pb_figure_format format, pb_text *script)
{
    const double dots = PB_FIGURE_DPI / 25.4, pixels = 96 / 25.4;
    pb_text_add(script, "set encoding utf8\n");
    if (format == PB_FIGURE_PDF)
        pb_text_add(script,
                    "set terminal pdfcairo noenhanced color size %.4fcm,%.4fcm font '" PB_FIGURE_FONT
                    ",7' fontscale 0.75 linewidth 2\nPS = 1.0\n",
                    figure->width / 10, figure->height / 10);
    else if (format == PB_FIGURE_PNG)
        pb_text_add(script,
                    "set terminal pngcairo noenhanced color size %.0f,%.0f font '" PB_FIGURE_FONT
                    ",7' fontscale %.4f linewidth %.4f\nPS = %.4f\n",
                    figure->width * dots, figure->height * dots, PB_FIGURE_DPI / 96.0, PB_FIGURE_DPI / 72.0,
                    PB_FIGURE_DPI / 72.0);
    else
        pb_text_add(script,
                    "set terminal svg noenhanced size %.0f,%.0f font '" PB_FIGURE_FONT
                    ",7' fontscale 1.3333 linewidth 1.3333 background '#ffffff'\nPS = 1.5238\n",
                    figure->width * pixels, figure->height * pixels);
}

/* Cairo notes when a PDF was made: blanks take the place, so that the offsets in the file stay right. */
static void remove_date(pb_text *pdf, size_t begin)
{
    static const char key[] = "/CreationDate (";
    for (size_t i = begin; i + sizeof key < pdf->size; i++)
        if (memcmp(pdf->bytes + i, key, sizeof key - 1) == 0)
            while (i < pdf->size) {
                const char byte = pdf->bytes[i];
                pdf->bytes[i++] = ' ';
                if (byte == ')')
                    return;
            }
}

/* The names that gnuplot gives to things are the same in all its pictures: several in one page need a prefix. */
static void add_svg_part(const pb_figure *figure, const char *part, size_t size, pb_text *out)
{
    static const char *const before[] = {"id='", "id=\"", "href='#", "href=\"#", "url(#"};
    static const char family[] = "font-family=\"" PB_FIGURE_FONT, bold[] = ":Bold";
    bool in_tag = false;
    for (size_t i = 0; i < size;) {
        size_t length = 0;
        in_tag = part[i] == '<' || (in_tag && part[i] != '>');
        for (size_t k = 0; k < sizeof before / sizeof before[0] && in_tag && !length; k++)
            if (strncmp(part + i, before[k], strlen(before[k])) == 0)
                length = strlen(before[k]);
        if (length)
            pb_text_add(out, "%.*s%s-", (int)length, part + i, figure->id);
        else if (in_tag && strncmp(part + i, family, sizeof family - 1) == 0) {
            length = sizeof family - 1;
            const bool is_bold = strncmp(part + i + length, bold, sizeof bold - 1) == 0;
            pb_text_add(out, "%sfont-family=\"" PB_FIGURE_SVG_FONTS, is_bold ? "font-weight=\"bold\" " : "");
            length += is_bold ? sizeof bold - 1 : 0;
        } else
            pb_text_add_bytes(out, part + i, length = 1);
        i += length;
    }
}

static void finish_svg(const pb_figure *figure, const pb_text *raw, pb_text *out)
{
    const char *rest = pb_text_get(raw);
    const char *description = strstr(rest, "<desc>");
    const char *end = description ? strstr(description, "</desc>") : NULL;
    if (!end) {
        add_svg_part(figure, rest, raw->size, out);
        return;
    }
    add_svg_part(figure, rest, (size_t)(description - rest), out);
    pb_text_add(out, "<desc>");
    pb_text_add_escaped(out, pb_text_get(&figure->caption));
    add_svg_part(figure, end, strlen(end), out);
}

static bool contains(const char *bytes, size_t size, const char *wanted)
{
    const size_t length = strlen(wanted);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, wanted, length) == 0)
            return true;
    return false;
}

/* A gnuplot that says that all went well, and wrote something else, or half of it. */
static pb_status check_whole(pb_figure_format format, const char *bytes, size_t size)
{
    static const char *const begin[] = {"%PDF-", "<svg", "\x89PNG"}, *const end[] = {"%%EOF", "</svg>", "IEND"};
    const size_t part = size < 1024 ? size : 1024;
    return contains(bytes, part, begin[format]) && contains(bytes + size - part, part, end[format])
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_OUTPUT, "what gnuplot wrote is no whole %s: is the gnuplot in PATH the one meant?",
                         pb_figure_format_name(format));
}

static pb_status render_chart(const pb_figure *figure, pb_figure_format format, const pb_progress *progress,
                              pb_text *out)
{
    pb_text script = {0}, raw = {0};
    set_terminal(figure, format, &script);
    pb_text_add_bytes(&script, pb_text_get(&figure->script), figure->script.size);
    pb_status status = pb_gnuplot_run(&script, progress, &raw);
    if (status == PB_STATUS_OK)
        status = check_whole(format, pb_text_get(&raw), raw.size);
    if (status == PB_STATUS_OK && format == PB_FIGURE_SVG)
        finish_svg(figure, &raw, out);
    else if (status == PB_STATUS_OK)
        pb_text_add_bytes(out, raw.bytes, raw.size);
    pb_text_free(&script);
    pb_text_free(&raw);
    return status;
}

static pb_status render_drawing(const pb_figure *figure, pb_figure_format format, pb_text *out)
{
    switch (format) {
    case PB_FIGURE_PDF:
        return pb_drawing_to_pdf(&figure->drawing, figure->width, figure->height, out);
    case PB_FIGURE_PNG:
        return pb_drawing_to_png(&figure->drawing, figure->width, figure->height, PB_FIGURE_DPI, out);
    default:
        return pb_drawing_to_svg(&figure->drawing, figure->width, figure->height, out);
    }
}

pb_status pb_figure_render(const pb_figure *figure, pb_figure_format format, const pb_progress *progress, pb_text *out)
{
    const size_t begin = out->size;
    PB_TRY(figure->script.status);
    PB_TRY(figure->caption.status);
    PB_TRY(figure->drawing.status);
    PB_TRY(figure->drawing.n ? render_drawing(figure, format, out) : render_chart(figure, format, progress, out));
    PB_TRY(out->status);
    if (format == PB_FIGURE_PDF)
        remove_date(out, begin);
    return PB_STATUS_OK;
}
