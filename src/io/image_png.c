/* PNG by libspng. */
#include "io/image_codec.h"
#include "io/png_chunks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <spng.h>

#include "base/memory.h"
#include "io/exif.h"
#include "io/file.h"
#include "io/image_depth.h"

/* Bounds what compressed text and colour profiles may inflate to. */
enum { MAX_CHUNK_BYTES = 64 << 20 };

/* What libspng has but the same words for as for other things. */
static pb_status fail_size(const pb_image_file *file)
{
    const uint32_t width = pb_png_number(file->bytes + PB_PNG_WIDTH_AT),
                   height = pb_png_number(file->bytes + PB_PNG_HEIGHT_AT);
    PB_TRY(pb_image_check_size(file->name, width, height));
    return pb_fail(PB_STATUS_LIMIT, "%s: a PNG of %" PRIu32 " x %" PRIu32 " pixels is larger than libspng can decode",
                   file->name, width, height);
}

static pb_status fail_decode(const pb_image_file *file, int error)
{
    switch (error) {
    case SPNG_EOVERFLOW:
        return fail_size(file);
    case SPNG_ECHUNK_LIMITS:
        if (pb_png_has_empty(file, "eXIf"))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged PNG: its eXIf chunk is empty", file->name);
        return pb_fail(PB_STATUS_LIMIT, "%s: PNG with more than %d MiB of text or colour profile", file->name,
                       MAX_CHUNK_BYTES >> 20);
    case SPNG_EMEM:
        return pb_fail(PB_STATUS_NO_MEMORY, "%s: PNG: %s", file->name, spng_strerror(error));
    case SPNG_IO_EOF:
    case SPNG_EIDAT_TOO_SHORT:
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: truncated PNG: the file ends after %zu bytes, inside the image",
                       file->name, file->size);
    default:
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged PNG: %s", file->name, spng_strerror(error));
    }
}

static pb_status read_header(spng_ctx *context, const pb_image_file *file, struct spng_ihdr *header)
{
    int error = spng_set_chunk_limits(context, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES);
    if (!error)
        error = spng_set_png_buffer(context, file->bytes, file->size);
    if (!error)
        error = spng_get_ihdr(context, header);
    if (error)
        return fail_decode(file, error);
    return pb_image_check_size(file->name, header->width, header->height);
}

static int count_samples(const struct spng_ihdr *header)
{
    static const int n[] = {[SPNG_COLOR_TYPE_GRAYSCALE] = 1,
                            [SPNG_COLOR_TYPE_TRUECOLOR] = 3,
                            [SPNG_COLOR_TYPE_GRAYSCALE_ALPHA] = 2,
                            [SPNG_COLOR_TYPE_TRUECOLOR_ALPHA] = 4};
    return n[header->color_type];
}

static bool is_deep(const struct spng_ihdr *header)
{
    return header->bit_depth == 16; /* never of a palette */
}

typedef struct deep_pixels {
    uint16_t *samples; /* n x n_samples */
    int64_t n;
    int n_samples, n_colors; /* a pixel; the colours come first */
} deep_pixels;

static pb_status decode_deep(spng_ctx *context, const pb_image_file *file, const struct spng_ihdr *header,
                             deep_pixels *out)
{
    int64_t n;
    out->n = (int64_t)header->width * header->height;
    out->n_samples = count_samples(header);
    out->n_colors = out->n_samples >= 3 ? 3 : 1;
    PB_TRY(pb_size_multiply(out->n, out->n_samples, file->name, &n));
    PB_TRY(PB_NEW_UNINITIALISED(out->samples, n));
    const int error = spng_decode_image(context, out->samples, (size_t)n * sizeof *out->samples, SPNG_FMT_PNG, 0);
    return error ? fail_decode(file, error) : PB_STATUS_OK;
}

static pb_status decode_deep_to_rgb(spng_ctx *context, const pb_image_file *file, const struct spng_ihdr *header,
                                    uint8_t *rgb)
{
    deep_pixels deep = {0};
    pb_status status = decode_deep(context, file, header, &deep);
    if (status == PB_STATUS_OK)
        status = pb_depth_to_rgb(file, deep.samples, deep.n, deep.n_samples, deep.n_colors, rgb);
    pb_free(deep.samples);
    return status;
}

static pb_status decode_pixels(spng_ctx *context, const pb_image_file *file, const struct spng_ihdr *header,
                               pb_image *image)
{
    if (is_deep(header))
        return decode_deep_to_rgb(context, file, header, image->rgb);
    /* RGB8 drops alpha without blending, as Pillow does. */
    const size_t size = (size_t)header->width * header->height * 3;
    const int error = spng_decode_image(context, image->rgb, size, SPNG_FMT_RGB8, 0);
    return error ? fail_decode(file, error) : PB_STATUS_OK;
}

