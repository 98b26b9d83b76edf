/* JPEG by libjpeg-turbo, with its default decoder settings, which are Pillow's too. */
#include "io/image_codec.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h> /* needs jpeglib.h before it */

#include "base/memory.h"
#include "base/product.h"
#include "io/exif.h"

/* A progressive file may repeat scans at hardly any bytes each; honest files have about ten. */
enum { MAX_SCANS = 100 };

enum { EXIF_MARKER = JPEG_APP0 + 1, MAX_MARKER_BYTES = 0xffff };

/* Everything lives here, outside the frame of the function that calls setjmp(), so longjmp() clobbers
 * nothing. */
typedef struct jpeg_reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    const pb_image_file *file;
    pb_status status;
    pb_image image;
    uint8_t *cmyk_row; /* width x 4, CMYK files only */
    bool is_read;      /* all rows are there: only the end of the image is still looked for */
} jpeg_reader;

static jpeg_reader *reader_of(j_common_ptr info)
{
    return info->client_data;
}

static _Noreturn void stop(jpeg_reader *reader, pb_status status)
{
    reader->status = status;
    longjmp(reader->on_error, 1);
}

static _Noreturn void on_error_exit(j_common_ptr info)
{
    jpeg_reader *reader = reader_of(info);
    char message[JMSG_LENGTH_MAX];
    info->err->format_message(info, message);
    switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
        stop(reader, pb_fail(PB_STATUS_NO_MEMORY, "%s: JPEG: %s", reader->file->name, message));
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
        stop(reader, pb_fail(PB_STATUS_UNSUPPORTED, "%s: JPEG: %s", reader->file->name, message));
    default:
        stop(reader, pb_fail(PB_STATUS_BAD_FORMAT, "%s: damaged JPEG: %s", reader->file->name, message));
    }
}

/* The bytes that libjpeg has skipped to find a marker. Zeroes are what cameras fill up with; anything else is what is left of data
 * that came to an end too early. */
static bool has_skipped_data(const jpeg_reader *reader)
{
    const long n = reader->errors.msg_parm.i[0];
    const uint8_t *end = reader->source.next_input_byte;
    if (n < 0 || end < reader->file->bytes || end > reader->file->bytes + reader->file->size ||
        n > end - reader->file->bytes)
        return true;
    for (const uint8_t *byte = end - n; byte < end; byte++)
        if (*byte != 0)
            return true;
    return false;
}

/* libjpeg goes on after damage and paints grey; a measuring program must not. Other warnings are harmless. */
static void on_message(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    switch (info->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
        if (!has_skipped_data(reader_of(info)))
            break;
        on_error_exit(info);
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        on_error_exit(info);
    default:
        break;
    }
}

static void ignore_source(j_decompress_ptr info)
{
    (void)info;
}

static boolean on_end_of_file(j_decompress_ptr info)
{
    static const JOCTET end[] = {0xff, JPEG_EOI};
    jpeg_reader *reader = reader_of((j_common_ptr)info);
    if (reader->is_read) { /* some writers leave the marker out */
        info->src->next_input_byte = end;
        info->src->bytes_in_buffer = sizeof end;
        return TRUE;
    }
    stop(reader, pb_fail(PB_STATUS_BAD_FORMAT, "%s: truncated JPEG: the file ends after %zu bytes, inside the image",
                         reader->file->name, reader->file->size));
}

static void skip_bytes(j_decompress_ptr info, long n)
{
    struct jpeg_source_mgr *source = info->src;
    if (n <= 0)
        return;
    if ((size_t)n > source->bytes_in_buffer) {
        (void)on_end_of_file(info);
        return;
    }
    source->next_input_byte += n;
    source->bytes_in_buffer -= (size_t)n;
}

static void limit_scans(j_common_ptr info)
{
    jpeg_reader *reader = reader_of(info);
    if (reader->info.input_scan_number > MAX_SCANS)
        stop(reader, pb_fail(PB_STATUS_LIMIT, "%s: JPEG with more than %d scans", reader->file->name, MAX_SCANS));
}

