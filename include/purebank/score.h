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
        -1, /**< to be chosen by who made the features: pb_backbone_image_score_of(); banks have one of the others */
    PB_IMAGE_SCORE_P95, /**< order statistic number ceil(0.95 P), 1-based: the published rule */
    PB_IMAGE_SCORE_MAX, /**< the maximum */
    PB_IMAGE_SCORE_TOP1 /**< mean of the ceil(P / 100) highest */
} pb_image_score;

/** "p95", "max", "top1"; "unknown" for anything else. */
PB_API const char *pb_image_score_name(pb_image_score rule);
/** @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_image_score_parse(const char *name, pb_image_score *out);

/** Aggregates one image. @param patch_scores n_patches, finite; n_patches >= 1 */
PB_API pb_status pb_image_score_of(pb_image_score rule, const double *patch_scores, int64_t n_patches, double *out);

PB_END_DECLS

#endif
