/** @file audit.h
 *  @brief Which reference images look wrong: scores, a limit and flags (method.md#audit, image-level audit). */
#ifndef PUREBANK_AUDIT_H
#define PUREBANK_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/catalog.h>
#include <purebank/guard.h>
#include <purebank/references.h>

PB_BEGIN_DECLS

/** What becomes of a reference image. Recapture: out of the bank until a new photo replaces it. */
typedef enum pb_decision { PB_DECISION_KEEP, PB_DECISION_REMOVE, PB_DECISION_RECAPTURE } pb_decision;

/** "keep", "remove", "recapture"; "unknown" for anything else. */
PB_API const char *pb_decision_name(pb_decision decision);
/** @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_decision_parse(const char *name, pb_decision *out);

typedef struct pb_audit_image {
    double score;         /**< the rule's: mostly an aggregate of the image's leave-one-out patch scores */
    double mean;          /**< of these patch scores; NaN where the rule does not look at them (base_*) */
    int64_t rank;         /**< 1 = most suspicious; ties by image index */
    bool flagged;         /**< score above the limit, within the share that may be flagged */
    pb_decision decision; /**< remove if flagged, else keep; a person may change it */
    char reason[120];     /**< why pb_audit_flag() flagged it; "" where the score did, or nothing */
    char stands_out[120]; /**< of pb_audit_note(); "" for nothing */
} pb_audit_image;

/** What an audit found. Free with pb_audit_free(). No pointer in this header may be NULL unless it says so. */
typedef struct pb_audit pb_audit;

/** The rule's name; static. */
PB_API const char *pb_audit_rule(const pb_audit *audit);
/** Of the limit; 0 where the rule counts (*_known_c). */
PB_API double pb_audit_multiplier(const pb_audit *audit);
/** Neighbours that the score of a patch averaged: the rule's own, or the references'; 0 where the rule does not look at patches. */
PB_API int64_t pb_audit_k(const pb_audit *audit);
/** median + multiplier * 1.4826 * MAD; +infinity where MAD < 1e-12; where the rule counts, the highest score that is not
 *  flagged. */
PB_API double pb_audit_limit(const pb_audit *audit);
PB_API int64_t pb_audit_n_images(const pb_audit *audit);
PB_API int64_t pb_audit_n_flagged(const pb_audit *audit);
/** Image i < n_images, in the order of the features; borrowed. */
PB_API const pb_audit_image *pb_audit_image_at(const pb_audit *audit, int64_t i);
/** What a person decides about image i. @return PB_STATUS_BAD_ARGUMENT for an image that is not there, or no decision */
PB_API pb_status pb_audit_decide(pb_audit *audit, int64_t i, pb_decision decision);

/** Is a rule for use on references of which nobody knows which are bad? pb_methods(PB_METHOD_AUDIT, ...) lists all (catalog.h); the
 * others are what the studies compare those for use with. `*_known_c` flag the ceil(N c) highest, at most N - 1
 * (method.md#audit-known-c): a bound that takes knowing c. `base_*` score each image by its mean patch alone (method.md#baselines)
 * and flag as the others do: base_knn by the mean distance to the 3 nearest other images, base_lof by the local outlier
 * factor with 3 neighbours, base_iforest by an isolation forest. */
PB_API bool pb_audit_is_for_use(const pb_method *rule);

/** What a rule may be told: begin with PB_AUDIT_OPTIONS_INIT. */
typedef struct pb_audit_options {
    size_t size;          /**< sizeof(pb_audit_options) */
    double multiplier;    /**< > 0, or 0 for the rule's default; 0 for *_known_c */
    double contamination; /**< c of *_known_c, 0..1 */
    int64_t seed;         /**< of base_iforest, 0..PB_SEED_MAX */
} pb_audit_options;

#define PB_AUDIT_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        sizeof(pb_audit_options), 0, 0, 0                                                                              \
    }

/** Audits references by any of the rules: flags scores > median + multiplier * 1.4826 * MAD (method.md#audit-mad), at most floor(0.4 N) of
 *  them, the highest; none when MAD < 1e-12.
 *  @param options NULL: the defaults
 *  @param out free with pb_audit_free()
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown rule or options out of range, naming what there is */
PB_API pb_status pb_audit_run(pb_references *references, const char *rule, const pb_audit_options *options,
                              pb_audit **out);

/** Flags image i for a reason that its score does not know, such as "almost black": its decision is to remove it, and it stands
 *  before all that are flagged by score. The share that may be flagged does not count it.
 *  @param reason in words, not ""
 *  @return PB_STATUS_BAD_ARGUMENT for an image that is not there, or no reason */
PB_API pb_status pb_audit_flag(pb_audit *audit, int64_t i, const char *reason);

/** Says of image i why it stands out by far as a photo, so that no limit for photos rests on it (guard.h); which flags nothing.
 *  @param stands_out in words; "" for not at all
 *  @return PB_STATUS_BAD_ARGUMENT for an image that is not there */
PB_API pb_status pb_audit_note(pb_audit *audit, int64_t i, const char *stands_out);

/** Looks at the references as photos, by limits at PB_DEFAULT_GUARD_RATE (guard.h). Flags every photo that is not usable by limits from the photos
 *  alone (pb_audit_flag(), with what is wrong with it), and notes those on which no limit would rest in a bank of all of them, whose limits know
 *  of patch scores, too (pb_audit_note()). Of altered copies (augment.h) no scores count. Another call notes anew, and takes no flag back.
 *  @param references those that were audited; their leave-one-out scores are computed where they are not yet
 *  @param photos n_images, without patch scores; they stay as they are
 *  @return PB_STATUS_MISMATCH, with the audit as it was, where there are more or fewer references than audited images. Flags come first: where
 *          the scores fail, or there is no memory for what follows, all flags may be set and all notes be missing; no image is flagged or noted by half */
PB_API pb_status pb_audit_photos(pb_audit *audit, pb_references *references, const pb_photo *photos);

/** Review budget (method.md#review-budget): how many bad images a person finds who looks at the `top` most suspicious ones.
 *  @param contaminated n_images, non-zero = known to be bad */
PB_API int64_t pb_audit_found(const pb_audit *audit, const uint8_t *contaminated, int64_t top);

/** Accepts NULL. */
PB_API void pb_audit_free(pb_audit *audit);

PB_END_DECLS

#endif
