/** @file bank.h
 *  @brief The memory bank: everything needed to score a part, in one file; and the scoring itself. */
#ifndef PUREBANK_BANK_H
#define PUREBANK_BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/audit.h>
#include <purebank/augment.h>
#include <purebank/backbone.h>
#include <purebank/features.h>
#include <purebank/guard.h>
#include <purebank/purify.h>
#include <purebank/roi.h>
#include <purebank/score.h>

PB_BEGIN_DECLS

/** How a threshold was made. */
typedef enum pb_threshold_method {
    PB_THRESHOLD_UNKNOWN,   /**< nothing is known of the rate behind it */
    PB_THRESHOLD_CONFORMAL, /**< an order statistic: its rate holds without assumptions on the distribution of scores */
    PB_THRESHOLD_LOG_T      /**< extrapolated: logarithms of good scores are taken for normal */
} pb_threshold_method;

/** "conformal", "log-t", as banks have it; "unknown" for anything else. */
PB_API const char *pb_threshold_method_name(pb_threshold_method method);
/** PB_THRESHOLD_UNKNOWN for another name. @param name never NULL */
PB_API pb_threshold_method pb_threshold_method_of(const char *name);

/** The limit above which a part fails, from good references only. */
typedef struct pb_threshold {
    double value;            /**< a part fails if its score > value */
    double false_alarm_rate; /**< asked for, 0 < rate < 1 */
    pb_threshold_method method;
    int64_t n; /**< references it rests on: those with patches in the bank, and those that an audit took out though
                                no person has looked at them, which would make it too narrow; or as calibrate.h has it */
    double guaranteed_rate; /**< 1/(n+1): the smallest rate that n references can promise without assumptions */
} pb_threshold;

/** One-sided prediction bound for the score of the next good part (method.md#threshold).
 *  "conformal" where rate >= 1/(n+1): the ceil((1-rate)(n+1))-th smallest score, valid without assumptions on
 * the distribution. Otherwise "log-t": exp(m + t_{1-rate, n-1} s sqrt(1 + 1/n)) with m, s of the log scores.
 *  @param scores n leave-one-out image scores, finite, >= 0; n >= 2 (log-t needs positive ones) */
PB_API pb_status pb_threshold_fit(const double *scores, int64_t n, double false_alarm_rate, pb_threshold *out);

/** Does its rate hold without assumptions on the distribution of scores? So it does where the method is PB_THRESHOLD_CONFORMAL. */
PB_API bool pb_threshold_is_promised(const pb_threshold *threshold);

/** What single stations may see: thresholds keep the asked rate on average over stations set up like this one, and at some of
 *  them the rate is higher. `confidence` of them (0 < confidence < 1) see a rate of at most *out: the upper tolerance bound of
 *  the threshold (method.md#rate-bound).
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
    char unusable[120]; /**< what is wrong with the photo itself, in words; "" where nothing is, or nothing is known */
    char stands_out
        [120]; /**< why it stands out by far as a photo among those in the bank, so that no limit for photos rests on it; "" else */
    double loo_score; /**< leave-one-out image score among the kept; NaN when nothing of it is in the bank */
} pb_bank_reference;

/** In place of a rule's name: pb_backbone_audit_rule_of() the backbone that made the features. */
#define PB_AUDIT_RULE_OF_BACKBONE "backbone"

/** The share of good parts that may fail, unless somebody says otherwise. */
#define PB_DEFAULT_FALSE_ALARM_RATE 0.01

