/* BMP: a small reader of our own. Every offset is checked against the file's size before it is used. */
#include "io/image_codec.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/memory.h"

enum { FILE_HEADER_BYTES = 14, CORE_HEADER_BYTES = 12, INFO_HEADER_BYTES = 40 };

enum { COMPRESSION_NONE = 0, COMPRESSION_RLE8 = 1, COMPRESSION_RLE4 = 2, COMPRESSION_BITFIELDS = 3 };

/* Where one colour sits in a 16- or 32-bit pixel. */
typedef struct bmp_field {
    uint32_t mask;
    int shift;
    uint32_t maximum; /* mask >> shift; 0: no such colour */
} bmp_field;

typedef struct bmp_reader {
    const pb_image_file *file;
    int64_t width, height; /* pixels */
    bool top_down;
    uint32_t bits; /* a pixel */
    uint32_t compression;
    size_t header_size;
    size_t pixels_at;
    size_t n_colors;
    uint8_t palette[256][3]; /* RGB */
    bmp_field fields[3];     /* R, G, B */
} bmp_reader;

static pb_status fail_truncated(const bmp_reader *bmp)
{
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s: truncated BMP: the file ends after %zu bytes, inside the image",
                   bmp->file->name, bmp->file->size);
}

static uint32_t u16(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t u32(const uint8_t *bytes)
{
    return u16(bytes) | u16(bytes + 2) << 16;
}

static pb_status parse_core_header(bmp_reader *bmp, const uint8_t *header)
{
    bmp->width = u16(header + 4);
    bmp->height = u16(header + 6);
    bmp->bits = u16(header + 10);
    bmp->compression = COMPRESSION_NONE;
    return PB_STATUS_OK;
}

static pb_status parse_info_header(bmp_reader *bmp, const uint8_t *header)
{
    bmp->width = (int32_t)u32(header + 4);
    bmp->height = (int32_t)u32(header + 8);
    bmp->bits = u16(header + 14);
    bmp->compression = u32(header + 16);
    bmp->n_colors = u32(header + 32);
    bmp->top_down = bmp->height < 0;
    if (bmp->top_down)
        bmp->height = -bmp->height;
    return PB_STATUS_OK;
}

static bool is_readable_kind(const bmp_reader *bmp)
{
    switch (bmp->compression) {
    case COMPRESSION_NONE:
        return bmp->bits == 1 || bmp->bits == 4 || bmp->bits == 8 || bmp->bits == 16 || bmp->bits == 24 ||
               bmp->bits == 32;
    case COMPRESSION_RLE8:
        return bmp->bits == 8;
    case COMPRESSION_RLE4:
        return bmp->bits == 4;
    case COMPRESSION_BITFIELDS:
        return bmp->bits == 16 || bmp->bits == 32;
    default:
        return false;
    }
}

static pb_status parse_header(bmp_reader *bmp)
{
    const uint8_t *bytes = bmp->file->bytes;
    if (bmp->file->size < FILE_HEADER_BYTES + 4)
        return fail_truncated(bmp);
    bmp->pixels_at = u32(bytes + 10);
    bmp->header_size = u32(bytes + FILE_HEADER_BYTES);
    if (bmp->header_size != CORE_HEADER_BYTES && (bmp->header_size < INFO_HEADER_BYTES || bmp->header_size > 1024))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: not a BMP image: a header of %zu bytes does not exist",
                       bmp->file->name, bmp->header_size);
    if (bmp->file->size < FILE_HEADER_BYTES + bmp->header_size)
        return fail_truncated(bmp);
    if (bmp->header_size == CORE_HEADER_BYTES)
        PB_TRY(parse_core_header(bmp, bytes + FILE_HEADER_BYTES));
    else
        PB_TRY(parse_info_header(bmp, bytes + FILE_HEADER_BYTES));
    if (!is_readable_kind(bmp))
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "%s: BMP of %" PRIu32 " bits a pixel with compression %" PRIu32 " cannot be read",
                       bmp->file->name, bmp->bits, bmp->compression);
    return pb_image_check_size(bmp->file->name, bmp->width, bmp->height);
}

