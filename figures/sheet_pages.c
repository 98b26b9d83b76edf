/* Drawing a page of a sheet: from the top, title, rows, legend, scale. */
#include "figures/sheet_pages.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/font.h"
#include "figures/style.h"

enum {
    CAPTION = 44, /* below a picture */
    ROW_GAP = 14,
    LOWEST_ROW = 3 * SHEET_LINE,
    BAR_LENGTH = 620,
    BAR_THICKNESS = 30,
    BAR_STEPS = 124, /* divides BAR_LENGTH: whole pixels */
    NARROWEST = 1680 /* for legend and scale */
};

/* 7 pt, 6.5 pt and 6 pt. */
static const double LABEL = 29.2, DETAIL = 27.1, SMALL = 25;

typedef struct color {
    double red, green, blue;
} color;

static const color INK = {0.1, 0.1, 0.1}, GREY = {0.35, 0.35, 0.35};
/* Okabe and Ito's vermilion, bluish green and blue, which colour-blind readers tell apart. */
static const color VERMILION = {213 / 255.0, 94 / 255.0, 0}, GREEN = {0, 158 / 255.0, 115 / 255.0};
static const color BLUE = {0, 114 / 255.0, 178 / 255.0};

static void set_color(cairo_t *cairo, color c)
{
    cairo_set_source_rgb(cairo, c.red, c.green, c.blue);
}

/* ---- Pages ------------------------------------------------------------------------------------------------------ */

void pb_sheet_size_cells(pb_sheet *sheet, double aspect)
{
    bool has_bars = false;
    for (int i = 0; i < sheet->n_rows; i++)
        has_bars |= sheet->row[i].has_scale;
    const int fixed = 2 * SHEET_MARGIN + SHEET_GUTTER + (has_bars ? SHEET_BAR : 0);
    int width = (PB_SHEET_WIDTH - fixed - (sheet->n_columns - 1) * SHEET_GAP) / sheet->n_columns;
    width = width > PB_SHEET_LARGEST_CELL ? PB_SHEET_LARGEST_CELL : width;
    width = width < PB_SHEET_SMALLEST_CELL ? PB_SHEET_SMALLEST_CELL : width;
    const double height = width * fmin(fmax(aspect, 0.5), 1.5);
    const double room = (double)SHEET_TALLEST / sheet->n_rows - SHEET_ROW_EXTRA;
    const double factor = room >= PB_SHEET_SMALLEST_CELL ? fmin(1, room / height) : 1;
    sheet->cell_width = (int)lround(width * factor);
    sheet->cell_height = (int)lround(height * factor);
}

/* The headings that row `i` stands under. */
static const pb_sheet_head *heads_of(const pb_sheet *sheet, int i)
{
    while (i > 0 && !sheet->row[i].head)
        i--;
    return sheet->row[i].head;
}

static bool shows_heads(const pb_sheet *sheet, const pb_sheet_page *page, int i)
{
    return sheet->row[i].head || (i == page->first && heads_of(sheet, i));
}

/* Names that are probably too wide for their column are broken in two; drawing measures what this guesses. */
static int name_lines(const pb_sheet *sheet, const pb_sheet_head *head)
{
    const int letter = 17; /* of 7 pt, bold */
    for (int c = 0; c < sheet->n_columns; c++)
        if ((int)strlen(head[c].name) * letter > sheet->cell_width + SHEET_GAP && strpbrk(head[c].name, "_ "))
            return 2;
    return 1;
}

static int head_height(const pb_sheet *sheet, const pb_sheet_head *head)
{
    const int names = name_lines(sheet, head) * SHEET_LINE;
    for (int c = 0; c < sheet->n_columns; c++)
        if (head[c].detail[0])
            return names + SHEET_LINE + 4;
    return names + 12;
}

/* As high as its highest picture, and its label. */
static int picture_height(const pb_sheet *sheet, const pb_sheet_row *row)
{
    int height = LOWEST_ROW;
    for (int c = 0; c < sheet->n_columns; c++)
        height = row->tile[c].picture.height > height ? row->tile[c].picture.height : height;
    return height;
}