/** Choices for pb_bank_fit(): begin with PB_BANK_OPTIONS_INIT. */
typedef struct pb_bank_options {
    size_t size; /**< sizeof(pb_bank_options) */
    int64_t k;   /**< neighbours: pb_references_k(), or 0, which stands for it */
    pb_image_score
        image_score;         /**< PB_IMAGE_SCORE_OF_BACKBONE: what the backbone of the features is at its best with */
    const char *audit_rule;  /**< PB_AUDIT_RULE_OF_BACKBONE: what tells best by its features; NULL: no audit */
    double audit_multiplier; /**< 0 = the rule's default */
    bool audit_removes;      /**< flagged images leave the bank unseen; false: on average that does harm */
    const pb_decision *decisions; /**< NULL, or one per image: a person's, override the audit's */
    const char *purify_method;    /**< "none" */
    double percentile;            /**< PB_DEFAULT_PERCENTILE */
    double contamination;         /**< 0: expected share of bad images, for the methods that need to be told */
    int64_t seed;                 /**< 0..PB_SEED_MAX: of the methods that draw at random; 0 */
    double false_alarm_rate;      /**< PB_DEFAULT_FALSE_ALARM_RATE: of the threshold */
    const pb_photo
        *photos; /**< NULL, or n_images measured references: the bank then has a guard, which refuses a share of good
                                       parts of its own, a fifth of false_alarm_rate and .002 at most. Photos that stand out are
                                       flagged. The threshold is the same without */
    double coreset_share; /**< 0: all patches stay; else this share of them (0..1), as pb_coreset_select() chooses */
    int64_t coreset_rows; /**< 0, or so many instead of a share */
    /** NULL: all `decisions` are a person's; or one byte per image: where it is 0 nobody has looked, and the decision stands all
     *  the same */
    const uint8_t *by_person;
    /** NULL, or n_images x pb_features_n_own_patches(): patches that a person took out (non-zero). They are no neighbours, in no variant,
     *  and count in no score of their image; audit and purification come before, and see them */
    const uint8_t *excluded;
} pb_bank_options;

#define PB_BANK_OPTIONS_INIT                                                                                           \
    {                                                                                                                  \
        sizeof(pb_bank_options), 0, PB_IMAGE_SCORE_OF_BACKBONE, PB_AUDIT_RULE_OF_BACKBONE, 0, false, NULL,             \
            PB_METHOD_NONE, PB_DEFAULT_PERCENTILE, 0, 0, PB_DEFAULT_FALSE_ALARM_RATE, NULL, 0, 0, NULL, NULL           \
    }

/** A bank as it was fitted or loaded. Threads may share it; only pb_bank_calibrate(), pb_bank_take_back() (calibrate.h) and
 *  pb_mend_recalibrate() (mend.h) change it, and want it alone. Free with pb_bank_free(). No pointer in
 *  this header may be NULL unless it says so; all that is returned is borrowed from the bank. */
typedef struct pb_bank pb_bank;

/** Descriptors: n_rows x dim. */
PB_API const float *pb_bank_rows(const pb_bank *bank);
PB_API int64_t pb_bank_n_rows(const pb_bank *bank);
PB_API int64_t pb_bank_dim(const pb_bank *bank);
/** Which reference each descriptor is of, and which patch of its grid, row by row: n_rows. Where references have copies
 *  (pb_bank_augment()) the number of a patch is variant * P + place, P = grid_height * grid_width, and place is that of the photo as it
 *  is: number % P is the patch that the descriptor shows, number / P the variant that shows it. */
PB_API const int32_t *pb_bank_image_of_row(const pb_bank *bank);
PB_API const int32_t *pb_bank_patch_of_row(const pb_bank *bank);

/** Patches that the descriptors were chosen from, as a coreset (coreset.h); 0 where it has all of them. */
PB_API int64_t pb_bank_coreset_of(const pb_bank *bank);

/** What makes the features that it takes. */
PB_API const pb_origin *pb_bank_origin(const pb_bank *bank);
/** The region of interest that it was fitted in: patches outside are neither among its descriptors nor scored. NULL: whole photos. */
PB_API const pb_roi *pb_bank_roi(const pb_bank *bank);
/** The copies that each reference has in it beside itself: parts are compared with these, too. NULL: none. */
PB_API const pb_augment *pb_bank_augment(const pb_bank *bank);
/** Neighbours that the score of a patch averages. */
PB_API int64_t pb_bank_k(const pb_bank *bank);
PB_API pb_image_score pb_bank_image_score(const pb_bank *bank);
PB_API const pb_threshold *pb_bank_threshold(const pb_bank *bank);
/** Limits for photos, or NULL where the bank knows none: it was made from features, or by purebank 0.1. Its share of refused
 *  good parts comes on top of the threshold's. */
