/** @file bank.h
 *  @brief The memory bank: everything needed to score a part, in one file; and the scoring itself. */
#ifndef PUREBANK_BANK_H
#define PUREBANK_BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/audit.h>
#include <purebank/features.h>
#include <purebank/purify.h>
#include <purebank/score.h>

PB_BEGIN_DECLS

/** The limit above which a part fails, from good references only. */
typedef struct pb_threshold {
    double value;            /**< a part fails if its score > value */
    double false_alarm_rate; /**< asked for, 0 < rate < 1 */
    char method[16];         /**< "conformal" or "log-t" */
    int64_t n;               /**< references it rests on: those with patches in the bank */
    double guaranteed_rate;  /**< 1/(n+1): the smallest rate that n references can promise without assumptions */
} pb_threshold;

/** One-sided prediction bound for the score of the next good part.
 *  "conformal" where rate >= 1/(n+1): the ceil((1-rate)(n+1))-th smallest score, valid without assumptions on
 * the distribution (Vovk, Gammerman, Shafer 2005, ch. 2). Otherwise "log-t": exp(m + t_{1-rate, n-1} s sqrt(1
 * + 1/n)) with m, s of the log scores (normal prediction interval, Hahn and Meeker 1991, 4.8).
 *  @param scores n leave-one-out image scores, finite, >= 0; n >= 2 (log-t needs positive ones) */
PB_API pb_status pb_threshold_fit(const double *scores, int64_t n, double false_alarm_rate, pb_threshold *out);

/** What single stations may see: thresholds keep the asked rate on average over stations set up like this one, and at some of
 *  them the rate is higher. `confidence` of them (0 < confidence < 1) see a rate of at most *out: the upper tolerance bound of
 *  the threshold (Hahn and Meeker 1991: noncentral t on log scores, 4.6.3; order statistics, without assumptions, 5.3.1).
 *  @return PB_STATUS_BAD_ARGUMENT, PB_STATUS_UNSUPPORTED for a method that pb_threshold_fit() does not have */
PB_API pb_status pb_threshold_rate_bound(const pb_threshold *threshold, double confidence, double *out);

/** One reference image as the bank remembers it. */
typedef struct pb_bank_reference {
    char *path;
    char sha256[65];    /**< of the file; "" when features came without files */
    double audit_score; /**< what the audit said; NaN when no audit ran */
    double audit_mean;
    bool flagged;
    pb_decision decision;
    bool decided_by_person;
    double loo_score; /**< leave-one-out image score among the kept; NaN when nothing of it is in the bank */
} pb_bank_reference;

/** Choices for pb_bank_fit(): begin with PB_BANK_OPTIONS_INIT. */
typedef struct pb_bank_options {
    size_t size;                  /**< sizeof(pb_bank_options) */
    int64_t k;                    /**< neighbours; 5 */
    pb_image_score image_score;   /**< p95 */
    const char *audit_rule;       /**< "imgmax_mad"; NULL: no audit */
    double audit_multiplier;      /**< 0 = the rule's default */
    bool audit_removes;           /**< flagged images leave the bank; true */
    const pb_decision *decisions; /**< NULL, or one per image: a person's, override the audit's */
    const char *purify_method;    /**< "none" */
    double percentile;            /**< 95 */
    double contamination;         /**< 0: expected share of bad images, for the methods that need to be told */
    int64_t seed;                 /**< 0..PB_SEED_MAX: of the methods that draw at random; 0 */
    double false_alarm_rate;      /**< 0.01 */
} pb_bank_options;

#define PB_BANK_OPTIONS_INIT                                                                                           \
    {                                                                                                                  \
        sizeof(pb_bank_options), 5, PB_IMAGE_SCORE_P95, PB_AUDIT_DEFAULT_RULE, 0, true, NULL, "none", 95, 0, 0, 0.01   \
    }

/** A fitted bank: read freely, change nothing. Free with pb_bank_free(). */
typedef struct pb_bank {
    int64_t n_rows, dim;
    const float *rows;           /**< n_rows x dim descriptors */
    const int32_t *image_of_row; /**< index into references */
    const int32_t *patch_of_row; /**< grid position, row-major */
    pb_origin origin;
    int64_t k;
    pb_image_score image_score;
    char audit_rule[32]; /**< "" when no audit ran */
    double audit_multiplier;
    double audit_limit; /**< +infinity where MAD < 1e-12, NaN when no audit ran */
    char purify_method[32];
    double percentile, contamination; /**< what the method was told */
    int64_t seed;                     /**< the same */
    pb_threshold threshold;
    double patch_score_low;  /**< colour scale for heatmaps, shared by all parts: median of the kept
                                 references' leave-one-out patch scores */
    double patch_score_high; /**< their maximum; > low */
    int64_t n_references;
    pb_bank_reference *references;
    char program_version[32];
    struct pb_bank_private *priv;
} pb_bank;