static int caption_height(const pb_sheet *sheet, const pb_sheet_row *row)
{
    for (int c = 0; c < sheet->n_columns; c++)
        if (row->tile[c].caption[0])
            return CAPTION;
    return 8;
}

static int row_height(const pb_sheet *sheet, const pb_sheet_page *page, int i)
{
    const pb_sheet_row *row = &sheet->row[i];
    return (shows_heads(sheet, page, i) ? head_height(sheet, heads_of(sheet, i)) : 0) + picture_height(sheet, row) +
           caption_height(sheet, row) + ROW_GAP;
}

static bool has_legend(const pb_sheet *sheet)
{
    return sheet->explain_contaminated || sheet->explain_clean || sheet->explain_marks || sheet->explain_line;
}

static int foot_height(const pb_sheet *sheet)
{
    return (has_legend(sheet) ? SHEET_LINE + 20 : 0) + (sheet->has_scale ? BAR_THICKNESS + SHEET_LINE + 16 : 0) +
           (!sheet->has_scale && sheet->unit[0] ? SHEET_LINE : 0);
}

pb_sheet_page pb_sheet_page_at(const pb_sheet *sheet, int first)
{
    pb_sheet_page page = {.first = first};
    bool has_bars = false;
    for (int i = 0; i < sheet->n_rows; i++)
        has_bars |= sheet->row[i].has_scale;
    page.width = 2 * SHEET_MARGIN + SHEET_GUTTER + sheet->n_columns * sheet->cell_width +
                 (sheet->n_columns - 1) * SHEET_GAP + (has_bars ? SHEET_BAR : 0);
    page.width = page.width < NARROWEST ? NARROWEST : page.width;
    page.height = 2 * SHEET_MARGIN + SHEET_LINE + 14 + foot_height(sheet);
    while (first + page.n < sheet->n_rows) {
        const int more = row_height(sheet, &page, first + page.n);
        if (page.n > 0 && page.height + more > SHEET_TALLEST)
            break;
        page.height += more;
        page.n++;
    }
    return page;
}

int pb_sheet_count_pages(const pb_sheet *sheet)
{
    int n = 0;
    for (int first = 0; first < sheet->n_rows; n++)
        first += pb_sheet_page_at(sheet, first).n;
    return n;
}

/* ---- Text ------------------------------------------------------------------------------------------------------- */