static void connect(jpeg_reader *reader)
{
    reader->info.client_data = reader;
    reader->source.init_source = ignore_source;
    reader->source.fill_input_buffer = on_end_of_file;
    reader->source.skip_input_data = skip_bytes;
    reader->source.resync_to_restart = jpeg_resync_to_restart;
    reader->source.term_source = ignore_source;
    reader->source.next_input_byte = reader->file->bytes;
    reader->source.bytes_in_buffer = reader->file->size;
    reader->info.src = &reader->source;
    reader->progress.progress_monitor = limit_scans;
    reader->info.progress = &reader->progress;
}

static pb_status prepare_output(jpeg_reader *reader)
{
    struct jpeg_decompress_struct *info = &reader->info;
    PB_TRY(pb_image_new_for_file(reader->file->name, info->image_width, info->image_height, &reader->image));
    switch (info->num_components) {
    case 1:
    case 3:
        info->out_color_space = JCS_RGB;
        return PB_STATUS_OK;
    case 4:
        info->out_color_space = JCS_CMYK;
        return PB_NEW_PRODUCT_UNINITIALISED(reader->cmyk_row, (int64_t)info->image_width, 4);
    default:
        return pb_fail(PB_STATUS_UNSUPPORTED, "%s: JPEG with %d colour components; 1, 3 or 4 can be read",
                       reader->file->name, info->num_components);
    }
}

static void read_row(jpeg_reader *reader)
{
    const int64_t width = reader->image.width;
    uint8_t *rgb = reader->image.rgb + (int64_t)reader->info.output_scanline * width * 3;
    uint8_t *row = reader->cmyk_row ? reader->cmyk_row : rgb;
    (void)jpeg_read_scanlines(&reader->info, &row, 1);
    if (!reader->cmyk_row)
        return;
    /* Adobe writes ink inverted, and Pillow takes every four-component JPEG to be Adobe's. */
    for (int64_t i = 0; i < width * 4; i++)
        reader->cmyk_row[i] = (uint8_t)(255 - reader->cmyk_row[i]);
    pb_image_cmyk_to_rgb(reader->cmyk_row, width, rgb);
}

/* The first such marker with EXIF in it: others are XMP, or what did not fit. */
static int find_orientation(const jpeg_reader *reader)
{
    for (jpeg_saved_marker_ptr marker = reader->info.marker_list; marker; marker = marker->next)
        if (marker->marker == EXIF_MARKER && marker->data_length >= 6 && memcmp(marker->data, "Exif\0", 6) == 0)
            return pb_exif_orientation(marker->data, marker->data_length);
    return PB_EXIF_UPRIGHT;
}

static void read_image(jpeg_reader *reader)
{
    if (setjmp(reader->on_error))
        return;
    jpeg_create_decompress(&reader->info);
    connect(reader);
    jpeg_save_markers(&reader->info, EXIF_MARKER, MAX_MARKER_BYTES);
    (void)jpeg_read_header(&reader->info, TRUE);
    reader->status = prepare_output(reader);
    if (reader->status != PB_STATUS_OK)
        return;
    (void)jpeg_start_decompress(&reader->info);
    while (reader->info.output_scanline < reader->info.output_height)
        read_row(reader);
    reader->is_read = true;
    /* Finds data that are left over, as jpeg_finish_decompress() does, which would forget the markers. */
    while (jpeg_consume_input(&reader->info) != JPEG_REACHED_EOI)
        continue;
    reader->status = pb_exif_turn(reader->file->name, find_orientation(reader), &reader->image);
}

pb_status pb_image_decode_jpeg(const pb_image_file *file, pb_image *out)
{
    jpeg_reader reader;
    memset(&reader, 0, sizeof reader);
    reader.file = file;
    reader.info.err = jpeg_std_error(&reader.errors);
    reader.info.client_data = &reader;
    reader.errors.error_exit = on_error_exit;
    reader.errors.emit_message = on_message;
    read_image(&reader);
    jpeg_destroy_decompress(&reader.info);
    pb_free(reader.cmyk_row);
    if (reader.status == PB_STATUS_OK)
        *out = reader.image;
    else
        pb_image_free(&reader.image);
    return reader.status;
}
