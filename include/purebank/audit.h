/** @file audit.h
 *  @brief Which reference images look wrong: scores, a limit and flags (method 4, image-level audit). */
#ifndef PUREBANK_AUDIT_H
#define PUREBANK_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/references.h>

PB_BEGIN_DECLS

#define PB_AUDIT_DEFAULT_RULE "imgmax_mad"

/** What becomes of a reference image. Recapture: out of the bank until a new photo replaces it. */
typedef enum pb_decision { PB_DECISION_KEEP, PB_DECISION_REMOVE, PB_DECISION_RECAPTURE } pb_decision;

/** "keep", "remove", "recapture"; "unknown" for anything else. */
PB_API const char *pb_decision_name(pb_decision decision);
/** @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_decision_parse(const char *name, pb_decision *out);

typedef struct pb_audit_image {
    double score;         /**< the rule's aggregate of the image's leave-one-out patch scores */
    double mean;          /**< their mean */
    int64_t rank;         /**< 1 = most suspicious; ties by image index */
    bool flagged;         /**< score above the limit, within the share that may be flagged */
    pb_decision decision; /**< remove if flagged, else keep; a person may change it */
} pb_audit_image;

typedef struct pb_audit {
    const char *rule; /**< static string */
    double k;         /**< multiplier of the limit */
    double limit;     /**< median + k * 1.4826 * MAD; +infinity where MAD < 1e-12 */
    int64_t n_images;
    pb_audit_image *images; /**< n_images, in the order of the features */
} pb_audit;

/** One row of the table of rules. */
typedef struct pb_audit_rule {
    const char *name;    /**< "imgmax_mad" */
    const char *summary; /**< one line for --help */
    double default_k;
} pb_audit_rule;

/** The table: *out_n rows, static. */
PB_API const pb_audit_rule *pb_audit_rules(int64_t *out_n);

/** Audits references by a rule of the table: flags scores > median + k * 1.4826 * MAD, at most floor(0.4 N)
 * of them, the highest; none when MAD < 1e-12.
 *  @param k > 0, or 0 for the rule's default
 *  @param out free with pb_audit_free()
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown rule or a negative k, naming what there is */
PB_API pb_status pb_audit_run(pb_references *references, const char *rule, double k, pb_audit *out);

/** Accepts NULL and zeroed audits. */
PB_API void pb_audit_free(pb_audit *audit);

PB_END_DECLS

#endif
