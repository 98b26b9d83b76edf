/* TIFF by libtiff: the only page, read block by block (strips or tiles) rather than by TIFFReadRGBAImage(),
 * whose colour conversions are not Pillow's. */
#include "io/image_codec.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

#include "base/memory.h"
#include "io/exif.h"
#include "io/image_depth.h"

enum { MAX_SAMPLES = 8, MAX_COLORS = 4 };

/* Bounds what one damaged tag makes libtiff allocate. */
#define MAX_LIBTIFF_BYTES ((tmsize_t)1 << 31)

typedef struct tiff_reader {
    const pb_image_file *file;
    TIFF *tiff;
    uint64_t position;
    char message[256]; /* libtiff's first complaint about damage, "" for none */

    uint32_t width, height;             /* pixels, as stored */
    uint32_t block_width, block_height; /* a tile, or a strip */
    uint16_t bits;                      /* a sample, 1..16 */
    int32_t used_bits;                  /* of them, where they are more than 8 */
    uint16_t n_samples;                 /* a pixel, with alpha and other extras */
    uint16_t n_colors;                  /* of them, those that make the colour: 1, 3 or 4; they come first */
    uint16_t photometric, compression, orientation;
    bool planar;             /* one block a sample instead of interleaved samples */
    bool premultiplied;      /* sample n_colors is alpha, and the colours are multiplied by it */
    uint8_t palette[256][3]; /* RGB; PHOTOMETRIC_PALETTE only, 2^bits entries */
} tiff_reader;

static tmsize_t read_bytes(thandle_t handle, void *buffer, tmsize_t size)
{
    tiff_reader *reader = handle;
    if (size <= 0 || reader->position >= reader->file->size)
        return 0;
    const size_t left = reader->file->size - (size_t)reader->position;
    const size_t n = (size_t)size < left ? (size_t)size : left;
    memcpy(buffer, reader->file->bytes + reader->position, n);
    reader->position += n;
    return (tmsize_t)n;
}

static tmsize_t write_bytes(thandle_t handle, void *buffer, tmsize_t size)
{
    (void)handle;
    (void)buffer;
    (void)size;
    return 0;
}

static toff_t seek_to(thandle_t handle, toff_t offset, int whence)
{
    tiff_reader *reader = handle;
    const uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? reader->position : reader->file->size;
    reader->position = base + offset;
    return reader->position;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of_file(thandle_t handle)
{
    return ((tiff_reader *)handle)->file->size;
}

/* One that is none of the eight means what none means, to this program as to every viewer. */
static bool is_about_orientation(const char *error)
{
    return strstr(error, "Bad value") && strstr(error, "\"Orientation\"");
}

static int on_error(TIFF *tiff, void *user_data, const char *module, const char *format, va_list arguments)
{
    (void)tiff;
    (void)module;
    tiff_reader *reader = user_data;
    char text[sizeof reader->message];
    vsnprintf(text, sizeof text, format, arguments);
    if (!reader->message[0] && !is_about_orientation(text))
        memcpy(reader->message, text, sizeof text);
    return 1;
}

/* Most warnings are about metadata. These are about damage: a tag outside of the file, without which libtiff
 * would guess, and libjpeg painting grey over what is missing. */
static bool is_damage(const char *warning)
{
    return strstr(warning, "IO error") || strstr(warning, "Corrupt JPEG data") ||
           strstr(warning, "Premature end of JPEG");
}

static int on_warning(TIFF *tiff, void *user_data, const char *module, const char *format, va_list arguments)
{
    (void)tiff;
    (void)module;
    tiff_reader *reader = user_data;
    char text[sizeof reader->message];
    vsnprintf(text, sizeof text, format, arguments);
    if (!reader->message[0] && is_damage(text))
        memcpy(reader->message, text, sizeof text);
    return 1;
}

static pb_status fail_damaged(const tiff_reader *reader)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged or truncated TIFF: %s", reader->file->name,
                   reader->message[0] ? reader->message : "unreadable pixels");
}