PB_API const pb_guard *pb_bank_guard(const pb_bank *bank);
/** Colour scale for heatmaps, shared by all parts and pages: from the median of the kept references' leave-one-out patch scores to the
 *  threshold, which is on the scale of patch scores, as an image's score is made of them: a patch in the last colour fails its part by
 *  itself (top1), or with enough others. Where the threshold is not above the median, to the references' maximum. low < high */
PB_API void pb_bank_patch_scale(const pb_bank *bank, double *low, double *high);

/** "" when no audit ran. */
PB_API const char *pb_bank_audit_rule(const pb_bank *bank);
PB_API double pb_bank_audit_multiplier(const pb_bank *bank);
/** +infinity where MAD < 1e-12, NaN when no audit ran. */
PB_API double pb_bank_audit_limit(const pb_bank *bank);
PB_API const char *pb_bank_purify_method(const pb_bank *bank);

/** All references that were candidates. */
PB_API int64_t pb_bank_n_references(const pb_bank *bank);
/** How many of them were kept. */
PB_API int64_t pb_bank_n_kept(const pb_bank *bank);
/** Reference i < n_references. */
PB_API const pb_bank_reference *pb_bank_reference_at(const pb_bank *bank, int64_t i);

/** Was it flagged, and has nobody decided about it? */
PB_API bool pb_bank_awaits_review(const pb_bank_reference *reference);

/** Is it one of the good references, of which something is in the bank? Then it has a leave-one-out score. */
PB_API bool pb_bank_reference_is_good(const pb_bank_reference *reference);

/** Of purebank, when the bank was fitted: "0.2.0". */
PB_API const char *pb_bank_program_version(const pb_bank *bank);

/** Builds a bank: audit -> decisions -> purification -> descriptors -> threshold.
 *  With a coreset, audit and purification see all patches, and each reference of the threshold is scored with all of its
 *  patches, against the coreset that the other references alone would have (method.md#coreset-threshold).
 *  @param references the candidates, with their features. Those of features that pb_features_cut() made give the bank their region, those
 *                    with copies (augment.h) their copies: purification judges these as any patches, all else goes by the photo itself
 *  @param options    NULL: the defaults
 *  @param paths      n_images names, or NULL ("image 0", ...)
 *  @param sha256     n_images hex digests, or NULL
 *  @param out_audit  NULL, or receives the audit (NULL when none ran), its decisions being those that the bank obeys; free
 *                    with pb_audit_free()
 *  @return PB_STATUS_BAD_SHAPE when fewer than 2 images are kept or a part would find fewer than k patches; PB_STATUS_MISMATCH for a
 *          photo of another shape than the mask of the region */
PB_API pb_status pb_bank_fit(pb_references *references, const char *const *paths, const char *const *sha256,
                             const pb_bank_options *options, pb_bank **out, pb_audit **out_audit);

/** Reads a person's decisions, as the audit report saves them: {"format": "purebank-decisions", "version": 1, "images":
 *  [{"path", "sha256" (may be missing or ""), "decision"}]}. An entry belongs to the reference of its SHA-256, whatever that is called, else to that
 *  of its path (as a string or as the same file).
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

/** Recalls decisions for references that may have been replaced, added, moved or taken away since. An entry belongs to a
 *  reference as in pb_decisions_load().
 *  @return PB_STATUS_BAD_FORMAT, or PB_STATUS_MISMATCH for an image decided twice */
