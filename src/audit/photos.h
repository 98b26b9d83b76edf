/* References as photos: what audits and banks say of them. */
#ifndef PB_AUDIT_PHOTOS_H
#define PB_AUDIT_PHOTOS_H

#include <purebank/audit.h>
#include <purebank/augment.h>

/* Which photo, and the leave-one-out scores of its own patches, as a part has them: those of altered copies are none of them. */
typedef struct pb_scored_photo {
    int64_t image;
    const double *scores;
    int64_t n_scores;
} pb_scored_photo;

/* Limits at this rate from n photos alone; flags those that are not usable by them, nor as one of the copies that a bank has of them.
 * @param augment all zero: none; @param audit NULL, or of n images; @param verdicts n */
pb_status pb_photos_flag(const pb_photo *photos, int64_t n, const pb_augment *augment, double rate, pb_audit *audit,
                         pb_guard *out, pb_guard_verdict *verdicts);

/* Limits at this rate from some photos, n of them, and their patch scores; notes those on which no limit rests.
 * @param photos of all images; @param scored n; @param audit NULL, or of all images; @param verdicts n, in the order of scored[] */
pb_status pb_photos_note(const pb_photo *photos, const pb_scored_photo *scored, int64_t n, double rate, pb_audit *audit,
                         pb_guard *out, pb_guard_verdict *verdicts);

#endif