static pb_status decode(spng_ctx *context, const pb_image_file *file, pb_image *image)
{
    struct spng_ihdr header;
    PB_TRY(read_header(context, file, &header));
    if (pb_png_count_frames(file) > 1)
        return pb_image_fail_several(file->name, "an animated PNG");
    PB_TRY(pb_image_new_for_file(file->name, header.width, header.height, image));
    PB_TRY(decode_pixels(context, file, &header, image));
    /* What follows the pixels need not be well-formed, but a file that ends there was cut off. */
    if (spng_decode_chunks(context) == SPNG_IO_EOF)
        return fail_decode(file, SPNG_IO_EOF);
    PB_TRY(pb_png_check_pixels(file));
    struct spng_exif exif;
    if (spng_get_exif(context, &exif) != 0)
        return PB_STATUS_OK;
    return pb_exif_turn(file->name, pb_exif_orientation((const uint8_t *)exif.data, exif.length), image);
}

pb_status pb_image_decode_png(const pb_image_file *file, pb_image *out)
{
    spng_ctx *context = spng_ctx_new(0);
    if (!context)
        return pb_fail(PB_STATUS_NO_MEMORY, "%s: out of memory", file->name);
    pb_image image = {0};
    const pb_status status = decode(context, file, &image);
    spng_ctx_free(context);
    if (status == PB_STATUS_OK)
        *out = image;
    else
        pb_image_free(&image);
    return status;
}

static pb_status measure_bits(spng_ctx *context, const pb_image_file *file, int32_t *out)
{
    struct spng_ihdr header;
    deep_pixels deep = {0};
    *out = 0;
    PB_TRY(read_header(context, file, &header));
    if (!is_deep(&header))
        return PB_STATUS_OK;
    const pb_status status = decode_deep(context, file, &header, &deep);
    if (status == PB_STATUS_OK)
        *out = pb_depth_of(pb_depth_highest(deep.samples, deep.n, deep.n_samples, deep.n_colors));
    pb_free(deep.samples);
    return status;
}

pb_status pb_image_png_sample_bits(const pb_image_file *file, int32_t *out)
{
    spng_ctx *context = spng_ctx_new(0);
    if (!context)
        return pb_fail(PB_STATUS_NO_MEMORY, "%s: out of memory", file->name);
    const pb_status status = measure_bits(context, file, out);
    spng_ctx_free(context);
    return status;
}

static int encode(spng_ctx *context, const pb_image *image, uint8_t **png, size_t *png_size)
{
    struct spng_ihdr header = {.width = (uint32_t)image->width,
                               .height = (uint32_t)image->height,
                               .bit_depth = 8,
                               .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    int error = spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
    if (!error) /* on photos 4 takes half the time of zlib's own 6, and the files are no larger */
        error = spng_set_option(context, SPNG_IMG_COMPRESSION_LEVEL, 4);
    if (!error)
        error = spng_set_ihdr(context, &header);
    if (!error)
        error = spng_encode_image(context, image->rgb, (size_t)image->width * (size_t)image->height * 3, SPNG_FMT_PNG,
                                  SPNG_ENCODE_FINALIZE);
    if (!error)
        *png = spng_get_png_buffer(context, png_size, &error);
    return error;
}

pb_status pb_image_encode_png(const pb_image *image, uint8_t **out, size_t *out_bytes)
{
    PB_CHECK_ARG(image->rgb && image->width >= 1 && image->height >= 1, "an image to write needs pixels: %d x %d",
                 (int)image->width, (int)image->height);
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    if (!context)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot encode a PNG");
    uint8_t *png = NULL;
    size_t size = 0;
    const int error = encode(context, image, &png, &size);
    spng_ctx_free(context);
    if (error) {
        free(png);
        return pb_fail(error == SPNG_EMEM ? PB_STATUS_NO_MEMORY : PB_STATUS_INTERNAL, "cannot encode a PNG: %s",
                       spng_strerror(error));
    }
    /* A copy, so that every buffer of this library comes from its own allocator. */
    uint8_t *copy = pb_malloc(size, 1);
    if (copy) {
        memcpy(copy, png, size);
        *out = copy;
        *out_bytes = size;
    }
    free(png);
    return copy ? PB_STATUS_OK : PB_STATUS_NO_MEMORY;
}

pb_status pb_image_write_png(const pb_image *image, const char *path)
{
    uint8_t *png;
    size_t size;
    PB_TRY(pb_image_encode_png(image, &png, &size));
    const pb_status status = pb_file_write(path, png, size);
    pb_free(png);
    return status;
}
