/** @file score.h
 *  @brief The score of an image, from those of its patches. No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_SCORE_H
#define PUREBANK_SCORE_H

#include <stdint.h>

#include <purebank/status.h>

PB_BEGIN_DECLS

/** How patch scores become one image score (method.md#image-score). */
typedef enum pb_image_score {
    PB_IMAGE_SCORE_OF_BACKBONE =
        -1, /**< to be chosen by what made the features: pb_backbone_image_score_for(); banks have one of the others */
#define PB_IMAGE_SCORE(name, id, words) PB_IMAGE_SCORE_##id,
#include <purebank/image_scores.def>
#undef PB_IMAGE_SCORE
    PB_N_IMAGE_SCORES
} pb_image_score;

/** What options and files call it, such as "p95"; "unknown" for anything else. */
PB_API const char *pb_image_score_name(pb_image_score rule);
/** One line for people who choose; "unknown" for anything else. */
PB_API const char *pb_image_score_summary(pb_image_score rule);
/** @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_image_score_parse(const char *name, pb_image_score *out);

/** Aggregates one image. @param patch_scores n_patches, finite; n_patches >= 1 */
PB_API pb_status pb_image_score_of(pb_image_score rule, const double *patch_scores, int64_t n_patches, double *out);

PB_END_DECLS

#endif
