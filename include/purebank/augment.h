/** @file augment.h
 *  @brief Altered copies of references: turned, mirrored, darker and brighter, for parts that come so. A photo and its copies are one
 *  reference: nothing vouches for its own copies. No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_AUGMENT_H
#define PUREBANK_AUGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/features.h>
#include <purebank/image.h>

PB_BEGIN_DECLS

/** Which copies a photo has beside itself. All zero: none. */
typedef struct pb_augment {
    bool rot90; /**< turned by 90, 180 and 270 degrees */
    bool flips; /**< mirrored left to right and top to bottom; with rot90 all eight ways in which a square can lie */
    double darkest,
        brightest; /**< each of these once more with its values times either, where that is not 1 and they are not the same; PB_AUGMENT_DARKEST <=
                      darkest <= brightest <= PB_AUGMENT_BRIGHTEST; 0 and 0: only as bright as they are */
} pb_augment;

/** Factors beyond these leave next to nothing of a photo. */
#define PB_AUGMENT_DARKEST 0.1
#define PB_AUGMENT_BRIGHTEST 5.0

enum {
    PB_AUGMENT_TEXT = 96,         /**< bytes for a text or the words about a variant */
    PB_AUGMENT_MOST_VARIANTS = 24 /**< of any augmentation */
};

/** Reads "rot90", "flips" and "brightness:LOW-HIGH" between commas, in any order, each once: "rot90,brightness:0.8-1.2".
 *  @return PB_STATUS_BAD_ARGUMENT with the text for anything else, and for a brightness that changes nothing */
PB_API pb_status pb_augment_parse(const char *text, pb_augment *out);

/** The same as text, always in the order rot90, flips, brightness: pb_augment_parse() reads the very values from it. "" for none,
 *  which it does not read.
 *  @param out `size` bytes; PB_AUGMENT_TEXT hold every text */
PB_API void pb_augment_text(const pb_augment *augment, char *out, size_t size);

/** The photo and its copies: 1 for none, 4 for rot90, 3 for flips, 8 for both; times 3 (or 2) for brightness. */
PB_API int64_t pb_augment_n_variants(const pb_augment *augment);

/** "as it is" for variant 0, else "turned by 90 degrees", "mirrored left to right, 0.8 times as bright", ... Degrees are clockwise.
 *  @param variant 0 <= variant < pb_augment_n_variants() @param out `size` bytes; PB_AUGMENT_TEXT hold them all */
PB_API void pb_augment_words(const pb_augment *augment, int64_t variant, char *out, size_t size);

/** Variant `variant` of a photo: turned, or mirrored, pixel by pixel; then its stored values times the factor, cut off at 255
 *  (method.md#augment).
 *  @param out free with pb_image_free()
 *  @return PB_STATUS_BAD_ARGUMENT for a variant that there is not, or values out of their range */
PB_API pb_status pb_augment_image(const pb_augment *augment, int64_t variant, const pb_image *image, pb_image *out);

/** Which patch of the photo does each patch of a variant show?
 *  @param height,width the grid of both; square where the variant is turned by 90 or 270 degrees
 *  @param out          height * width, row by row over the variant's grid: numbers over the photo's
 *  @return PB_STATUS_BAD_ARGUMENT as pb_augment_image(), PB_STATUS_MISMATCH for a grid that cannot be turned */
PB_API pb_status pb_augment_places(const pb_augment *augment, int64_t variant, int32_t height, int32_t width,
                                   int32_t *out);

/** Can photos be looked at so? Those that are turned by 90 degrees must be seen in a square.
 *  @param origin of the backbone that looks
 *  @return PB_STATUS_MISMATCH naming the sides, PB_STATUS_BAD_ARGUMENT for values out of their range, PB_STATUS_LIMIT for more patches
 *          than can be numbered */
PB_API pb_status pb_augment_check(const pb_augment *augment, const pb_origin *origin);

/** What the references of these features have beside themselves, made by pb_backbone_extract_augmented(); NULL: nothing. An image
 *  has its variants then one behind the other, the photo as it is first: pb_features_n_patches() counts them all. **Each patch of a copy
 *  stands where the photo has the patch that it shows**, so that place p of the grid is patch p of each variant. Borrowed. */
PB_API const pb_augment *pb_features_augment(const pb_features *features);

/** Patches of an image that are the photo's own, as a part has them: the first ones. What becomes a score of the image is made of these
 *  alone. pb_features_n_patches() where there are no copies. */
PB_API int64_t pb_features_n_own_patches(const pb_features *features);

PB_END_DECLS

#endif