PB_API pb_status pb_decisions_recall(const char *path, const char *const *paths, const char *const *sha256, int64_t n,
                                     pb_recall *out);

/** Fills the decisions of unchanged photos into an audit of the same references; new and changed ones keep the audit's. */
PB_API pb_status pb_recall_apply(const pb_recall *recall, pb_audit *audit);

/** Accepts NULL and zeroed recalls. */
PB_API void pb_recall_free(pb_recall *recall);

/** Writes a .safetensors file; loading checks every count, shape and hash in it. Free a loaded bank with pb_bank_free().
 *  Banks of 50 000 rows and more are written with their index, which is made for that where no score has made it yet, and with
 *  checksums of their rows, which are verified in parallel instead of a SHA-256 of them all.
 *  @return loading: PB_STATUS_IO, PB_STATUS_BAD_FORMAT, PB_STATUS_UNSUPPORTED for another version of the format; saving:
 *          PB_STATUS_OUTPUT, the old file intact */
PB_API pb_status pb_bank_save(const pb_bank *bank, const char *path);
PB_API pb_status pb_bank_load(const char *path, pb_bank **out);

/** Everything but the descriptors as JSON: origin, K, rules, threshold, and each reference with its scores and decision.
 *  @param out NUL-terminated UTF-8; free with pb_buffer_free() (runtime.h) */
PB_API pb_status pb_bank_describe(const pb_bank *bank, char **out);

/** Fails unless features of this origin are those that the bank takes.
 *  @param name          what messages call the origin: "part.npy"
 *  @param any_precision another precision of the same backbone will do, too: scores differ a little then, and before
 *                       pb_bank_score() the features are to be given the bank's precision (pb_features_set_origin())
 *  @return PB_STATUS_MISMATCH naming both sides */
PB_API pb_status pb_bank_match(const pb_bank *bank, const pb_origin *origin, const char *name, bool any_precision);

/** How to open the backbone of a bank: begin with PB_BANK_BACKBONE_OPTIONS_INIT. */
typedef struct pb_bank_backbone_options {
    size_t size;      /**< sizeof(pb_bank_backbone_options) */
    const char *name; /**< as pb_backbone_open() takes it; NULL: what the bank knows, which is enough for "builtin" */
    const char *precision; /**< NULL: the bank's */
    bool any_precision;    /**< as in pb_bank_match() */
} pb_bank_backbone_options;

#define PB_BANK_BACKBONE_OPTIONS_INIT                                                                                  \
    {                                                                                                                  \
        sizeof(pb_bank_backbone_options), NULL, NULL, false                                                            \
    }

/** Opens the backbone that a bank was built with, at its layer, input size and precision, and makes sure that it is the very
 *  one.
 *  @param options NULL: the defaults
 *  @param out     close with pb_backbone_close()
 *  @return PB_STATUS_MISMATCH for a bank of features of unknown origin or another backbone than the bank's,
 *          PB_STATUS_BAD_ARGUMENT where a checkpoint must be named, else as pb_backbone_open() */
PB_API pb_status pb_bank_open_backbone(const pb_bank *bank, const pb_bank_backbone_options *options, pb_backbone **out);

/** Which parts are photos that the bank was made of? They find themselves there, and their scores say nothing.
 *  @param paths n files, which are read; what is no file or cannot be read is nobody's copy
 *  @param out   n: index of the kept reference with the same SHA-256, or -1 */
PB_API pb_status pb_bank_find_copies(const pb_bank *bank, const char *const *paths, int64_t n, int64_t *out);

/** Patch map and image score of parts. The first call prepares the search; any number of threads may score at once, and each is
 *  told the same as alone.
 *  @param features     of the same origin as the bank, of whole photos as they are
 *  @param patch_scores n_images x n_patches: mean Euclidean distance to the k nearest descriptors; 0 outside of the bank's region
 *  @param image_scores n_images; of the patches inside
 *  @return PB_STATUS_MISMATCH for features of another origin, PB_STATUS_BAD_VALUE for NaN or infinity in them */