static pb_status open_tiff(tiff_reader *reader)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return pb_fail(PB_STATUS_NO_MEMORY, "%s: TIFF: out of memory", reader->file->name);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_LIBTIFF_BYTES);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, reader);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, reader);
    reader->tiff = TIFFClientOpenExt(reader->file->name, "rm", reader, read_bytes, write_bytes, seek_to, close_nothing,
                                     size_of_file, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return reader->tiff && !reader->message[0] ? PB_STATUS_OK : fail_damaged(reader);
}

static uint16_t field16(const tiff_reader *reader, uint32_t tag)
{
    uint16_t value = 0;
    return TIFFGetFieldDefaulted(reader->tiff, tag, &value) ? value : 0;
}

/* Smaller versions of a picture, and masks, are no pictures of their own. A further page that cannot be read is none, either. */
static pb_status check_single(tiff_reader *reader)
{
    bool several = false;
    if (TIFFLastDirectory(reader->tiff))
        return PB_STATUS_OK;
    while (!several && TIFFReadDirectory(reader->tiff)) {
        uint32_t kind = 0;
        TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_SUBFILETYPE, &kind);
        several = !(kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK));
    }
    reader->message[0] = '\0';
    if (several)
        return pb_image_fail_several(reader->file->name, "a TIFF of several pages");
    return TIFFSetDirectory(reader->tiff, 0) && !reader->message[0] ? PB_STATUS_OK : fail_damaged(reader);
}

static pb_status fail_kind(const tiff_reader *reader)
{
    return pb_fail(PB_STATUS_UNSUPPORTED,
                   "%s: TIFF with %u samples of %u bits a pixel, photometric %u, sample format %u, compression %u "
                   "cannot be read: convert it to 8-bit grey or RGB",
                   reader->file->name, reader->n_samples, reader->bits, reader->photometric,
                   field16(reader, TIFFTAG_SAMPLEFORMAT), reader->compression);
}

/* Number of samples that make the colour; 0 for kinds that cannot be read. */
static uint16_t count_colors(const tiff_reader *reader)
{
    switch (reader->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
        return 1;
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR:
        return 3;
    case PHOTOMETRIC_SEPARATED:
        return 4;
    default:
        return 0;
    }
}

static bool is_readable_kind(const tiff_reader *reader)
{
    const uint16_t format = field16(reader, TIFFTAG_SAMPLEFORMAT);
    /* Pillow takes signed bytes for unsigned ones. */
    if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID &&
        !(format == SAMPLEFORMAT_INT && reader->bits == 8))
        return false;
    if (reader->bits < 1 || reader->bits > 16 || reader->n_colors == 0 || reader->n_samples < reader->n_colors)
        return false;
    if ((reader->photometric == PHOTOMETRIC_YCBCR && reader->bits != 8) ||
        (reader->photometric == PHOTOMETRIC_PALETTE && reader->bits > 8))
        return false;
    /* The old JPEG-in-TIFF was never one format, and libtiff's reader of it is not to be trusted. */
    return reader->n_samples <= MAX_SAMPLES && reader->compression != COMPRESSION_OJPEG;
}

static pb_status read_palette(tiff_reader *reader)
{
    uint16_t *channels[3] = {NULL, NULL, NULL};
    if (!TIFFGetField(reader->tiff, TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged TIFF: a palette image without palette", reader->file->name);
    const size_t n = (size_t)1 << reader->bits;
    /* Some writers store 8-bit values; read as the 16-bit ones they should be, they would all be black. */
    bool narrow = true;
    for (size_t i = 0; i < n; i++)
        narrow = narrow && channels[0][i] < 256 && channels[1][i] < 256 && channels[2][i] < 256;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            reader->palette[i][c] = (uint8_t)(channels[c][i] >> (narrow ? 0 : 8));
    return PB_STATUS_OK;
}

static pb_status read_layout(tiff_reader *reader)
{
    TIFF *tiff = reader->tiff;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &reader->width) ||
        !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &reader->height))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged TIFF: no image size", reader->file->name);
    PB_TRY(pb_image_check_size(reader->file->name, reader->width, reader->height));
    if (TIFFIsTiled(tiff)) {
        if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &reader->block_width) ||
            !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &reader->block_height))
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged TIFF: no tile size", reader->file->name);
    } else {
        uint32_t rows = 0;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
        reader->block_width = reader->width;
        reader->block_height = rows == 0 || rows > reader->height ? reader->height : rows;
    }
    return pb_image_check_size(reader->file->name, reader->block_width, reader->block_height);
}