static void set_font(cairo_t *cairo, double size, bool bold)
{
    cairo_select_font_face(cairo, PB_FIGURE_FONT, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
}

static double text_width(cairo_t *cairo, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(cairo, text, &extents);
    return extents.x_advance;
}

/* Takes letters out of the middle until the text is no wider than `width`: both ends of a file's name tell something. */
static void shorten(cairo_t *cairo, double width, char text[PB_SHEET_TEXT])
{
    static const char dots[] = "\xe2\x80\xa6";
    char whole[PB_SHEET_TEXT];
    snprintf(whole, sizeof whole, "%s", text);
    size_t head = strlen(whole) / 2, tail = head;
    while (text_width(cairo, text) > width && head > 1) {
        do
            head--;
        while (head > 0 && ((unsigned char)whole[head] & 0xc0) == 0x80);
        do
            tail++;
        while (whole[tail] && ((unsigned char)whole[tail] & 0xc0) == 0x80);
        snprintf(text, PB_SHEET_TEXT, "%.*s%s%.*s", (int)head, whole, dots, (int)(PB_SHEET_TEXT - head - sizeof dots),
                 whole + tail);
    }
}

/* @param align 0: x is the left end, 0.5: the middle, 1: the right end @param y the base line */
static void show(cairo_t *cairo, double x, double y, double align, double width, const char *text)
{
    char fitted[PB_SHEET_TEXT];
    snprintf(fitted, sizeof fitted, "%s", text);
    shorten(cairo, width, fitted);
    cairo_move_to(cairo, x - align * text_width(cairo, fitted), y);
    cairo_show_text(cairo, fitted);
}

/* The longest beginning of `text` that is no wider than `width` and ends where a name may be broken. */
static size_t line_length(cairo_t *cairo, const char *text, double width)
{
    char part[PB_SHEET_TEXT];
    size_t best = 0;
    for (size_t length = 1; length <= strlen(text); length++) {
        const bool before_number = text[length] >= '0' && text[length] <= '9';
        if (text[length] && (!strchr("_/ -", text[length - 1]) || before_number))
            continue;
        snprintf(part, sizeof part, "%.*s", (int)length, text);
        if (best > 0 && text_width(cairo, part) > width)
            break;
        best = length;
    }
    return best;
}

/* Broken into lines; returns the base line below the last one. */
static double show_lines(cairo_t *cairo, double x, double y, double width, const char *text, int most)
{
    for (int i = 0; *text && i < most; i++) {
        char line[PB_SHEET_TEXT];
        const size_t length = i + 1 == most ? strlen(text) : line_length(cairo, text, width);
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        show(cairo, x, y, 0, width, line);
        text += length;
        y += SHEET_LINE - 2;
    }
    return y;
}

/* ---- Pictures --------------------------------------------------------------------------------------------------- */

/* Cairo's own copy of the pixels; the context notices if there is no memory for it. */
static cairo_surface_t *picture_surface(const pb_image *image)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    unsigned char *pixels = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    if (!pixels)
        return surface;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            const uint8_t *rgb = image->rgb + (y * image->width + x) * 3;
            const uint32_t pixel = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
            memcpy(pixels + y * stride + x * (int64_t)sizeof pixel, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(surface);
    return surface;
}

/* A line of dashes that begins and ends with one. */
static void draw_dashes(cairo_t *cairo, double x, double y, double x_end, double y_end)
{
    const double dash = 16, gap = 8, length = hypot(x_end - x, y_end - y);
    const double n = fmax(1, round((length - dash) / (dash + gap)));
    const double pattern[] = {dash, fmax(1, (length - (n + 1) * dash) / n)};
    cairo_set_dash(cairo, pattern, 2, 0);
    cairo_move_to(cairo, x, y);
    cairo_line_to(cairo, x_end, y_end);
    cairo_stroke(cairo);
}

/* Around width x height pixels at (x, y), touching them from outside. */
static void draw_frame(cairo_t *cairo, pb_sheet_frame frame, double x, double y, double width, double height)
{
    const double line = frame == PB_SHEET_FRAME_CONTAMINATED ? 7 : frame == PB_SHEET_FRAME_CLEAN ? 3 : 2;
    const double left = x - line / 2, top = y - line / 2, right = x + width + line / 2, bottom = y + height + line / 2;
    cairo_save(cairo);
    set_color(cairo, frame == PB_SHEET_FRAME_CONTAMINATED ? VERMILION : frame == PB_SHEET_FRAME_CLEAN ? GREEN : GREY);
    cairo_set_line_width(cairo, line);
    if (frame == PB_SHEET_FRAME_CONTAMINATED) {
        draw_dashes(cairo, x - line, top, x + width + line, top);
        draw_dashes(cairo, x - line, bottom, x + width + line, bottom);
        draw_dashes(cairo, left, y - line, left, y + height + line);
        draw_dashes(cairo, right, y - line, right, y + height + line);
    } else {
        cairo_rectangle(cairo, left, top, right - left, bottom - top);
        cairo_stroke(cairo);
    }
    cairo_restore(cairo);
}

/* In a row of pictures of this height. */
static void draw_tile(const pb_sheet *sheet, const pb_sheet_tile *tile, int x, int y, int height, cairo_t *cairo)
{
    const pb_image *picture = &tile->picture;
    if (!picture->rgb)
        return;
    const int left = x + (sheet->cell_width - picture->width) / 2, top = y + (height - picture->height) / 2;
    cairo_surface_t *surface = picture_surface(picture);
    cairo_set_source_surface(cairo, surface, left, top);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST); /* it stands pixel on pixel */
    cairo_rectangle(cairo, left, top, picture->width, picture->height);
    cairo_fill(cairo);
    cairo_surface_destroy(surface);
    draw_frame(cairo, tile->frame, left, top, picture->width, picture->height);
    set_font(cairo, SMALL, false);
    set_color(cairo, INK);
    show(cairo, x + sheet->cell_width / 2.0, y + height + CAPTION - 8, 0.5, sheet->cell_width + SHEET_GAP - 6,
         tile->caption);
}

/* ---- Scales ----------------------------------------------------------------------------------------------------- */

