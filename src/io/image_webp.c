/* WebP by libwebp. */
#include "io/image_codec.h"

#include <string.h>

#include <webp/decode.h>

#include "base/memory.h"
#include "io/exif.h"

static pb_status fail_decode(const pb_image_file *file, VP8StatusCode error)
{
    switch (error) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return pb_fail(PB_STATUS_NO_MEMORY, "%s: WebP: out of memory", file->name);
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: truncated WebP: the file ends after %zu bytes, inside the image",
                       file->name, file->size);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: WebP with a feature that libwebp cannot read", file->name);
    default:
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged WebP (libwebp status %d)", file->name, (int)error);
    }
}

static size_t read_size(const uint8_t *bytes)
{
    return bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
}

/* Walks the chunks of the RIFF container (RFC 9649, 2.3), of which libwebp itself reads those with pixels. */
static int find_orientation(const pb_image_file *file)
{
    enum { RIFF_BYTES = 12, CHUNK_BYTES = 8 };
    size_t at = RIFF_BYTES;
    while (at < file->size && file->size - at >= CHUNK_BYTES) {
        const uint8_t *chunk = file->bytes + at;
        const size_t size = read_size(chunk + 4), left = file->size - at - CHUNK_BYTES;
        if (size > left)
            break;
        if (memcmp(chunk, "EXIF", 4) == 0)
            return pb_exif_orientation(chunk + CHUNK_BYTES, size);
        at += CHUNK_BYTES + size + size % 2;
    }
    return PB_EXIF_UPRIGHT;
}

static pb_status decode(const pb_image_file *file, WebPDecoderConfig *config, pb_image *image)
{
    VP8StatusCode error = WebPGetFeatures(file->bytes, file->size, &config->input);
    if (error != VP8_STATUS_OK)
        return fail_decode(file, error);
    if (config->input.has_animation)
        return pb_image_fail_several(file->name, "an animated WebP");
    PB_TRY(pb_image_new_for_file(file->name, config->input.width, config->input.height, image));
    /* MODE_RGB drops alpha without blending. */
    config->output.colorspace = MODE_RGB;
    config->output.is_external_memory = 1;
    config->output.u.RGBA.rgba = image->rgb;
    config->output.u.RGBA.stride = image->width * 3;
    config->output.u.RGBA.size = (size_t)image->width * (size_t)image->height * 3;
    error = WebPDecode(file->bytes, file->size, config);
    if (error != VP8_STATUS_OK)
        return fail_decode(file, error);
    return pb_exif_turn(file->name, find_orientation(file), image);
}

pb_status pb_image_decode_webp(const pb_image_file *file, pb_image *out)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return pb_fail(PB_STATUS_INTERNAL, "libwebp is older than the one purebank was built for");
    pb_image image = {0};
    const pb_status status = decode(file, &config, &image);
    WebPFreeDecBuffer(&config.output);
    if (status == PB_STATUS_OK)
        *out = image;
    else
        pb_image_free(&image);
    return status;
}
