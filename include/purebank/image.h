/** @file image.h
 *  @brief 8-bit RGB images: reading, Pillow-exact resizing, colour maps, heatmap overlays, writing PNG.
 *  No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_IMAGE_H
#define PUREBANK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** An owned 8-bit RGB image; pixel (y, x) starts at rgb[(y * width + x) * 3]. Free with pb_image_free(). */
typedef struct pb_image {
    int32_t width, height; /**< pixels, >= 1 */
    uint8_t *rgb;          /**< height x width x 3 */
} pb_image;

/** Pixels [left, left + width) x [top, top + height). */
typedef struct pb_rect {
    int32_t left, top, width, height;
} pb_rect;

/** Images with more pixels than this are refused unless the caller raises the limit (image bombs). */
#define PB_IMAGE_DEFAULT_MAX_PIXELS ((int64_t)178956970)

typedef enum pb_resample { PB_RESAMPLE_BILINEAR, PB_RESAMPLE_BICUBIC } pb_resample;

typedef enum pb_colormap { PB_COLORMAP_VIRIDIS, PB_COLORMAP_INFERNO, PB_COLORMAP_TURBO } pb_colormap;

/** Sets the largest image, in pixels, that pb_image_read() accepts in this process; 0 restores the default. */
PB_API pb_status pb_image_set_max_pixels(int64_t max_pixels);

/** How photos are read. Initialise with PB_IMAGE_OPTIONS_INIT. */
typedef struct pb_image_options {
    size_t size; /**< of this struct, so that later versions may add members */
    /** Bits of the values in 16-bit files, 8 to 16: cameras of 8, 10 or 12 bits write theirs into such files as they are. A photo
     *  with higher values is an error. 0: as few of 8, 10, 12, 16 as this photo's values need, so that none comes out black;
     *  but photos to be compared must be read alike: see pb_image_sample_bits(). */
    int32_t sample_bits;
} pb_image_options;

/** Each photo by itself. */
#define PB_IMAGE_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        sizeof(pb_image_options), 0                                                                                    \
    }

/** Reads a JPEG, PNG, TIFF, WebP or BMP file, known by its content and not by its name, into 8-bit RGB: the
 *  same bytes as Pillow's ImageOps.exif_transpose(Image.open(path)).convert("RGB"). Alpha is dropped, not blended. The image is
 *  upright, as every viewer shows it: the EXIF orientation of JPEG, PNG (eXIf) and WebP and the tag of TIFF are applied; EXIF data
 *  that is damaged is passed over. Unlike Pillow:
 *  - 16-bit samples become the high 8 of the bits that the photo uses (pb_image_options.sample_bits): Pillow clips 16-bit grey at
 *    255 and takes the high byte of 16-bit colours; TIFF's 16-bit white-is-zero is inverted;
 *  - files of several pictures (an animated PNG or WebP, a TIFF of several pages) are PB_STATUS_UNSUPPORTED, as nobody said which
 *    one shows the part; smaller versions and masks in a TIFF are no pictures of their own;
 *  - JPEG data with a hole, which libjpeg fills with grey, is an error, and so are palette indices without a colour;
 *  - YCbCr TIFF without compression may differ by 1.
 *  @return PB_STATUS_IO, PB_STATUS_BAD_FORMAT, PB_STATUS_UNSUPPORTED, PB_STATUS_LIMIT, PB_STATUS_NO_MEMORY */
PB_API pb_status pb_image_read(const char *path, pb_image *out);

/** The same with choices. @param options NULL: the defaults
 *  @return also PB_STATUS_UNSUPPORTED for a 16-bit file with values that options->sample_bits do not hold */
PB_API pb_status pb_image_read_as(const char *path, const pb_image_options *options, pb_image *out);

/** What photos that are to be compared should be read with.
 *  @param paths n files; those that cannot be read are passed over; NULL where n is 0
 *  @param out   the fewest of 8, 10, 12, 16 bits that hold the values of all files of 16 bits, those of 9 to 15 bits counting as they
 *               are; 0 where none has more than 8 */
PB_API pb_status pb_image_sample_bits(const char *const *paths, int64_t n, int32_t *out);

