/* Photos as no library of ours writes them: TIFFs of 8 or 16 bits with several pages or an odd orientation, and PNGs with more chunks. */
#ifndef PB_TESTS_ODD_PHOTOS_H
#define PB_TESTS_ODD_PHOTOS_H

#include "golden_image.h"

enum { ODD_WIDTH = 40, ODD_HEIGHT = 24, ODD_MAX_BYTES = 16384 };

typedef struct odd_file {
    uint8_t bytes[ODD_MAX_BYTES];
    size_t size;
} odd_file;

static inline void odd_put(odd_file *file, size_t at, uint32_t value, int n_bytes)
{
    assert_true(at + 4 <= sizeof file->bytes);
    for (int i = 0; i < n_bytes; i++)
        file->bytes[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

/* What the pages of a TIFF are like. */
typedef struct odd_tiff {
    int n_pages, bits;        /* 8 or 16 */
    int orientation;          /* -1: no such tag */
    uint32_t kind_of_further; /* NewSubfileType of the pages after the first */
    uint32_t highest;         /* sample: that of the last pixel of each page */
} odd_tiff;

static inline size_t odd_add_pixels(odd_file *file, const odd_tiff *tiff, int page)
{
    const size_t at = file->size, n_bytes = (size_t)tiff->bits / 8;
    for (uint32_t i = 0; i < ODD_WIDTH * ODD_HEIGHT; i++) {
        const uint32_t value = (i * 37 % 200 + (uint32_t)page) * tiff->highest / 255;
        odd_put(file, file->size, i + 1 < ODD_WIDTH * ODD_HEIGHT ? value : tiff->highest, (int)n_bytes);
        file->size += n_bytes;
    }
    return at;
}

/* The directory of a page, which begins at an even byte. @return where the number of the next one stands */
static inline size_t odd_add_directory(odd_file *file, const odd_tiff *tiff, int page, size_t pixels)
{
    const uint32_t entries[][3] = {{254, 4, page > 0 ? tiff->kind_of_further : 0},
                                   {256, 4, ODD_WIDTH},
                                   {257, 4, ODD_HEIGHT},
                                   {258, 3, (uint32_t)tiff->bits},
                                   {259, 3, 1},
                                   {262, 3, 1},
                                   {273, 4, (uint32_t)pixels},
                                   {274, 3, (uint32_t)tiff->orientation},
                                   {277, 3, 1},
                                   {278, 4, ODD_HEIGHT},
                                   {279, 4, (uint32_t)(ODD_WIDTH * ODD_HEIGHT * tiff->bits / 8)}};
    const size_t count_at = file->size;
    uint32_t n = 0;
    file->size += 2;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (entries[i][0] == 274 && tiff->orientation < 0)
            continue;
        odd_put(file, file->size, entries[i][0], 2);
        odd_put(file, file->size + 2, entries[i][1], 2);
        odd_put(file, file->size + 4, 1, 4);
        odd_put(file, file->size + 8, entries[i][2], 4);
        file->size += 12;
        n++;
    }
    odd_put(file, count_at, n, 2);
    file->size += 4;
    return file->size - 4;
}

static inline void odd_make_tiff(const odd_tiff *tiff, odd_file *out)
{
    size_t link = 4;
    *out = (odd_file){.bytes = "II*", .size = 8};
    for (int page = 0; page < tiff->n_pages; page++) {
        const size_t pixels = odd_add_pixels(out, tiff, page);
        odd_put(out, link, (uint32_t)out->size, 4);
        link = odd_add_directory(out, tiff, page, pixels);
    }
}

static inline void odd_put_big(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A PNG of the pattern, with a chunk of that type and data between its header and its pixels. */
static inline void odd_make_png(const char *type, const void *data, size_t n, odd_file *out)
{
    enum { HEADER_END = 33 };
    pb_image image;
    uint8_t *png;
    size_t size;
    assert_ok(pb_image_new(ODD_WIDTH, ODD_HEIGHT, &image));
    test_fill_pattern(&image);
    assert_ok(pb_image_encode_png(&image, &png, &size));
    pb_image_free(&image);
    assert_true(size + 12 + n < sizeof out->bytes);
    uint8_t *chunk = out->bytes + HEADER_END;
    memcpy(out->bytes, png, HEADER_END);
    odd_put_big(chunk, (uint32_t)n);
    memcpy(chunk + 4, type, 4);
    memcpy(chunk + 8, data, n);
    odd_put_big(chunk + 8 + n, test_crc32(chunk + 4, 4 + n));
    memcpy(chunk + 12 + n, png + HEADER_END, size - HEADER_END);
    out->size = size + 12 + n;
    pb_buffer_free(png);
}

#endif
