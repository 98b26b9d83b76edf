#include "io/image_codec.h"
#include "io/mask_values.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
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

pb_status pb_image_fail_several(const char *name, const char *kind)
{
    return pb_fail(PB_STATUS_UNSUPPORTED, "%s: %s: save the picture that shows the part as a file of its own", name,
                   kind);
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
    pb_status (*decode)(const pb_image_file *file, pb_image *out);     /* NULL: recognised, not read */
    pb_status (*sample_bits)(const pb_image_file *file, int32_t *out); /* NULL: never more than 8 */
} image_format;

static const image_format formats[] = {
    {"JPEG", 0, 3, "\xff\xd8\xff", pb_image_decode_jpeg, NULL},
    {"PNG", 0, 8, "\x89PNG\r\n\x1a\n", pb_image_decode_png, pb_image_png_sample_bits},
    {"TIFF", 0, 4, "II*\0", pb_image_decode_tiff, pb_image_tiff_sample_bits},
    {"TIFF", 0, 4, "MM\0*", pb_image_decode_tiff, pb_image_tiff_sample_bits},
    {"BigTIFF", 0, 4, "II+\0", pb_image_decode_tiff, pb_image_tiff_sample_bits},
    {"BigTIFF", 0, 4, "MM\0+", pb_image_decode_tiff, pb_image_tiff_sample_bits},
    {"WebP", 8, 4, "WEBP", pb_image_decode_webp, NULL},
    {"BMP", 0, 2, "BM", pb_image_decode_bmp, NULL},
    {"GIF", 0, 4, "GIF8", NULL, NULL},
    {"AVIF or HEIF", 4, 4, "ftyp", NULL, NULL},
    {"JPEG 2000", 0, 8, "\0\0\0\x0cjP  ", NULL, NULL},
    {"JPEG 2000", 0, 4, "\xff\x4f\xff\x51", NULL, NULL},
    {"JPEG XL", 0, 2, "\xff\x0a", NULL, NULL},
    {"Photoshop", 0, 4, "8BPS", NULL, NULL},
    {"PDF", 0, 5, "%PDF-", NULL, NULL},
    {"NumPy", 0, 6, "\x93NUMPY", NULL, NULL},
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
    const pb_image_file file = {.bytes = bytes, .size = size, .name = ""};
    const image_format *format = find_format(&file);
    return format ? format->name : NULL;
}

