/* For the tests that compare pixels with Pillow's: CRC-32 and the list files of tests/golden/image. */
#ifndef PB_TESTS_GOLDEN_IMAGE_H
#define PB_TESTS_GOLDEN_IMAGE_H

#include "support.h"

/* As zlib's crc32(). */
static inline uint32_t test_crc32(const uint8_t *bytes, size_t n)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static inline uint32_t test_image_crc(const pb_image *image)
{
    return test_crc32(image->rgb, (size_t)image->width * (size_t)image->height * 3);
}

static inline FILE *test_open_golden(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/image/%s", PB_GOLDEN_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    return file;
}

/* pattern() of tests/golden/image/make.py. */
static inline void test_fill_pattern(pb_image *image)
{
    const size_t n = (size_t)image->width * (size_t)image->height * 3;
    for (size_t i = 0; i < n; i++)
        image->rgb[i] = (uint8_t)(((uint32_t)i * 2654435761u + 12345u) >> 24);
}

#endif