/* Steps of colour from (x, y) on, along the longer side. */
static void draw_colors(cairo_t *cairo, double x, double y, double width, double height)
{
    for (int i = 0; i < BAR_STEPS; i++) {
        uint8_t rgb[3];
        const double left = 1 - (double)i / BAR_STEPS; /* each covers the rest, so that no seams show */
        pb_colormap_rgb(PB_COLORMAP_INFERNO, (i + 0.5) / BAR_STEPS, rgb);
        cairo_set_source_rgb(cairo, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
        if (width > height)
            cairo_rectangle(cairo, x + width * (1 - left), y, width * left, height);
        else
            cairo_rectangle(cairo, x, y, width, height * left);
        cairo_fill(cairo);
    }
    draw_frame(cairo, PB_SHEET_FRAME_PLAIN, x, y, width, height);
}

static void tick_text(char *out, size_t size, const pb_color_scale *scale, int tick)
{
    static const char *const sign[] = {"\xe2\x89\xa4 ", "",
                                       "\xe2\x89\xa5 "}; /* what lies outside has the end's colour */
    char number[32];
    pb_sheet_number(number, sizeof number, scale, scale->low + (scale->high - scale->low) * tick / 2);
    snprintf(out, size, "%s%s", sign[tick], number);
}

static void draw_scale_below(const pb_sheet *sheet, double x, double y, double right, cairo_t *cairo)
{
    draw_colors(cairo, x, y, BAR_LENGTH, BAR_THICKNESS);
    set_color(cairo, INK);
    set_font(cairo, DETAIL, false);
    for (int tick = 0; tick < 3; tick++) {
        char text[48];
        tick_text(text, sizeof text, &sheet->scale, tick);
        show(cairo, x + BAR_LENGTH * tick / 2.0, y + BAR_THICKNESS + 34, tick / 2.0, BAR_LENGTH, text);
    }
    set_font(cairo, LABEL, false);
    show(cairo, x + BAR_LENGTH + 24, y + 25, 0, right - x - BAR_LENGTH - 24, sheet->unit);
}

static void draw_scale_beside(const pb_color_scale *scale, double x, double y, double height, cairo_t *cairo)
{
    draw_colors(cairo, x, y, BAR_THICKNESS - 6, height);
    set_color(cairo, INK);
    set_font(cairo, SMALL, false);
    for (int tick = 0; tick < 3; tick++) {
        char text[48];
        const double base = tick == 0 ? height : tick == 1 ? height / 2 + 9 : 18;
        tick_text(text, sizeof text, scale, tick);
        show(cairo, x + BAR_THICKNESS + 4, y + base, 0, SHEET_BAR - BAR_THICKNESS - SHEET_GAP, text);
    }
}

/* ---- The page --------------------------------------------------------------------------------------------------- */

/* Small where it would not fit otherwise. */
static void draw_name(cairo_t *cairo, double middle, double y, double width, const char *name, int n_lines)
{
    set_color(cairo, INK);
    set_font(cairo, LABEL, true);
    for (int i = 0; *name && i < n_lines; i++) {
        char line[PB_SHEET_TEXT];
        const size_t length = i + 1 == n_lines ? strlen(name) : line_length(cairo, name, width);
        snprintf(line, sizeof line, "%.*s", (int)length, name);
        if (text_width(cairo, line) > width)
            set_font(cairo, SMALL, true);
        show(cairo, middle, y + i * SHEET_LINE, 0.5, width, line);
        name += length;
    }
}

static void draw_heads(const pb_sheet *sheet, const pb_sheet_head *head, int x, int y, cairo_t *cairo)
{
    const int n_lines = name_lines(sheet, head);
    const double width = sheet->cell_width + SHEET_GAP - 6;
    for (int c = 0; c < sheet->n_columns; c++) {
        const double middle = x + c * (sheet->cell_width + SHEET_GAP) + sheet->cell_width / 2.0;
        draw_name(cairo, middle, y + 27, width, head[c].name, n_lines);
        set_color(cairo, GREY);
        set_font(cairo, SMALL, false);
        show(cairo, middle, y + 24 + n_lines * SHEET_LINE, 0.5, width, head[c].detail);
    }
}

static void draw_label(const pb_sheet_row *row, int y, cairo_t *cairo)
{
    const double width = SHEET_GUTTER - 24;
    set_color(cairo, INK);
    set_font(cairo, LABEL, true);
    double base = show_lines(cairo, SHEET_MARGIN, y + 24, width, row->title, 3);
    set_color(cairo, GREY);
    set_font(cairo, DETAIL, false);
    for (int i = 0; i < 2; i++)
        base = show_lines(cairo, SHEET_MARGIN, base, width, row->detail[i], 2);
}

static int draw_row(const pb_sheet *sheet, const pb_sheet_page *page, int i, int y, cairo_t *cairo)
{
    const pb_sheet_row *row = &sheet->row[i];
    const int left = SHEET_MARGIN + SHEET_GUTTER;
    if (shows_heads(sheet, page, i)) {
        draw_heads(sheet, heads_of(sheet, i), left, y, cairo);
        y += head_height(sheet, heads_of(sheet, i));
    }
    const int height = picture_height(sheet, row);
    draw_label(row, y, cairo);
    for (int c = 0; c < sheet->n_columns; c++)
        draw_tile(sheet, &row->tile[c], left + c * (sheet->cell_width + SHEET_GAP), y, height, cairo);
    if (row->has_scale)
        draw_scale_beside(&row->scale, left + sheet->n_columns * (sheet->cell_width + SHEET_GAP), y, height, cairo);
    return y + height + caption_height(sheet, row) + ROW_GAP;
}

/* A sample and what it means; returns where the next one begins. */
static double draw_entry(cairo_t *cairo, double x, double y, const char *text)
{
    set_color(cairo, INK);
    set_font(cairo, LABEL, false);
    cairo_move_to(cairo, x + 52, y + 25);
    cairo_show_text(cairo, text);
    return x + 52 + text_width(cairo, text) + 44;
}

static void draw_legend(const pb_sheet *sheet, double x, double y, cairo_t *cairo)
{
    if (sheet->explain_contaminated) {
        draw_frame(cairo, PB_SHEET_FRAME_CONTAMINATED, x + 8, y + 6, 28, 20);
        x = draw_entry(cairo, x, y, "contaminated reference");
    }
    if (sheet->explain_clean) {
        draw_frame(cairo, PB_SHEET_FRAME_CLEAN, x + 8, y + 4, 28, 22);
        x = draw_entry(cairo, x, y, "clean reference");
    }
    if (sheet->explain_marks) {
        set_color(cairo, BLUE);
        cairo_rectangle(cairo, x + 12, y + 4, 22, 22);
        cairo_fill(cairo);
        x = draw_entry(cairo, x, y, "removed patch");
    }
    if (sheet->explain_line) {
        set_color(cairo, INK);
        cairo_rectangle(cairo, x + 4, y + 10, 36, 9);
        cairo_fill(cairo);
        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_rectangle(cairo, x + 4, y + 13, 36, 3);
        cairo_fill(cairo);
        draw_entry(cairo, x, y, "outline of the defect's mask");
    }
}

void pb_sheet_draw(const pb_sheet *sheet, const pb_sheet_page *page, cairo_t *cairo)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF); /* the same places in PNG and PDF */
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cairo, options);
    cairo_font_options_destroy(options);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    set_color(cairo, GREY);
    set_font(cairo, LABEL, false);
    show(cairo, SHEET_MARGIN, SHEET_MARGIN + 26, 0, page->width - 2 * SHEET_MARGIN, sheet->title);
    int y = SHEET_MARGIN + SHEET_LINE + 14;
    for (int i = page->first; i < page->first + page->n; i++)
        y = draw_row(sheet, page, i, y, cairo);
    const int left = SHEET_MARGIN + SHEET_GUTTER, right = page->width - SHEET_MARGIN;
    if (has_legend(sheet)) {
        draw_legend(sheet, left, y, cairo);
        y += SHEET_LINE + 20;
    }
    if (sheet->has_scale) {
        draw_scale_below(sheet, left, y, right, cairo);
    } else if (sheet->unit[0]) {
        set_color(cairo, INK);
        set_font(cairo, LABEL, false);
        show(cairo, left, y + 25, 0, right - left, sheet->unit);
    }
}