static pb_status read_header(tiff_reader *reader)
{
    uint16_t n_extra = 0, *extra = NULL;
    reader->bits = field16(reader, TIFFTAG_BITSPERSAMPLE);
    reader->n_samples = field16(reader, TIFFTAG_SAMPLESPERPIXEL);
    reader->photometric = field16(reader, TIFFTAG_PHOTOMETRIC);
    reader->compression = field16(reader, TIFFTAG_COMPRESSION);
    reader->orientation = field16(reader, TIFFTAG_ORIENTATION);
    reader->planar = field16(reader, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && reader->n_samples > 1;
    reader->n_colors = count_colors(reader);
    if (!is_readable_kind(reader))
        return fail_kind(reader);
    PB_TRY(read_layout(reader));
    if (TIFFGetField(reader->tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra) && n_extra > 0)
        reader->premultiplied = extra[0] == EXTRASAMPLE_ASSOCALPHA && reader->n_samples > reader->n_colors &&
                                reader->photometric != PHOTOMETRIC_PALETTE;
    return reader->photometric == PHOTOMETRIC_PALETTE ? read_palette(reader) : PB_STATUS_OK;
}

/* Sample `index` of a row as stored: libtiff has put 16-bit samples into this machine's byte order. */
static uint32_t stored_sample(const uint8_t *row, size_t index, uint32_t bits)
{
    if (bits == 8)
        return row[index];
    if (bits == 16) {
        uint16_t value;
        memcpy(&value, row + 2 * index, sizeof value);
        return value;
    }
    uint32_t value = 0;
    for (size_t bit = index * bits; bit < (index + 1) * bits; bit++)
        value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1u);
    return value;
}

static uint8_t to_8_bits(const tiff_reader *reader, uint32_t value)
{
    const uint32_t most = (1u << reader->bits) - 1;
    const bool white_is_zero = reader->photometric == PHOTOMETRIC_MINISWHITE;
    if (reader->bits <= 8)
        return (uint8_t)(value * 255 / most);
    if (reader->file->is_mask)
        return (uint8_t)(value > (white_is_zero ? most - 1 : 0) ? 255 : 0);
    return pb_depth_to_8_bits(value, reader->used_bits);
}

/* libImaging/Unpack.c, unpackRGBa(). */
static uint8_t divide_by_alpha(uint8_t value, uint8_t alpha)
{
    const int quotient = alpha == 0 ? 0 : value * 255 / alpha;
    return (uint8_t)(quotient > 255 ? 255 : quotient);
}

/* The samples of one pixel as RGB. */
static void pixel_to_rgb(const tiff_reader *reader, const uint32_t *samples, uint8_t *rgb)
{
    uint8_t colors[MAX_COLORS] = {0};
    if (reader->photometric == PHOTOMETRIC_PALETTE) {
        memcpy(rgb, reader->palette[samples[0]], 3);
        return;
    }
    for (int c = 0; c < reader->n_colors && c < MAX_COLORS; c++)
        colors[c] = to_8_bits(reader, samples[c]);
    if (reader->premultiplied)
        for (int c = 0; c < reader->n_colors && c < MAX_COLORS; c++)
            colors[c] = divide_by_alpha(colors[c], to_8_bits(reader, samples[reader->n_colors]));
    if (reader->n_colors == 4)
        pb_image_cmyk_to_rgb(colors, 1, rgb);
    else if (reader->n_colors == 3)
        memcpy(rgb, colors, 3);
    else
        memset(rgb, reader->photometric == PHOTOMETRIC_MINISWHITE ? 255 - colors[0] : colors[0], 3);
}

typedef struct tiff_block {
    uint8_t *planes[MAX_COLORS + 1]; /* interleaved samples in the first, or one sample each */
    int n_planes;
    size_t row_bytes;
    size_t bytes; /* a plane */
} tiff_block;

