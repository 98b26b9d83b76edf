/** @file features.h
 *  @brief Patch features: n images x P patches x D channels, and where they came from. */
#ifndef PUREBANK_FEATURES_H
#define PUREBANK_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/image.h>
#include <purebank/status.h>

PB_BEGIN_DECLS

/** How a photo is resized to what a backbone sees. */
typedef enum pb_fit {
    PB_FIT_BOTH_SIDES,   /**< both sides get a given length: the photo may be squashed */
    PB_FIT_SHORTEST_SIDE /**< the shortest side does, the other keeps the photo's shape */
} pb_fit;

/** What made a set of features. Two sets may be compared only when all of it agrees. Strings are
 *  NUL-terminated; an empty `backbone` means "unknown" (an .npy file made elsewhere). */
typedef struct pb_origin {
    char backbone[64];       /**< "builtin", "dinov3_vit", ... */
    char weights_hash[65];   /**< SHA-256 of the weights in hex; for "builtin" of its definition's version */
    char layer[32];          /**< "19", "19,22", ..., from the start; "" where there are no layers */
    char precision[16];      /**< "f32", "bf16", "int8" */
    char preprocessing[160]; /**< for people: "resize 448x448 bilinear; ...", the geometry up to the first ";" */
    int32_t input_height, input_width; /**< pixels after preprocessing, of all tiles together */
    int32_t grid_height, grid_width;   /**< patches; grid_height * grid_width = P */
    int64_t dim;                       /**< D */
    pb_fit fit;
    int32_t
        resize_side; /**< pixels of the sides that `fit` names, before the input is cut out of the centre; 0: as many as
                              the input has */
    bool
        is_upright; /**< photos were turned as their EXIF data asks for; false: as stored (purebank 0.1), or not known */
    int32_t
        sample_bits; /**< what the photos' 16-bit files were read with (pb_image_options); 0: each with its own, or there
                              were none */
    int32_t tile,
        overlap; /**< pixels of the side of the tiles in which photos were looked at, and by which they overlap; 0 and 0: as
                              a whole */
    int32_t photo_width, photo_height; /**< that all photos had, and parts must have; 0 and 0: any */
} pb_origin;

/** Patch descriptors, float32, row-major, all finite: image by image, the patches of an image row by row over its grid, the
 *  channels of a patch side by side. Free with pb_features_free(). No pointer in this header may be NULL unless it says so. */
typedef struct pb_features pb_features;

/** Allocates features of zeroes that match `origin`; write through pb_features_rows(). */
PB_API pb_status pb_features_new(int64_t n_images, const pb_origin *origin, pb_features **out);

/** Wraps existing memory without copying; `data` (n_images x grid_height * grid_width x dim) must outlive *out, whose origin is
 *  unknown unless pb_features_set_origin() tells it. */
PB_API pb_status pb_features_borrow(const float *data, int64_t n_images, int32_t grid_height, int32_t grid_width,
                                    int64_t dim, pb_features **out);

/** Images [first, first + n) of `features`, with their origin and without copying; `features` must outlive *out. */
PB_API pb_status pb_features_slice(const pb_features *features, int64_t first, int64_t n, pb_features **out);

/** Loads a (n, P, D) or (n, rows, columns, D) .npy file (f2, f4, f8 or integers, C order); f4 is memory-mapped, the rest
 * converted. Of three dimensions P must be a square unless `<stem>.origin.json` beside the file gives grid and origin
 * (docs/features.md); where that gives the SHA-256 of the file too, a file that has changed is PB_STATUS_BAD_FORMAT. Values are
 * checked: NaN and infinity are PB_STATUS_BAD_VALUE with the position of the first. */
PB_API pb_status pb_features_load(const char *path, pb_features **out);

/** Which images have the very features of an earlier one: copies hide each other from an audit.
 *  @param out n_images: the first image with these features; -1: itself */
PB_API pb_status pb_features_find_copies(const pb_features *features, int64_t *out);

/** Accepts NULL. */
PB_API void pb_features_free(pb_features *features);

PB_API int64_t pb_features_n_images(const pb_features *features);
/** Of an image: grid_height * grid_width, but where features were cut to a region (roi.h) or have copies (augment.h). */
PB_API int64_t pb_features_n_patches(const pb_features *features);
PB_API int64_t pb_features_dim(const pb_features *features); /**< channels */
PB_API int32_t pb_features_grid_height(const pb_features *features);
PB_API int32_t pb_features_grid_width(const pb_features *features);

/** All values, n_images x n_patches x dim, or from image i on, 0 <= i < n_images. Borrowed. */
PB_API const float *pb_features_data(const pb_features *features);
PB_API const float *pb_features_image_at(const pb_features *features, int64_t i);

/** Writable rows of features made by pb_features_new(); NULL for mapped or borrowed ones. Borrowed. */
PB_API float *pb_features_rows(pb_features *features);

/** What made the features: grid and dim are always told, the rest where it is known. Borrowed. */
PB_API const pb_origin *pb_features_origin(const pb_features *features);

/** PB_STATUS_BAD_SHAPE unless grid and dim of `origin` are those of the features. */
PB_API pb_status pb_features_set_origin(pb_features *features, const pb_origin *origin);

/** Writes (n, P, D) float32 .npy (v1), and `<stem>.origin.json` beside it when the origin is known or the grid is not
 *  square. All files change together or none does; companions of an older file of that name (`<stem>.origin.json`,
 *  `<stem>.paths.txt`) go, as they would speak of other values. Values are checked as in pb_features_load(). */
PB_API pb_status pb_features_save(const pb_features *features, const char *path);

/** PB_STATUS_BAD_VALUE naming image, patch and channel of the first NaN or infinity. */
PB_API pb_status pb_features_check_finite(const pb_features *features);

/** PB_STATUS_MISMATCH, naming both sides, unless the two agree in everything that matters. A side with an
 *  unknown backbone is compared by grid and dim alone. `a_name` and `b_name` say what the sides are, for
 *  example "the bank" and "test.npy". */
PB_API pb_status pb_origin_match(const pb_origin *a, const char *a_name, const pb_origin *b, const char *b_name);

/** The part of a photo of width x height pixels that the grid covers: all of it, or the centre that the backbone's
 *  preprocessing cuts out, to about a pixel of the input. Nothing outside of it is seen, so that no defect there can be found. */
PB_API pb_rect pb_origin_view(const pb_origin *origin, int32_t width, int32_t height);

PB_END_DECLS

#endif