static pb_status parse_palette(bmp_reader *bmp)
{
    const size_t entry = bmp->header_size == CORE_HEADER_BYTES ? 3 : 4;
    const size_t at = FILE_HEADER_BYTES + bmp->header_size;
    const size_t most = (size_t)1 << bmp->bits;
    const size_t stored = bmp->n_colors > 0 ? bmp->n_colors : most;
    /* More colours than pixel values exist in the wild; the surplus is unused. */
    bmp->n_colors = stored < most ? stored : most;
    if (stored > bmp->file->size || at + stored * entry > bmp->file->size)
        return fail_truncated(bmp);
    for (size_t i = 0; i < bmp->n_colors; i++)
        for (size_t c = 0; c < 3; c++)
            bmp->palette[i][c] = bmp->file->bytes[at + i * entry + 2 - c];
    /* Some writers forget the palette's size, or the field as a whole. */
    if (bmp->pixels_at == 0 || bmp->pixels_at == at)
        bmp->pixels_at = at + stored * entry;
    return PB_STATUS_OK;
}

static pb_status set_field(bmp_reader *bmp, int color, uint32_t mask)
{
    bmp_field *field = &bmp->fields[color];
    field->mask = mask;
    field->shift = mask ? __builtin_ctz(mask) : 0;
    field->maximum = mask >> field->shift;
    if ((field->maximum & (field->maximum + 1)) != 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: BMP with a colour mask of 0x%08" PRIx32 ", which has holes",
                       bmp->file->name, mask);
    return PB_STATUS_OK;
}

static pb_status parse_fields(bmp_reader *bmp)
{
    /* Without masks: 5 bits a colour, or 8 as in a 24-bit file; red is the highest. */
    uint32_t masks[3] = {bmp->bits == 16 ? 0x7c00 : 0xff0000, bmp->bits == 16 ? 0x3e0 : 0xff00,
                         bmp->bits == 16 ? 0x1f : 0xff};
    const size_t at = FILE_HEADER_BYTES + INFO_HEADER_BYTES; /* after or inside of the header: the same place */
    if (bmp->compression == COMPRESSION_BITFIELDS) {
        if (bmp->file->size < at + 12)
            return fail_truncated(bmp);
        uint32_t any = 0;
        for (size_t c = 0; c < 3; c++)
            any |= u32(bmp->file->bytes + at + 4 * c);
        for (size_t c = 0; c < 3 && any; c++)
            masks[c] = u32(bmp->file->bytes + at + 4 * c);
    }
    if (bmp->pixels_at == 0)
        bmp->pixels_at = FILE_HEADER_BYTES + bmp->header_size +
                         (bmp->compression == COMPRESSION_BITFIELDS && bmp->header_size == INFO_HEADER_BYTES ? 12 : 0);
    for (int c = 0; c < 3; c++)
        PB_TRY(set_field(bmp, c, masks[c]));
    return PB_STATUS_OK;
}

static uint8_t *output_row(const bmp_reader *bmp, pb_image *image, int64_t row)
{
    const int64_t y = bmp->top_down ? row : bmp->height - 1 - row;
    return image->rgb + y * bmp->width * 3;
}

static pb_status put_color(const bmp_reader *bmp, uint32_t index, uint8_t *rgb)
{
    if (index >= bmp->n_colors)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged BMP: a pixel has colour %" PRIu32 " of %zu", bmp->file->name,
                       index, bmp->n_colors);
    for (int c = 0; c < 3; c++)
        rgb[c] = bmp->palette[index][c];
    return PB_STATUS_OK;
}

static pb_status read_palette_row(const bmp_reader *bmp, const uint8_t *row, uint8_t *rgb)
{
    const uint32_t mask = (1u << bmp->bits) - 1;
    for (int64_t x = 0; x < bmp->width; x++) {
        const int64_t bit = x * bmp->bits;
        const uint32_t index = row[bit / 8] >> (8 - bmp->bits - (uint32_t)(bit % 8)) & mask;
        PB_TRY(put_color(bmp, index, rgb + 3 * x));
    }
    return PB_STATUS_OK;
}

static void read_field_row(const bmp_reader *bmp, const uint8_t *row, uint8_t *rgb)
{
    for (int64_t x = 0; x < bmp->width; x++) {
        const uint32_t pixel = bmp->bits == 16 ? u16(row + 2 * x) : u32(row + 4 * x);
        for (int c = 0; c < 3; c++) {
            const bmp_field *field = &bmp->fields[c];
            const uint64_t value = (pixel & field->mask) >> field->shift;
            rgb[3 * x + c] = (uint8_t)(field->maximum ? value * 255 / field->maximum : 0);
        }
    }
}

