#include "io/exif.h"

#include <stdbool.h>
#include <string.h>

#include "io/image_codec.h"

enum { TAG_ORIENTATION = 274, TYPE_SHORT = 3, TYPE_LONG = 4, HEADER_BYTES = 8, ENTRY_BYTES = 12 };

typedef struct exif_reader {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} exif_reader;

/* 0 outside of the data, which no field that matters may be. */
static uint32_t read_number(const exif_reader *exif, size_t at, size_t n_bytes)
{
    uint32_t value = 0;
    if (at > exif->size || exif->size - at < n_bytes)
        return 0;
    for (size_t i = 0; i < n_bytes; i++)
        value = value << 8 | exif->bytes[at + (exif->big_endian ? i : n_bytes - 1 - i)];
    return value;
}

static uint32_t read_value(const exif_reader *exif, size_t entry)
{
    const uint32_t count = read_number(exif, entry + 4, 4);
    if (count != 1)
        return 0;
    switch (read_number(exif, entry + 2, 2)) {
    case TYPE_SHORT:
        return read_number(exif, entry + 8, 2);
    case TYPE_LONG:
        return read_number(exif, entry + 8, 4);
    default:
        return 0;
    }
}

/* The first directory alone: later ones are of the thumbnail. */
static uint32_t find_orientation(const exif_reader *exif)
{
    const size_t directory = read_number(exif, 4, 4);
    const uint32_t n = read_number(exif, directory, 2);
    if (directory < HEADER_BYTES)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        const size_t entry = directory + 2 + (size_t)i * ENTRY_BYTES;
        if (read_number(exif, entry, 2) == TAG_ORIENTATION)
            return read_value(exif, entry);
    }
    return 0;
}

int pb_exif_orientation(const uint8_t *bytes, size_t size)
{
    static const char prefix[] = "Exif\0"; /* with the two NULs that end it */
    if (size >= sizeof prefix && memcmp(bytes, prefix, sizeof prefix) == 0) {
        bytes += sizeof prefix;
        size -= sizeof prefix;
    }
    if (size < HEADER_BYTES || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return PB_EXIF_UPRIGHT;
    const exif_reader exif = {.bytes = bytes, .size = size, .big_endian = bytes[0] == 'M'};
    const uint32_t orientation = find_orientation(&exif);
    return orientation >= PB_EXIF_UPRIGHT && orientation <= PB_EXIF_LAST ? (int)orientation : PB_EXIF_UPRIGHT;
}

pb_status pb_exif_turn(const char *name, int orientation, pb_image *image)
{
    if (orientation <= PB_EXIF_UPRIGHT || orientation > PB_EXIF_LAST)
        return PB_STATUS_OK;
    /* Does the right side, or the bottom, of what is stored come to lie on the left or on top? */
    static const struct {
        bool swaps_axes, mirrors_x, mirrors_y;
    } turns[] = {
        [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true}, [5] = {true, false, false},
        [6] = {true, false, true},  [7] = {true, true, true},  [8] = {true, true, false}};
    const bool swaps_axes = turns[orientation].swaps_axes;
    const int64_t width = image->width, height = image->height;
    pb_image upright;
    PB_TRY(pb_image_new_for_file(name, swaps_axes ? height : width, swaps_axes ? width : height, &upright));
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t u = turns[orientation].mirrors_x ? width - 1 - x : x;
            const int64_t v = turns[orientation].mirrors_y ? height - 1 - y : y;
            const int64_t at = swaps_axes ? u * height + v : v * width + u;
            memcpy(upright.rgb + 3 * at, image->rgb + 3 * (y * width + x), 3);
        }
    pb_image_free(image);
    *image = upright;
    return PB_STATUS_OK;
}