/** Builds a bank: audit -> decisions -> purification -> descriptors -> threshold.
 *  @param references the candidates, with their features
 *  @param options    NULL: the defaults
 *  @param paths      n_images names, or NULL ("image 0", ...)
 *  @param sha256     n_images hex digests, or NULL
 *  @param out_audit  NULL, or receives the audit (zeroed when none ran), its decisions being those that the bank obeys; free
 *                    with pb_audit_free()
 *  @return PB_STATUS_BAD_SHAPE when fewer than 2 images are kept or a part would find fewer than k patches */
PB_API pb_status pb_bank_fit(pb_references *references, const char *const *paths, const char *const *sha256,
                             const pb_bank_options *options, pb_bank **out, pb_audit *out_audit);

/** Reads a person's decisions, as the audit report saves them: {"format": "purebank-decisions", "version": 1, "images":
 *  [{"path", "sha256" (may be missing or ""), "decision"}]}. A path matches as a string or as the same file.
 *  @param paths  n reference images; each must be decided exactly once
 *  @param sha256 n digests, or NULL; where both sides have one they must agree
 *  @param out    n decisions
 *  @return PB_STATUS_BAD_FORMAT, or PB_STATUS_MISMATCH naming an unknown, missing, repeated or changed image */
PB_API pb_status pb_decisions_load(const char *path, const char *const *paths, const char *const *sha256, int64_t n,
                                   pb_decision *out);

/** How an earlier decision fits a reference of today. */
typedef enum pb_recall_kind {
    PB_RECALL_NEW,    /**< nothing was decided about it */
    PB_RECALL_SAME,   /**< decided on this photo, as far as digests tell */
    PB_RECALL_CHANGED /**< decided on another photo of this name: it was taken again since */
} pb_recall_kind;

typedef struct pb_recall_image {
    pb_recall_kind kind;
    pb_decision decision; /**< the earlier one; keep where the image is new */
} pb_recall_image;

/** Earlier decisions beside the references of today. Free with pb_recall_free(). */
typedef struct pb_recall {
    int64_t n_images;
    pb_recall_image *images; /**< n_images, in the order of the references */
    int64_t n_gone;
    char **gone; /**< n_gone paths that were decided about and are no longer among the references */
} pb_recall;

/** Recalls decisions for references that may have been replaced, added, moved or taken away since. An entry belongs to
 *  the reference of its path (as a string or as the same file), else to one of the same SHA-256.
 *  @return PB_STATUS_BAD_FORMAT, or PB_STATUS_MISMATCH for an image decided twice */
PB_API pb_status pb_decisions_recall(const char *path, const char *const *paths, const char *const *sha256, int64_t n,
                                     pb_recall *out);

/** Fills the decisions of unchanged photos into an audit of the same references; new and changed ones keep the audit's. */
PB_API pb_status pb_recall_apply(const pb_recall *recall, pb_audit *audit);

/** Accepts NULL and zeroed recalls. */
PB_API void pb_recall_free(pb_recall *recall);

/** Writes a .safetensors file; loading checks every count, shape and hash in it. Free a loaded bank with pb_bank_free().
 *  @return loading: PB_STATUS_IO, PB_STATUS_BAD_FORMAT, PB_STATUS_UNSUPPORTED for another version of the format; saving:
 *          PB_STATUS_OUTPUT, the old file intact */
PB_API pb_status pb_bank_save(const pb_bank *bank, const char *path);
PB_API pb_status pb_bank_load(const char *path, pb_bank **out);

/** Everything but the descriptors as JSON: origin, K, rules, threshold, and each reference with its scores and decision.
 *  @param out NUL-terminated UTF-8; free with pb_buffer_free() (image.h) */
PB_API pb_status pb_bank_describe(const pb_bank *bank, char **out);

/** Patch map and image score of parts. The first call prepares the search, inside the bank: one thread at a time.
 *  @param features     of the same origin as the bank
 *  @param patch_scores n_images x n_patches: mean Euclidean distance to the k nearest descriptors
 *  @param image_scores n_images
 *  @return PB_STATUS_MISMATCH for features of another origin, PB_STATUS_BAD_VALUE for NaN or infinity in them */
PB_API pb_status pb_bank_score(pb_bank *bank, const pb_features *features, double *patch_scores, double *image_scores);

/** Accepts NULL. */
PB_API void pb_bank_free(pb_bank *bank);

PB_END_DECLS

#endif