static pb_status read_rows(const bmp_reader *bmp, pb_image *image)
{
    const size_t stride = ((size_t)bmp->width * bmp->bits + 31) / 32 * 4;
    if (bmp->pixels_at > bmp->file->size || (bmp->file->size - bmp->pixels_at) / stride < (size_t)bmp->height)
        return fail_truncated(bmp);
    for (int64_t y = 0; y < bmp->height; y++) {
        const uint8_t *row = bmp->file->bytes + bmp->pixels_at + (size_t)y * stride;
        uint8_t *rgb = output_row(bmp, image, y);
        if (bmp->bits <= 8)
            PB_TRY(read_palette_row(bmp, row, rgb));
        else if (bmp->bits == 24)
            for (int64_t i = 0; i < bmp->width * 3; i++)
                rgb[i] = row[i - i % 3 + 2 - i % 3];
        else
            read_field_row(bmp, row, rgb);
    }
    return PB_STATUS_OK;
}

/* The pen of a run-length encoded image. */
typedef struct rle_state {
    size_t at; /* next byte of the file */
    int64_t x, row;
} rle_state;

/* Paints n pixels of a literal run (indices packed from `at` on) or of a repeated byte. A run may end outside
 * of its row only when it repeats, as encoders pad those. */
static pb_status paint_run(const bmp_reader *bmp, rle_state *rle, int64_t n, size_t at, bool literal, pb_image *image)
{
    if (rle->row >= bmp->height || (literal && n > bmp->width - rle->x))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged BMP: a run of %d pixels leaves the image", bmp->file->name,
                       (int)n);
    for (int64_t i = 0; i < n && rle->x < bmp->width; i++, rle->x++) {
        uint32_t index;
        if (bmp->bits == 8)
            index = bmp->file->bytes[at + (literal ? (size_t)i : 0)];
        else
            index = bmp->file->bytes[at + (literal ? (size_t)i / 2 : 0)] >> (i % 2 ? 0 : 4) & 15;
        PB_TRY(put_color(bmp, index, output_row(bmp, image, rle->row) + 3 * rle->x));
    }
    return PB_STATUS_OK;
}

static pb_status read_literal_run(const bmp_reader *bmp, rle_state *rle, uint8_t n, pb_image *image)
{
    const size_t bytes = bmp->bits == 8 ? n : (n + (size_t)1) / 2;
    if (bmp->file->size - rle->at < bytes)
        return fail_truncated(bmp);
    PB_TRY(paint_run(bmp, rle, n, rle->at, true, image));
    rle->at += bytes + bytes % 2;
    return PB_STATUS_OK;
}

/* Pixels that a file skips have colour 0. */
static pb_status paint_background(const bmp_reader *bmp, pb_image *image)
{
    for (int64_t i = 0; i < bmp->width * bmp->height; i++)
        PB_TRY(put_color(bmp, 0, image->rgb + 3 * i));
    return PB_STATUS_OK;
}

static pb_status read_runs(const bmp_reader *bmp, pb_image *image)
{
    enum { END_OF_ROW = 0, END_OF_IMAGE = 1, MOVE = 2 };
    const uint8_t *bytes = bmp->file->bytes;
    const size_t size = bmp->file->size;
    rle_state rle = {.at = bmp->pixels_at};
    PB_TRY(paint_background(bmp, image));
    while (rle.at < size && size - rle.at >= 2) {
        const uint8_t n = bytes[rle.at], value = bytes[rle.at + 1];
        rle.at += 2;
        if (n > 0) {
            PB_TRY(paint_run(bmp, &rle, n, rle.at - 1, false, image));
        } else if (value == END_OF_ROW) {
            rle.x = 0;
            rle.row++;
        } else if (value == END_OF_IMAGE) {
            return PB_STATUS_OK;
        } else if (value == MOVE) {
            if (size - rle.at < 2)
                return fail_truncated(bmp);
            rle.x += bytes[rle.at];
            rle.row += bytes[rle.at + 1];
            rle.at += 2;
        } else {
            PB_TRY(read_literal_run(bmp, &rle, value, image));
        }
    }
    return fail_truncated(bmp);
}

pb_status pb_image_decode_bmp(const pb_image_file *file, pb_image *out)
{
    bmp_reader bmp = {.file = file};
    PB_TRY(parse_header(&bmp));
    if (bmp.bits <= 8)
        PB_TRY(parse_palette(&bmp));
    else
        PB_TRY(parse_fields(&bmp));
    pb_image image;
    PB_TRY(pb_image_new_for_file(file->name, bmp.width, bmp.height, &image));
    const bool runs = bmp.compression == COMPRESSION_RLE8 || bmp.compression == COMPRESSION_RLE4;
    const pb_status status = runs ? read_runs(&bmp, &image) : read_rows(&bmp, &image);
    if (status == PB_STATUS_OK)
        *out = image;
    else
        pb_image_free(&image);
    return status;
}