PB_API pb_status pb_bank_score(const pb_bank *bank, const pb_features *features, double *patch_scores,
                               double *image_scores);

/** What becomes of a part. */
typedef enum pb_verdict {
    PB_VERDICT_PASS,
    PB_VERDICT_FAIL,    /**< its score is above the threshold */
    PB_VERDICT_UNUSABLE /**< its photo shows no part, or not as the references do: nothing is known about the part */
} pb_verdict;

/** "pass", "fail", "unusable"; "unknown" for anything else. */
PB_API const char *pb_verdict_name(pb_verdict verdict);

/** The verdict on a part. One that scores above the threshold fails even where the guard finds its photo odd, for a large defect
 *  makes it so; but for a photo that shows no part at all.
 *  @param photo what pb_guard_judge() says of its photo; NULL where nothing is known */
PB_API pb_verdict pb_bank_verdict(const pb_bank *bank, double image_score, const pb_guard_verdict *photo);

/** What the bank's guard says of photos. Where references have altered copies, one that lies or is lit as a copy is is no odd one.
 *  @param photos       n, measured where they were decoded (pb_photo_visit()); they get their patch scores. NULL: only features are
 *                      known, and little can be said
 *  @param patch_scores n x P, of pb_bank_score(); NULL: nothing is scored yet, and the photos are judged alone
 *  @param out          n; without a guard all are usable but those of another size than the references, or of another shape than the region */
PB_API pb_status pb_bank_judge_photos(const pb_bank *bank, pb_photo *photos, const double *patch_scores, int64_t n,
                                      pb_guard_verdict *out);

/** What is wrong with a bank, or weak about it: PB_FINDING_FEW_REFERENCES, ... Each row of bank_findings.def says what it is, and what
 *  value and limit are. */
typedef enum pb_bank_finding_kind {
#define PB_FINDING(name, id, ...) PB_FINDING_##id,
#include <purebank/bank_findings.def>
#undef PB_FINDING
} pb_bank_finding_kind;

typedef struct pb_bank_finding {
    pb_bank_finding_kind kind;
    double value, limit; /**< as the kind says; 0 where it says nothing */
} pb_bank_finding;

enum {
    PB_MAX_BANK_FINDINGS = 16, /**< more than any bank has */
    PB_BANK_FINDING_TEXT = 320 /**< bytes for the text of one */
};

/** Looks at a bank with a critical eye, in the order of the kinds.
 *  @param out room for `capacity` findings; may be NULL where that is 0
 *  @return how many there are; no more than `capacity` are written */
PB_API int64_t pb_bank_diagnose(const pb_bank *bank, pb_bank_finding *out, int64_t capacity);

/** What photos of references alone say, before there is a bank: PB_FINDING_SIZES_DIFFER and PB_FINDING_SHAPES_DIFFER, as pb_bank_diagnose()
 *  finds them among the kept ones.
 *  @param photos n; of width 0 where nobody has seen them
 *  @param out, @param capacity as of pb_bank_diagnose() */
PB_API int64_t pb_photos_diagnose(const pb_photo *photos, int64_t n, pb_bank_finding *out, int64_t capacity);

/** "few_references", ...; "unknown" for anything else. */
PB_API const char *pb_bank_finding_name(pb_bank_finding_kind kind);

/** A finding in a few words with its value, such as "few good references: 4"; and in a sentence that says what it means, without a full
 *  stop and in lower case: what helps may follow. @param out `size` bytes, NUL-terminated; PB_BANK_FINDING_TEXT hold them all */
PB_API void pb_bank_finding_words(const pb_bank_finding *finding, char *out, size_t size);
PB_API void pb_bank_finding_explain(const pb_bank_finding *finding, char *out, size_t size);

/** Accepts NULL. */
PB_API void pb_bank_free(pb_bank *bank);

PB_END_DECLS

#endif
