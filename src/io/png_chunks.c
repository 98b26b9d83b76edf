/* PNG specification, second edition (ISO/IEC 15948), 5.3 chunk layout, 5.5 CRC; acTL: third edition (W3C 2025), 11.3.6. */
#include "io/png_chunks.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "io/file.h"

enum {
    SIGNATURE_BYTES = 8,
    LENGTH_BYTES = 4,
    TYPE_BYTES = 4,
    CRC_BYTES = 4,
    HEADER_END = SIGNATURE_BYTES + LENGTH_BYTES + TYPE_BYTES + 13 + CRC_BYTES /* of IHDR, the first chunk */
};

uint32_t pb_png_number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* ---- Checksums -------------------------------------------------------------------------------------------------- */

pb_status pb_png_check_pixels(const pb_image_file *file)
{
    for (size_t at = SIGNATURE_BYTES; file->size - at >= LENGTH_BYTES + TYPE_BYTES;) {
        const size_t length = pb_png_number(file->bytes + at);
        const uint8_t *type = file->bytes + at + LENGTH_BYTES;
        const bool has_pixels = memcmp(type, "IDAT", TYPE_BYTES) == 0;
        if (file->size - at < LENGTH_BYTES + TYPE_BYTES + CRC_BYTES + length)
            return has_pixels ? pb_fail(PB_STATUS_BAD_FORMAT,
                                        "%s: truncated PNG: the file ends after %zu bytes, inside the image",
                                        file->name, file->size)
                              : PB_STATUS_OK;
        if (has_pixels && crc32_z(0, type, TYPE_BYTES + length) != pb_png_number(type + TYPE_BYTES + length))
            return pb_fail(PB_STATUS_BAD_FORMAT,
                           "%s: damaged PNG: the checksum of its pixels (chunk IDAT at byte %zu) is wrong", file->name,
                           at);
        at += LENGTH_BYTES + TYPE_BYTES + length + CRC_BYTES;
    }
    return PB_STATUS_OK;
}

/* ---- Chunks ----------------------------------------------------------------------------------------------------- */

typedef struct png_chunk {
    const uint8_t *type, *data;
    size_t length;
} png_chunk;

/* The chunk at *at, which is moved behind it; false at the end of what is whole. */
static bool next_chunk(const pb_image_file *file, size_t *at, png_chunk *out)
{
    enum { AROUND = LENGTH_BYTES + TYPE_BYTES + CRC_BYTES };
    if (file->size < *at || file->size - *at < AROUND)
        return false;
    const uint8_t *bytes = file->bytes + *at;
    *out = (png_chunk){bytes + LENGTH_BYTES, bytes + LENGTH_BYTES + TYPE_BYTES, pb_png_number(bytes)};
    if (out->length > file->size - *at - AROUND)
        return false;
    *at += AROUND + out->length;
    return true;
}

static bool chunk_is(const png_chunk *chunk, const char *type)
{
    return memcmp(chunk->type, type, TYPE_BYTES) == 0;
}

uint32_t pb_png_count_frames(const pb_image_file *file)
{
    size_t at = SIGNATURE_BYTES;
    png_chunk chunk;
    while (next_chunk(file, &at, &chunk) && !chunk_is(&chunk, "IDAT")) /* behind the pixels acTL means nothing */
        if (chunk_is(&chunk, "acTL") && chunk.length >= 4)
            return pb_png_number(chunk.data);
    return 1;
}

bool pb_png_has_empty(const pb_image_file *file, const char *type)
{
    size_t at = SIGNATURE_BYTES;
    png_chunk chunk;
    while (next_chunk(file, &at, &chunk))
        if (chunk_is(&chunk, type) && chunk.length == 0)
            return true;
    return false;
}

/* ---- Heatmaps --------------------------------------------------------------------------------------------------- */

/* A whole chunk, checksum and all. */
static const char heatmap_note[] = "\x00\x00\x00\x19"
                                   "tEXtSoftware\0purebank heatmap"
                                   "\xd2\x34\x04\xb6";
enum { NOTE_BYTES = sizeof heatmap_note - 1 };

pb_status pb_png_write_heatmap(const uint8_t *png, size_t size, const char *path)
{
    pb_writer *writer;
    PB_CHECK_ARG(size > HEADER_END, "%s: %zu bytes are no PNG", path, size);
    PB_TRY(pb_writer_open(path, &writer));
    pb_status status = pb_writer_write(writer, png, HEADER_END);
    if (status == PB_STATUS_OK)
        status = pb_writer_write(writer, heatmap_note, NOTE_BYTES);
    if (status == PB_STATUS_OK)
        status = pb_writer_write(writer, png + HEADER_END, size - HEADER_END);
    if (status == PB_STATUS_OK)
        return pb_writer_commit(writer);
    pb_writer_abort(writer);
    return status;
}

bool pb_png_is_heatmap(const char *path)
{
    uint8_t start[HEADER_END + NOTE_BYTES];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    const ssize_t n = read(fd, start, sizeof start);
    close(fd);
    return n == (ssize_t)sizeof start && memcmp(start, "\x89PNG", 4) == 0 &&
           memcmp(start + HEADER_END, heatmap_note, NOTE_BYTES) == 0;
}
