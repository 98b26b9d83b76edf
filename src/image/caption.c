/* Words and a scale of colours under a picture, for whoever finds it alone. */
#include <purebank/image.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/caption_font.h"

enum { MAX_LINES = 8, READABLE_WIDTH = 250, PAPER = 255, INK = 24, SCALE_HEIGHT = 8, GAP = 3 };

typedef struct caption {
    pb_image *out;
    int32_t zoom;  /* of the font's pixels */
    int32_t width; /* of the picture, in pixels of the font */
    int32_t at;    /* row of `out` where the next thing goes */
    int n_lines;
    struct {
        const char *text;
        int length;
    } lines[MAX_LINES];
} caption;

static int32_t characters_in(const caption *c)
{
    const int32_t n = (c->width - 2 * GAP) / CAPTION_FONT_WIDTH;
    return n < 1 ? 1 : n;
}

/* As many words as a line takes, or where one is too long as much of it. */
static int line_length(const char *text, int most)
{
    const int all = (int)strcspn(text, "\n");
    if (all <= most)
        return all;
    int end = most;
    while (end > 0 && text[end] != ' ')
        end--;
    return end > 0 ? end : most;
}

static void break_lines(caption *c, const char *text)
{
    while (*text && c->n_lines < MAX_LINES) {
        const int length = line_length(text, (int)characters_in(c));
        c->lines[c->n_lines].text = text;
        c->lines[c->n_lines++].length = length;
        text += length;
        while (*text == ' ' || *text == '\n')
            text++;
    }
}

/* A pixel of the font, x and y counted in such; what is beyond the picture's edge is left out. */
static void set_pixel(const caption *c, int32_t x, int32_t y)
{
    pb_image *out = c->out;
    for (int32_t row = c->at + y * c->zoom; row < c->at + (y + 1) * c->zoom; row++)
        for (int32_t column = x * c->zoom; column < (x + 1) * c->zoom; column++)
            if (row < out->height && column < out->width)
                memset(out->rgb + ((int64_t)row * out->width + column) * 3, INK, 3);
}

static void draw_character(const caption *c, char letter, int32_t x)
{
    const int code = letter >= CAPTION_FONT_FIRST && letter <= CAPTION_FONT_LAST ? letter : '?';
    const uint8_t *rows = caption_font[code - CAPTION_FONT_FIRST];
    for (int32_t y = 0; y < CAPTION_FONT_HEIGHT; y++)
        for (int32_t bit = 0; bit < CAPTION_FONT_WIDTH; bit++)
            if (rows[y] >> (CAPTION_FONT_WIDTH - 1 - bit) & 1)
                set_pixel(c, x + bit, y);
}

static void draw_text(const caption *c, const char *text, int length, int32_t x)
{
    for (int i = 0; i < length; i++)
        draw_character(c, text[i], x + i * CAPTION_FONT_WIDTH);
}

static void draw_scale(const caption *c, pb_colormap colors)
{
    pb_image *out = c->out;
    const int32_t left = GAP * c->zoom, right = out->width - left;
    for (int32_t x = left; x < right; x++) {
        uint8_t rgb[3];
        pb_colormap_rgb(colors, right - left > 1 ? (double)(x - left) / (right - left - 1) : 1, rgb);
        for (int32_t y = c->at; y < c->at + SCALE_HEIGHT * c->zoom; y++)
            memcpy(out->rgb + ((int64_t)y * out->width + x) * 3, rgb, 3);
    }
}

/* The upper one ends at the right; where there is no room for both it is the one that matters. */
static void draw_ends(const caption *c, double low, double high)
{
    char text[2][32];
    snprintf(text[0], sizeof text[0], "%.3g", low);
    snprintf(text[1], sizeof text[1], "%.3g", high);
    const int length[] = {(int)strlen(text[0]), (int)strlen(text[1])};
    if (length[0] + length[1] + 1 <= characters_in(c))
        draw_text(c, text[0], length[0], GAP);
    draw_text(c, text[1], length[1], c->width - GAP - length[1] * CAPTION_FONT_WIDTH);
}

static void draw(caption *c, pb_colormap colors, double low, double high)
{
    c->at += GAP * c->zoom;
    for (int i = 0; i < c->n_lines; i++) {
        draw_text(c, c->lines[i].text, c->lines[i].length, GAP);
        c->at += CAPTION_FONT_HEIGHT * c->zoom;
    }
    c->at += GAP * c->zoom;
    draw_scale(c, colors);
    c->at += SCALE_HEIGHT * c->zoom;
    draw_ends(c, low, high);
}

pb_status pb_image_add_scale(const pb_image *image, const char *text, pb_colormap colors, double low, double high,
                             pb_image *out)
{
    const int32_t zoom = image->width < 2 * READABLE_WIDTH ? 1 : image->width / READABLE_WIDTH;
    caption c = {.out = out, .zoom = zoom, .width = image->width / zoom, .at = image->height};
    PB_CHECK_ARG(low < high, "a scale from %g to %g is none", low, high);
    break_lines(&c, text);
    const int32_t rows = (c.n_lines + 1) * CAPTION_FONT_HEIGHT + SCALE_HEIGHT + 3 * GAP;
    PB_TRY(pb_image_new(image->width, image->height + rows * zoom, out));
    const size_t picture = (size_t)image->width * (size_t)image->height * 3;
    memcpy(out->rgb, image->rgb, picture);
    memset(out->rgb + picture, PAPER, (size_t)out->width * (size_t)out->height * 3 - picture);
    draw(&c, colors, low, high);
    return PB_STATUS_OK;
}
