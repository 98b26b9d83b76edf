#include "io/image_codec.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/file.h"

/* Far above any compressed image within the pixel limit that a user may reasonably set. */
#define MAX_FILE_BYTES ((size_t)4 << 30)

static _Atomic int64_t max_pixels = PB_IMAGE_DEFAULT_MAX_PIXELS;

pb_status pb_image_set_max_pixels(int64_t limit)
{
    PB_CHECK_ARG(limit >= 0, "the pixel limit must not be negative, not %" PRId64, limit);
    atomic_store(&max_pixels, limit > 0 ? limit : PB_IMAGE_DEFAULT_MAX_PIXELS);
    return PB_STATUS_OK;
}

pb_status pb_image_check_size(const char *name, int64_t width, int64_t height)
{
    if (width < 1 || height < 1)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: an image of %" PRId64 " x %" PRId64 " pixels has no pixels", name,
                       width, height);
    const int64_t limit = atomic_load(&max_pixels);
    int64_t pixels;
    if (width > INT32_MAX || height > INT32_MAX || __builtin_mul_overflow(width, height, &pixels) || pixels > limit)
        return pb_suggest(pb_fail(PB_STATUS_LIMIT,
                                  "%s: %" PRId64 " x %" PRId64 " pixels is more than the limit of %" PRId64
                                  " pixels; if you trust the file, raise the limit",
                                  name, width, height, limit),
                          PB_HINT_MAX_PIXELS, NULL);
    return PB_STATUS_OK;
}

pb_status pb_image_new_for_file(const char *name, int64_t width, int64_t height, pb_image *out)
{
    PB_TRY(pb_image_check_size(name, width, height));
    int64_t pixels;
    uint8_t *rgb;
    PB_TRY(pb_size_multiply(width, height, name, &pixels));
    if (!(rgb = pb_malloc((size_t)pixels, 3)))
        return PB_STATUS_NO_MEMORY;
    *out = (pb_image){(int32_t)width, (int32_t)height, rgb};
    return PB_STATUS_OK;
}

void pb_image_cmyk_to_rgb(const uint8_t *cmyk, int64_t n, uint8_t *rgb)
{
    for (int64_t i = 0; i < n; i++) {
        const int light = 255 - cmyk[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            const int product = cmyk[4 * i + c] * light + 128;
            rgb[3 * i + c] = (uint8_t)(light - ((product + (product >> 8)) >> 8));
        }
    }
}

static bool starts_with(const pb_image_file *file, size_t offset, const char *magic, size_t magic_size)
{
    return file->size >= offset + magic_size && memcmp(file->bytes + offset, magic, magic_size) == 0;
}

typedef struct image_format {
    const char *name;
    size_t offset;
    size_t magic_size;
    const char *magic;
    pb_status (*decode)(const pb_image_file *file, pb_image *out); /* NULL: recognised, not read */
} image_format;

static const image_format formats[] = {
    {"JPEG", 0, 3, "\xff\xd8\xff", pb_image_decode_jpeg},
    {"PNG", 0, 8, "\x89PNG\r\n\x1a\n", pb_image_decode_png},
    {"TIFF", 0, 4, "II*\0", pb_image_decode_tiff},
    {"TIFF", 0, 4, "MM\0*", pb_image_decode_tiff},
    {"BigTIFF", 0, 4, "II+\0", pb_image_decode_tiff},
    {"BigTIFF", 0, 4, "MM\0+", pb_image_decode_tiff},
    {"WebP", 8, 4, "WEBP", pb_image_decode_webp},
    {"BMP", 0, 2, "BM", pb_image_decode_bmp},
    {"GIF", 0, 4, "GIF8", NULL},
    {"AVIF or HEIF", 4, 4, "ftyp", NULL},
    {"JPEG 2000", 0, 8, "\0\0\0\x0cjP  ", NULL},
    {"JPEG 2000", 0, 4, "\xff\x4f\xff\x51", NULL},
    {"JPEG XL", 0, 2, "\xff\x0a", NULL},
    {"Photoshop", 0, 4, "8BPS", NULL},
    {"PDF", 0, 5, "%PDF-", NULL},
    {"NumPy", 0, 6, "\x93NUMPY", NULL},
};

/* The first bytes of a file as text for a message: printable ASCII as it is, the rest as \xNN. */
static void quote_start(const pb_image_file *file, char *text, size_t text_size)
{
    enum { MAX_QUOTED_BYTES = 16, ESCAPE_BYTES = 5 };
    size_t used = 0;
    for (size_t i = 0; i < file->size && i < MAX_QUOTED_BYTES && used + ESCAPE_BYTES < text_size; i++) {
        const uint8_t byte = file->bytes[i];
        const bool plain = byte >= 0x20 && byte < 0x7f && byte != '\\' && byte != '\'';
        used += (size_t)snprintf(text + used, text_size - used, plain ? "%c" : "\\x%02x", byte);
    }
    text[used] = '\0';
}

static pb_status fail_unknown_format(const pb_image_file *file)
{
    char start[96];
    quote_start(file, start, sizeof start);
    return pb_fail(PB_STATUS_BAD_FORMAT,
                   "%s: not an image: starts with '%s' (JPEG, PNG, TIFF, WebP and BMP files can be read)", file->name,
                   start);
}

static const image_format *find_format(const pb_image_file *file)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (starts_with(file, formats[i].offset, formats[i].magic, formats[i].magic_size))
            return &formats[i];
    return NULL;
}

const char *pb_image_format_name(const uint8_t *bytes, size_t size)
{
    const pb_image_file file = {bytes, size, ""};
    const image_format *format = find_format(&file);
    return format ? format->name : NULL;
}

pb_status pb_image_decode(const void *bytes, size_t n_bytes, const char *name, pb_image *out)
{
    PB_CHECK_ARG(bytes || n_bytes == 0, "%s: no bytes to decode", name);
    const pb_image_file file = {bytes, n_bytes, name};
    if (n_bytes == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: not an image: the file is empty", name);
    const image_format *format = find_format(&file);
    if (!format)
        return fail_unknown_format(&file);
    if (format->decode)
        return format->decode(&file, out);
    return pb_fail(PB_STATUS_UNSUPPORTED,
                   "%s: %s files cannot be read: convert it to PNG, JPEG, TIFF, WebP or BMP first", name, format->name);
}

pb_status pb_image_read(const char *path, pb_image *out)
{
    uint8_t *bytes;
    size_t size;
    PB_TRY(pb_file_read_stream(path, MAX_FILE_BYTES, &bytes, &size));
    const pb_status status = pb_image_decode(bytes, size, path, out);
    pb_free(bytes);
    return status;
}

pb_status pb_defect_mask_image_read(const char *path, uint8_t **out_mask, int32_t *out_width, int32_t *out_height)
{
    pb_image image;
    PB_TRY(pb_image_read(path, &image));
    const int64_t pixels = (int64_t)image.width * image.height;
    uint8_t *mask = pb_malloc((size_t)pixels, 1);
    if (mask) {
        for (int64_t i = 0; i < pixels; i++)
            mask[i] = (image.rgb[3 * i] | image.rgb[3 * i + 1] | image.rgb[3 * i + 2]) != 0;
        *out_mask = mask;
        *out_width = image.width;
        *out_height = image.height;
    }
    pb_image_free(&image);
    return mask ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}
