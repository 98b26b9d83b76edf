/** @file mend.h
 *  @brief Changing a bank: references come and go, single patches are taken out, and all else follows as if the bank had been fitted
 *  so from the start. What made a part look normal, and what a change would do to the verdicts on parts.
 *  No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_MEND_H
#define PUREBANK_MEND_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/bank.h>
#include <purebank/calibrate.h>

PB_BEGIN_DECLS

/* ---- the history -------------------------------------------------------------------------------------------------- */

/** What was done to a bank. */
typedef enum pb_change_kind {
    PB_CHANGE_ADD,     /**< a reference came */
    PB_CHANGE_REMOVE,  /**< a reference went */
    PB_CHANGE_EXCLUDE, /**< patches of a reference were taken out */
    PB_CHANGE_RESTORE  /**< and came back */
} pb_change_kind;

/** "add", "remove", "exclude", "restore"; "unknown" for anything else. */
PB_API const char *pb_change_kind_name(pb_change_kind kind);

/** Why somebody changes a bank. Members may be NULL, for "". */
typedef struct pb_change_note {
    const char *author, *reason;
    const char *evidence; /**< what the caller can find again: the number of a part, JSON, ... */
    const char *time;     /**< as the caller writes it, such as "2026-11-29T14:41:35Z"; the library looks at no clock */
} pb_change_note;

/** One change, as the bank remembers it. */
typedef struct pb_bank_change {
    pb_change_kind kind;
    char *path;                               /**< of the reference */
    char sha256[65];                          /**< of its file; "" where it came as features */
    int64_t n_patches;                        /**< that were taken out or came back; 0 for whole references */
    char *author, *reason, *evidence, *time;  /**< "" where nobody said */
    double threshold_before, threshold_after; /**< those of the references (pb_bank_fitted_threshold()) */
} pb_bank_change;

/** All changes since the bank was fitted, the oldest first; changes of one step have the same note and thresholds. Borrowed. */
PB_API int64_t pb_bank_n_changes(const pb_bank *bank);
PB_API const pb_bank_change *pb_bank_change_at(const pb_bank *bank, int64_t i);

/** Patches of reference i < n_references that a person took out, in all variants: P bytes, non-zero where out; NULL where none is.
 *  Borrowed. */
PB_API const uint8_t *pb_bank_excluded_at(const pb_bank *bank, int64_t i);

/* ---- changing ----------------------------------------------------------------------------------------------------- */

/** A change in the making: say what is to change, look at it, apply it, or do not. The bank itself is never changed. */
typedef struct pb_mend pb_mend;

/** @param bank borrowed, must outlive *out
 *  @param out  free with pb_mend_free()
 *  @return PB_STATUS_BAD_FORMAT for a bank that has a patch twice, as no fit makes it */
PB_API pb_status pb_mend_new(const pb_bank *bank, pb_mend **out);

/** What the bank does not have of its own references, and a change needs: all patches of reference i (a coreset has only some, and
 *  purebank 0.1 kept none but the bank's rows), or the measures of its photo (only where the bank has a guard, which those of 0.1 have
 *  not, and is without them). Both are false for a bank that this version fitted without a coreset, and for a reference that goes. */
PB_API void pb_mend_needs(const pb_mend *mend, int64_t i, bool *out_features, bool *out_photo);

/** Gives what pb_mend_needs() asks for; what the bank has itself is not replaced.
 *  @param features NULL, or those of reference i, 1 image, with the bank's copies (pb_bank_augment()); copied
 *  @param photo    NULL, or its photo as pb_photo_measure() has it
 *  @return PB_STATUS_MISMATCH for features of another origin or other copies, or that are not those of the rows that the bank has of it */
PB_API pb_status pb_mend_give(pb_mend *mend, int64_t i, const pb_features *features, const pb_photo *photo);

/** A new reference, kept by a person's decision.
 *  @param sha256   of the file; NULL or "": unknown
 *  @param features 1 image, with the bank's copies (pb_backbone_extract_augmented() by pb_bank_augment()); copied
 *  @param photo    its photo; may be NULL where the bank has no guard
 *  @return PB_STATUS_MISMATCH for another origin or other copies, for a photo that shows no part (pb_guard_verdict), and for one that is a reference
 *          already (by its digest; without one by its path), be it kept or not; PB_STATUS_BAD_ARGUMENT where the photo is missing */
PB_API pb_status pb_mend_add(pb_mend *mend, const char *path, const char *sha256, const pb_features *features,
                             const pb_photo *photo);

/** Reference i of the bank goes, as if it had never been there. @return PB_STATUS_BAD_ARGUMENT for one that is not there, or goes
 *  already */
PB_API pb_status pb_mend_remove(pb_mend *mend, int64_t i);

/** Patches of reference i are taken out, or come back, in all variants: the options' `excluded` of a fit. @param patches n numbers, 0 <= p < P
 *  @return PB_STATUS_BAD_ARGUMENT for what is not there, PB_STATUS_MISMATCH for a patch that is out already, or is not */