static pb_status decode(const pb_image_file *file, pb_image *out)
{
    if (file->size == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: not an image: the file is empty", file->name);
    const image_format *format = find_format(file);
    if (!format)
        return fail_unknown_format(file);
    if (format->decode)
        return format->decode(file, out);
    return pb_fail(PB_STATUS_UNSUPPORTED,
                   "%s: %s files cannot be read: convert it to PNG, JPEG, TIFF, WebP or BMP first", file->name,
                   format->name);
}

/* @param file all but the bytes */
static pb_status read(pb_image_file file, pb_image *out)
{
    uint8_t *bytes;
    PB_TRY(pb_file_read_stream(file.name, MAX_FILE_BYTES, &bytes, &file.size));
    file.bytes = bytes;
    const pb_status status = decode(&file, out);
    pb_free(bytes);
    return status;
}

static pb_status read_options(const pb_image_options *options, pb_image_file *file)
{
    static const pb_image_options defaults = PB_IMAGE_OPTIONS_INIT;
    pb_image_options chosen;
    PB_TRY(PB_OPTIONS_READ(pb_image_options, options, &defaults, &chosen));
    PB_CHECK_ARG(chosen.sample_bits == 0 || (chosen.sample_bits >= 8 && chosen.sample_bits <= 16),
                 "photos have 8 to 16 bits a sample, or 0 for as many as they need, not %" PRId32, chosen.sample_bits);
    file->sample_bits = chosen.sample_bits;
    return PB_STATUS_OK;
}

pb_status pb_image_decode(const void *bytes, size_t n_bytes, const char *name, pb_image *out)
{
    PB_CHECK_ARG(bytes || n_bytes == 0, "%s: no bytes to decode", name);
    const pb_image_file file = {.bytes = bytes, .size = n_bytes, .name = name};
    return decode(&file, out);
}

pb_status pb_image_read(const char *path, pb_image *out)
{
    return pb_image_read_as(path, NULL, out);
}

pb_status pb_image_read_as(const char *path, const pb_image_options *options, pb_image *out)
{
    pb_image_file file = {.name = path};
    PB_TRY(read_options(options, &file));
    return read(file, out);
}

static uint8_t brightest(const uint8_t rgb[3])
{
    const uint8_t most = rgb[0] > rgb[1] ? rgb[0] : rgb[1];
    return most > rgb[2] ? most : rgb[2];
}

pb_status pb_mask_values_read(const char *path, uint8_t **out, int32_t *out_width, int32_t *out_height)
{
    pb_image image;
    PB_TRY(read((pb_image_file){.name = path, .is_mask = true}, &image));
    const int64_t pixels = (int64_t)image.width * image.height;
    uint8_t *mask = pb_malloc((size_t)pixels, 1);
    if (mask) {
        for (int64_t i = 0; i < pixels; i++)
            mask[i] = brightest(image.rgb + 3 * i);
        *out = mask;
        *out_width = image.width;
        *out_height = image.height;
    }
    pb_image_free(&image);
    return mask ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}

pb_status pb_defect_mask_image_read(const char *path, uint8_t **out_mask, int32_t *out_width, int32_t *out_height)
{
    PB_TRY(pb_mask_values_read(path, out_mask, out_width, out_height));
    for (int64_t i = 0; i < (int64_t)*out_width * *out_height; i++)
        (*out_mask)[i] = (*out_mask)[i] != 0;
    return PB_STATUS_OK;
}

/* ---- Bits of samples -------------------------------------------------------------------------------------------- */

typedef struct bits_job {
    const char *const *paths;
    int32_t *out;
} bits_job;

/* Of files that cannot be read none are found: who reads them says what is wrong. */
static int32_t sample_bits_of(const char *path)
{
    pb_file_map map;
    int32_t bits = 0;
    if (pb_file_map_open(path, &map) != PB_STATUS_OK)
        return 0;
    const pb_image_file file = {.bytes = map.bytes, .size = map.size, .name = path};
    const image_format *format = find_format(&file);
    if (format && format->sample_bits && format->sample_bits(&file, &bits) != PB_STATUS_OK)
        bits = 0;
    pb_file_map_close(&map);
    return bits;
}

static pb_status measure_bits(void *context, int64_t i, int worker)
{
    const bits_job *job = context;
    (void)worker;
    job->out[i] = sample_bits_of(job->paths[i]);
    return PB_STATUS_OK;
}

pb_status pb_image_depths(const char *const *paths, int64_t n, int32_t *out)
{
    PB_CHECK_ARG(n >= 0 && ((paths && out) || n == 0), "pb_image_depths: paths or out is NULL");
    bits_job job = {paths, out};
    return pb_parallel_for(n, measure_bits, &job, NULL);
}

pb_status pb_image_sample_bits(const char *const *paths, int64_t n, int32_t *out)
{
    PB_CHECK_ARG(out && n >= 0 && (paths || n == 0), "pb_image_sample_bits: paths or out is NULL");
    int32_t *depths, most = 0;
    PB_TRY(PB_NEW(depths, n));
    const pb_status status = pb_image_depths(paths, n, depths);
    for (int64_t i = 0; i < n; i++)
        most = depths[i] > most ? depths[i] : most;
    pb_free(depths);
    *out = most;
    return status;
}

bool pb_image_depths_differ(const int32_t *depths, int64_t n, int64_t *shallow, int64_t *deep)
{
    enum { PLAIN = 8, APART = 4 }; /* bits; a photo of the same camera that is 4 stops darker is odd, too */
    *shallow = *deep = 0;
    for (int64_t i = 1; i < n; i++) {
        *shallow = depths[i] < depths[*shallow] ? i : *shallow;
        *deep = depths[i] > depths[*deep] ? i : *deep;
    }
    if (n == 0)
        return false;
    const int32_t least = depths[*shallow], most = depths[*deep];
    return (least == 0 && most > PLAIN) || (least > 0 && most - least >= APART);
}