/* The first n samples of pixel (x, y). */
static void pixel_samples(const tiff_reader *reader, const tiff_block *block, size_t x, uint32_t y, size_t n,
                          uint32_t *samples)
{
    for (size_t s = 0; s < n; s++) {
        const uint8_t *row = block->planes[reader->planar ? s : 0] + y * block->row_bytes;
        const size_t index = reader->planar ? x : x * reader->n_samples + s;
        samples[s] = stored_sample(row, index, reader->bits);
    }
}

/* What becomes of row y of a block: n pixels, the first of which is (left, top) of the image. */
typedef void (*row_use)(const tiff_reader *reader, const tiff_block *block, uint32_t y, uint32_t n, int64_t left,
                        int64_t top, void *out);

/* @param out the image */
static void row_to_rgb(const tiff_reader *reader, const tiff_block *block, uint32_t y, uint32_t n, int64_t left,
                       int64_t top, void *out)
{
    uint8_t *rgb = ((pb_image *)out)->rgb + (top * reader->width + left) * 3;
    const size_t n_used = (size_t)reader->n_colors + reader->premultiplied;
    for (size_t x = 0; x < n; x++) {
        uint32_t samples[MAX_COLORS + 1] = {0};
        pixel_samples(reader, block, x, y, n_used, samples);
        pixel_to_rgb(reader, samples, rgb + 3 * x);
    }
}

/* @param out uint32_t: the highest sample so far */
static void row_to_highest(const tiff_reader *reader, const tiff_block *block, uint32_t y, uint32_t n, int64_t left,
                           int64_t top, void *out)
{
    uint32_t *highest = out;
    (void)left;
    (void)top;
    for (size_t x = 0; x < n; x++) {
        uint32_t samples[MAX_COLORS] = {0};
        pixel_samples(reader, block, x, y, reader->n_colors, samples);
        for (int c = 0; c < reader->n_colors; c++)
            *highest = samples[c] > *highest ? samples[c] : *highest;
    }
}

static pb_status block_new(const tiff_reader *reader, tiff_block *block)
{
    const size_t samples = reader->planar ? 1 : reader->n_samples;
    block->n_planes = reader->planar ? reader->n_colors + reader->premultiplied : 1;
    block->row_bytes = ((size_t)reader->block_width * samples * reader->bits + 7) / 8;
    block->bytes = block->row_bytes * reader->block_height;
    const tmsize_t expected = TIFFIsTiled(reader->tiff) ? TIFFTileSize(reader->tiff) : TIFFStripSize(reader->tiff);
    if (expected <= 0 || (size_t)expected != block->bytes)
        return fail_kind(reader);
    for (int plane = 0; plane < block->n_planes; plane++)
        PB_TRY(PB_NEW_UNINITIALISED(block->planes[plane], block->bytes));
    return PB_STATUS_OK;
}

/* Reads the block with pixel (x, y) at its top left, of which `n_rows` are inside the image. */
static pb_status read_block(const tiff_reader *reader, uint32_t x, uint32_t y, uint32_t n_rows, tiff_block *block)
{
    const tmsize_t size = (tmsize_t)block->bytes;
    for (int plane = 0; plane < block->n_planes; plane++) {
        uint8_t *bytes = block->planes[plane];
        tmsize_t n;
        if (TIFFIsTiled(reader->tiff))
            n = TIFFReadEncodedTile(reader->tiff, TIFFComputeTile(reader->tiff, x, y, 0, (uint16_t)plane), bytes, size);
        else
            n = TIFFReadEncodedStrip(reader->tiff, TIFFComputeStrip(reader->tiff, y, (uint16_t)plane), bytes, size);
        if (n < (tmsize_t)(block->row_bytes * n_rows) || reader->message[0])
            return fail_damaged(reader);
    }
    return PB_STATUS_OK;
}

static pb_status use_blocks(const tiff_reader *reader, tiff_block *block, row_use use, void *out)
{
    PB_TRY(block_new(reader, block));
    for (int64_t top = 0; top < reader->height; top += reader->block_height) {
        const int64_t rows_left = reader->height - top;
        const uint32_t rows = rows_left < reader->block_height ? (uint32_t)rows_left : reader->block_height;
        for (int64_t left = 0; left < reader->width; left += reader->block_width) {
            const int64_t pixels_left = reader->width - left;
            const uint32_t n = pixels_left < reader->block_width ? (uint32_t)pixels_left : reader->block_width;
            PB_TRY(read_block(reader, (uint32_t)left, (uint32_t)top, rows, block));
            for (uint32_t y = 0; y < rows; y++)
                use(reader, block, y, n, left, top + y, out);
        }
    }
    return PB_STATUS_OK;
}