PB_API pb_status pb_mend_exclude(pb_mend *mend, int64_t i, const int32_t *patches, int64_t n);
PB_API pb_status pb_mend_restore(pb_mend *mend, int64_t i, const int32_t *patches, int64_t n);

/** The audit of the references as they would be: those of the bank that stay, in their order, then the new ones in theirs.
 *  @param rule     NULL: the bank's with its multiplier, or where it had no audit that of its backbone (pb_backbone_audit_rule_of())
 *  @param progress may be NULL
 *  @param out      free with pb_audit_free()
 *  @return PB_STATUS_UNSUPPORTED naming a reference of which pb_mend_needs() says that something is missing */
PB_API pb_status pb_mend_audit(pb_mend *mend, const char *rule, const pb_progress *progress, pb_audit **out);

/** The bank as it would be. Its content is to the bit that of pb_bank_fit() for the same references, in the order of
 *  pb_mend_audit(), with the bank's options, every decision as it stands (`decisions`, `by_person`) and `excluded`; only its history is
 *  longer. Decisions stand: nothing leaves because the new references make it look suspicious, but flags are set anew.
 *
 *  **What the bank knew of parts** (calibrate.h) is not in it, as scores by the old bank say nothing about the new one:
 *  pb_mend_recalibrate() judges the parts anew.
 *  @param note     NULL: nothing is said
 *  @param progress may be NULL
 *  @param out      free with pb_bank_free()
 *  @return as pb_mend_audit() and pb_bank_fit(); PB_STATUS_BAD_ARGUMENT where nothing changes */
PB_API pb_status pb_mend_apply(pb_mend *mend, const pb_change_note *note, const pb_progress *progress, pb_bank **out);

/** Accepts NULL. */
PB_API void pb_mend_free(pb_mend *mend);

/** Judges parts that the old bank knew by the new one, and sets its threshold by them, at the old one's rate. May be called
 *  several times, with some of the parts each. A part that has become a reference is left out.
 *  @param features n parts
 *  @param known    n: which of the old bank's known parts each is (pb_bank_known_at())
 *  @return as pb_bank_score() and pb_bank_calibrate(); the new bank is as before then */
PB_API pb_status pb_mend_recalibrate(const pb_bank *old, const pb_features *features, const int64_t *known,
                                     pb_bank *changed);

/* ---- what made a part look as it does ------------------------------------------------------------------------------ */

/** A row of the bank, and how near it is. */
typedef struct pb_trace_row {
    int64_t row;
    int32_t reference, patch; /**< which it came from (pb_bank_reference_at()), and the place in its grid, row by row */
    double distance;
    int32_t variant; /**< of the reference that shows this patch (pb_bank_augment()); 0: the photo as it is */
} pb_trace_row;

/** The k nearest rows of patches of a part, the nearest first; ties by row.
 *  @param features 1 part, of the bank's origin
 *  @param patches  n numbers, 0 <= p < P: such as the worst ones (pb_worst_patches()), or those of a defect that was missed
 *  @param k        1..rows of the bank; those that the score averages are pb_bank_k()
 *  @param out      n x k */
PB_API pb_status pb_bank_trace(const pb_bank *bank, const pb_features *features, const int32_t *patches, int64_t n,
                               int64_t k, pb_trace_row *out);

/** The n patches with the highest scores, the highest first; ties by number. @param n 1..n_patches @param out n */
PB_API pb_status pb_worst_patches(const double *patch_scores, int64_t n_patches, int64_t n, int32_t *out);

/** What made patches look normal: a row, and how many of them it is a neighbour of. */
typedef struct pb_trace_culprit {
    int64_t row; /**< -1 where a whole reference is meant */
    int32_t reference, patch;
    int64_t n;      /**< rows of the trace that are it, or of it */
    double nearest; /**< its smallest distance */
} pb_trace_culprit;

/** Counts the rows of a trace, those that are there most often first, then the nearest.
 *  @param by_reference whole references instead of rows
 *  @param out   room for `n`
 *  @param out_n how many there are */
PB_API pb_status pb_trace_culprits(const pb_trace_row *trace, int64_t n, bool by_reference, pb_trace_culprit *out,
                                   int64_t *out_n);

/* ---- what a change would do ---------------------------------------------------------------------------------------- */

/** The verdict on a part by two banks. */
typedef struct pb_verdict_change {
    double old_score, new_score;
    pb_verdict old_verdict, new_verdict;
} pb_verdict_change;

/** Judges parts by both banks. A part that is a reference in one of them finds itself there (pb_bank_find_copies()).
 *  @param features n_images parts, of the origin of both banks
 *  @param photos   n_images as pb_photo_measure() has them, or NULL: nothing is known of them
 *  @param out      n_images
 *  @return as pb_bank_score() */
PB_API pb_status pb_bank_what_if(const pb_bank *old, const pb_bank *changed, const pb_features *features,
                                 const pb_photo *photos, pb_verdict_change *out);

PB_END_DECLS

#endif