/** The same for each file by itself. @param out n; 0: no more than 8 bits, or not to be read */
PB_API pb_status pb_image_depths(const char *const *paths, int64_t n, int32_t *out);

/** Are these depths those of photos by different cameras, or of one that was set otherwise: files of 8 bits among deeper ones, or 16-bit files of
 *  which some need 4 bits less? Read alike, some are darker than they were, or kept from being compared.
 *  @param shallow,@param deep the first of the least and of the most bits */
PB_API bool pb_image_depths_differ(const int32_t *depths, int64_t n, int64_t *shallow, int64_t *deep);

/** The same as pb_image_read() from memory; `name` stands for the path in messages. */
PB_API pb_status pb_image_decode(const void *bytes, size_t n_bytes, const char *name, pb_image *out);

/** A new image, all black. */
PB_API pb_status pb_image_new(int32_t width, int32_t height, pb_image *out);

/** Writes an RGB PNG: temporary file, fsync, rename. */
PB_API pb_status pb_image_write_png(const pb_image *image, const char *path);

/** The same into memory; free *out with pb_buffer_free(). */
PB_API pb_status pb_image_encode_png(const pb_image *image, uint8_t **out, size_t *out_bytes);

/** Resizes to width x height with the bytes of Pillow 13's Image.resize(): antialiased, 8 bit between its two
 *  passes (Pillow, src/libImaging/Resample.c). Pillow up to 12 always goes across first, 13 goes down first
 * when the height shrinks by more than twice the pixels of the width: such tall images, and no others, may
 * come out with other last bits in the older versions. */
PB_API pb_status pb_image_resize(const pb_image *image, int32_t width, int32_t height, pb_resample filter,
                                 pb_image *out);

/** Cuts the rectangle [left, left + width) x [top, top + height), which must lie inside the image. */
PB_API pb_status pb_image_crop(const pb_image *image, int32_t left, int32_t top, int32_t width, int32_t height,
                               pb_image *out);

/** Grey as Pillow's convert("L"): (19595 R + 38470 G + 7471 B + 32768) >> 16. @param out height x width */
PB_API void pb_image_grey(const pb_image *image, uint8_t *out);

/** The colour of `value`, clamped to 0..1; NaN is 0. */
PB_API void pb_colormap_rgb(pb_colormap map, double value, uint8_t rgb[3]);

/** Moves the upper end of a scale away from the lower one where no value lies between them, so that values that are all alike get the
 *  first colour. */
PB_API void pb_colormap_open_scale(double low, double *high);

/** Lays a patch map over an image at the image's full size: the map is enlarged bilinearly (cell centres on
 *  patch centres, edges clamped), coloured from `low` (first colour) to `high` (last), and blended with
 * weight 0..opacity growing with the value.
 *  @param map        grid_height x grid_width values, finite
 *  @param view       the part of the image that the map covers (pb_origin_view()); NULL = all of it
 *  @param low,high   scale of the map, low < high
 *  @param mask       NULL or width x height bytes, non-zero inside the true defect: its contour is drawn
 *  @param opacity    0..1 */
PB_API pb_status pb_image_overlay(const pb_image *image, const double *map, int32_t grid_height, int32_t grid_width,
                                  const pb_rect *view, double low, double high, double opacity, pb_colormap colors,
                                  const uint8_t *mask, pb_image *out);

/** Puts a strip under an image: a text, and below it the scale that its colours stand for, with the values of both ends. The image itself
 *  keeps every pixel, at its place. The strip grows with the image, so that it can be read.
 *  @param text ASCII, what else is shown as '?'; broken between words where the image is too narrow
 *  @param low,high  values of the first colour and the last */
PB_API pb_status pb_image_add_scale(const pb_image *image, const char *text, pb_colormap colors, double low,
                                    double high, pb_image *out);

/** Reads a defect mask: any channel > 0 is defect, whatever the file's bit depth. @param out_mask height x width of 0/1, free with
 *  pb_buffer_free() */
PB_API pb_status pb_defect_mask_image_read(const char *path, uint8_t **out_mask, int32_t *out_width,
                                           int32_t *out_height);

/** Accepts NULL and zeroed images. */
PB_API void pb_image_free(pb_image *image);

PB_END_DECLS

#endif
