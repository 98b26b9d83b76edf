/** @file guard.h
 *  @brief Is this a photo that can be judged at all? A few plain measures of the decoded photo, with limits learned from the
 *  references: they need no backbone, and so hold for every one. No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_GUARD_H
#define PUREBANK_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/image.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** What a photo is measured by (method.md#guard-measures). Units are chosen so that photos of one station scatter about evenly around their mean. */
typedef enum pb_guard_measure {
    PB_GUARD_SIZE,       /**< log2 of the number of pixels */
    PB_GUARD_ASPECT,     /**< log2 of width / height */
    PB_GUARD_BRIGHTNESS, /**< log2 of the mean grey value + 1: a step is a doubling of values */
    PB_GUARD_CONTRAST,   /**< log2 of the standard deviation of grey + 1/2 */
    PB_GUARD_DARK,       /**< log2 of .02 + the share of pixels with a grey value up to 5 */
    PB_GUARD_BRIGHT,     /**< log2 of .1 + the share of pixels with a grey value from 250 */
    PB_GUARD_FLAT,       /**< log2 of .1 + the share of the 28 x 28 cells whose grey values deviate by less than 1.5 */
    PB_GUARD_SEAM, /**< log2 of the largest (s + 1) / (m + 1): s the mean step between two rows (or columns), m the median of the 11 around
                          it */
    PB_GUARD_CUT,       /**< the same with m the larger of the two beside it: an edge as sharp as no lens draws it */
    PB_GUARD_SHARPNESS, /**< log2 of the mean step between neighbouring pixels + .05, less the contrast */
    PB_GUARD_DETAIL,    /**< the same after shrinking to 112 x 112 */
    PB_GUARD_RED,       /**< log2 of red over green, means + 8 */
    PB_GUARD_BLUE,      /**< log2 of blue over green, means + 8 */
    PB_GUARD_POLARITY, /**< atanh of .99 (brighter - darker) / (brighter + darker), squared differences from the mean of 3 x 3 pixels
                              at 112 x 112: bright lines on dark or dark ones on bright; a negative turns the sign */
    PB_GUARD_GRAIN, /**< which way steps run: atanh of .99 (across - down) / (across + down), squared steps at 112 x 112 */
    PB_GUARD_SLANT,   /**< the same between the diagonals */
    PB_GUARD_LAYOUT,  /**< atanh of .95 times the correlation of its 16 x 16 thumbnail with the references' mean one */
    PB_GUARD_TYPICAL, /**< log2 of the median patch score: the bank's, not of the photo alone */
    PB_GUARD_SPREAD,  /**< log2 of the 95th percentile of patch scores over their median: likewise */
    PB_GUARD_N_MEASURES
} pb_guard_measure;

enum { PB_GUARD_THUMBNAIL = 16 };

/** A photo as the guard sees it. */
typedef struct pb_photo {
    int32_t width, height;
    double value[PB_GUARD_N_MEASURES];                        /**< NaN: not known, and then not judged */
    float thumbnail[PB_GUARD_THUMBNAIL * PB_GUARD_THUMBNAIL]; /**< grey, mean 0, norm 1; all 0 for a flat photo */
} pb_photo;

/** Measures a decoded photo; layout and what needs patch scores is NaN.
 *  @param image any size */
PB_API pb_status pb_photo_measure(const pb_image *image, pb_photo *out);

/** A photo that nobody has seen, as where there are features alone: patch scores may be added. */
PB_API void pb_photo_unknown(pb_photo *out);

/** pb_photo_measure() for pb_backbone_extract_visited() (backbone.h). @param photos array of pb_photo, room for every image */
PB_API pb_status pb_photo_visit(void *photos, int64_t i, const pb_image *image);

/** Adds what patch scores say: PB_GUARD_TYPICAL and PB_GUARD_SPREAD. @param patch_scores n_patches, >= 0 */
PB_API pb_status pb_photo_add_patch_scores(const double *patch_scores, int64_t n_patches, pb_photo *photo);

/** Limits for photos of one station. A photo is unusable where a measure lies more than `factor` times its `scale` from its
 *  `centre`, on a side that matters.
 *
 *  A limit is the prediction bound of a normal distribution with the references' own mean and deviation
 *  (method.md#guard); the rate is shared evenly by all sides of all measures (Bonferroni). It is held between 3.5 and 20 times the
 *  deviation that is usual at a steady station: a few photos that happen to be alike, or too unlike, do not make limits that no
 *  photo keeps, or that any does. The wider bound costs part of the promise: where a station varies as much as that, more good
 *  photos are refused than asked. */
typedef struct pb_guard {
    int64_t n;     /**< references that the limits rest on */
    double rate;   /**< share of good photos that all limits together may refuse */
    double factor; /**< quantile of Student's t */
    double centre[PB_GUARD_N_MEASURES], scale[PB_GUARD_N_MEASURES]; /**< NaN: not judged. Size and aspect are only where
                                                                         the references agree in them */
    float layout[PB_GUARD_THUMBNAIL * PB_GUARD_THUMBNAIL];          /**< mean thumbnail of the references */
} pb_guard;

/** What is wrong with a photo. */
typedef struct pb_guard_verdict {
    bool usable;
    bool no_part;             /**< black, white, blank or of another size: it cannot show a part, whatever its score */
    pb_guard_measure measure; /**< the one furthest towards its limit, or beyond it */
    double excess;            /**< its distance from the centre over the allowed one; > 1 where unusable */
    char reason[120];         /**< in words, "" where usable: "almost black: the light may be off" */
    char stands_out
        [120]; /**< of pb_guard_fit() alone: why no limit rests on the photo, which stands out by far; "" where they do */
} pb_guard_verdict;

/** The share of good photos that a guard may refuse where nothing else asks for less: banks of a low false-alarm rate take a fifth of it. */
#define PB_DEFAULT_GUARD_RATE 0.002

/** Learns limits. References that stand out by far (twice as far as a limit by the median and the median absolute
 *  deviation, which up to 40 % of them cannot move) do not count, unless fewer than 2 would be left: then all do.
 *  @param photos       n >= 2, all with patch scores, or none
 *  @param rate         0 < rate < 1
 *  @param out_verdicts NULL, or n: the references by their own limits
 *  @return PB_STATUS_BAD_SHAPE for fewer than 2 photos, PB_STATUS_BAD_ARGUMENT for another rate */
PB_API pb_status pb_guard_fit(const pb_photo *photos, int64_t n, double rate, pb_guard *out,
                              pb_guard_verdict *out_verdicts);

/** Judges a photo. What is NaN, in the limits or in the photo, is not judged. */
PB_API void pb_guard_judge(const pb_guard *guard, const pb_photo *photo, pb_guard_verdict *out);

/** "brightness", "seam", ...; "unknown" for anything else. */
PB_API const char *pb_guard_measure_name(pb_guard_measure measure);

PB_END_DECLS

#endif
