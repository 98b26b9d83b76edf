#include "io/jpeg.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs FILE */

#include <jpeglib.h>

#include "base/memory.h"

enum { FIRST_BYTES = 1 << 16 };

/* libjpeg's hooks, extended: errors jump back instead of exiting, output goes to one growing block of ours. */
typedef struct encoder {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf on_error;
    pb_status status; /* of the error that jumped */
    uint8_t *bytes;
    int64_t capacity;
} encoder;

static encoder *encoder_of(j_common_ptr jpeg)
{
    return jpeg->client_data;
}

static void fail(j_common_ptr jpeg)
{
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    encoder_of(jpeg)->status = pb_fail(PB_STATUS_INTERNAL, "cannot encode a picture: %s", text);
    longjmp(encoder_of(jpeg)->on_error, 1);
}

static void say_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void start_output(j_compress_ptr jpeg)
{
    encoder *self = encoder_of((j_common_ptr)jpeg);
    self->destination.next_output_byte = self->bytes;
    self->destination.free_in_buffer = (size_t)self->capacity;
}

static boolean grow_output(j_compress_ptr jpeg)
{
    encoder *self = encoder_of((j_common_ptr)jpeg);
    const int64_t full = self->capacity;
    self->status = PB_RESERVE(self->bytes, full + 1, self->capacity);
    if (self->status != PB_STATUS_OK)
        longjmp(self->on_error, 1);
    self->destination.next_output_byte = self->bytes + full;
    self->destination.free_in_buffer = (size_t)(self->capacity - full);
    return TRUE;
}

static void end_output(j_compress_ptr jpeg)
{
    (void)jpeg;
}

static void compress_rows(encoder *self, const pb_image *image, int quality)
{
    j_compress_ptr jpeg = &self->jpeg;
    jpeg->image_width = (JDIMENSION)image->width;
    jpeg->image_height = (JDIMENSION)image->height;
    jpeg->input_components = 3;
    jpeg->in_color_space = JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->optimize_coding = TRUE;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = image->rgb + (size_t)jpeg->next_scanline * (size_t)image->width * 3;
        (void)jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

pb_status pb_jpeg_encode(const pb_image *image, int quality, uint8_t **out, size_t *out_size)
{
    /* On the heap, so that nothing changed between setjmp and longjmp lives in a register. */
    encoder *self;
    PB_TRY(PB_NEW(self, 1));
    pb_status status = PB_RESERVE(self->bytes, FIRST_BYTES, self->capacity);
    if (status != PB_STATUS_OK) {
        pb_free(self);
        return status;
    }
    self->jpeg.err = jpeg_std_error(&self->errors);
    self->jpeg.client_data = self;
    self->errors.error_exit = fail;
    self->errors.output_message = say_nothing;
    if (setjmp(self->on_error)) {
        jpeg_destroy_compress(&self->jpeg);
        status = self->status;
        pb_free(self->bytes);
        pb_free(self);
        return status;
    }
    jpeg_create_compress(&self->jpeg);
    self->destination.init_destination = start_output;
    self->destination.empty_output_buffer = grow_output;
    self->destination.term_destination = end_output;
    self->jpeg.dest = &self->destination;
    compress_rows(self, image, quality);
    *out = self->bytes;
    *out_size = (size_t)self->capacity - self->destination.free_in_buffer;
    jpeg_destroy_compress(&self->jpeg);
    pb_free(self);
    return PB_STATUS_OK;
}