static pb_status read_blocks(const tiff_reader *reader, row_use use, void *out)
{
    tiff_block block = {0};
    const pb_status status = use_blocks(reader, &block, use, out);
    for (int plane = 0; plane < block.n_planes; plane++)
        pb_free(block.planes[plane]);
    return status;
}

/* Samples of 9 to 15 bits are as deep as they say; those of 16 may hold less, so that they are read twice. */
static pb_status find_used_bits(tiff_reader *reader)
{
    uint32_t highest = 0;
    reader->used_bits = reader->bits;
    if (reader->bits != 16 || reader->file->is_mask)
        return PB_STATUS_OK;
    PB_TRY(read_blocks(reader, row_to_highest, &highest));
    return pb_depth_choose(reader->file, highest, &reader->used_bits);
}

/* YCbCr without JPEG, which only libtiff's converter knows how to subsample; Pillow uses it here too. */
static pb_status read_by_converter(const tiff_reader *reader, pb_image *image)
{
    const size_t pixels = (size_t)reader->width * reader->height;
    uint32_t *raster;
    PB_TRY(PB_NEW_UNINITIALISED(raster, pixels));
    const int done =
        TIFFReadRGBAImageOriented(reader->tiff, reader->width, reader->height, raster, ORIENTATION_TOPLEFT, 1);
    for (size_t i = 0; done && i < pixels; i++) {
        image->rgb[3 * i] = (uint8_t)TIFFGetR(raster[i]);
        image->rgb[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
        image->rgb[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
    }
    pb_free(raster);
    return done && !reader->message[0] ? PB_STATUS_OK : fail_damaged(reader);
}

static pb_status read_pixels(tiff_reader *reader, pb_image *image)
{
    const bool ycbcr = reader->photometric == PHOTOMETRIC_YCBCR;
    /* Orientation is our own business. */
    TIFFSetField(reader->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    if (ycbcr && (reader->compression != COMPRESSION_JPEG || reader->planar))
        return read_by_converter(reader, image);
    if (ycbcr)
        TIFFSetField(reader->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    PB_TRY(find_used_bits(reader));
    return read_blocks(reader, row_to_rgb, image);
}

static pb_status decode(tiff_reader *reader, pb_image *image)
{
    PB_TRY(open_tiff(reader));
    PB_TRY(check_single(reader));
    PB_TRY(read_header(reader));
    PB_TRY(pb_image_new_for_file(reader->file->name, reader->width, reader->height, image));
    PB_TRY(read_pixels(reader, image));
    return pb_exif_turn(reader->file->name, reader->orientation, image); /* the tag is that of EXIF */
}

pb_status pb_image_decode_tiff(const pb_image_file *file, pb_image *out)
{
    tiff_reader *reader;
    pb_image image = {0};
    PB_TRY(PB_NEW(reader, 1));
    reader->file = file;
    const pb_status status = decode(reader, &image);
    if (reader->tiff)
        TIFFClose(reader->tiff);
    pb_free(reader);
    if (status == PB_STATUS_OK)
        *out = image;
    else
        pb_image_free(&image);
    return status;
}

static pb_status measure_bits(tiff_reader *reader, int32_t *out)
{
    PB_TRY(open_tiff(reader));
    PB_TRY(read_header(reader));
    if (reader->bits <= 8)
        return PB_STATUS_OK;
    PB_TRY(find_used_bits(reader));
    *out = reader->used_bits;
    return PB_STATUS_OK;
}

pb_status pb_image_tiff_sample_bits(const pb_image_file *file, int32_t *out)
{
    tiff_reader *reader;
    *out = 0;
    PB_TRY(PB_NEW(reader, 1));
    reader->file = file;
    const pb_status status = measure_bits(reader, out);
    if (reader->tiff)
        TIFFClose(reader->tiff);
    pb_free(reader);
    return status;
}
