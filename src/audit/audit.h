/* What stands behind pb_audit: read by the folders after this one. */
#ifndef PB_AUDIT_AUDIT_H
#define PB_AUDIT_AUDIT_H

#include <purebank/audit.h>

/* Of the references an audit flags so many at most: where more differ, nothing tells which are the bad ones (method.md#audit-mad). */
enum { PB_AUDIT_MOST_FLAGGED_PERCENT = 40 };

static inline int64_t pb_audit_most_flagged(int64_t n_images)
{
    return n_images * PB_AUDIT_MOST_FLAGGED_PERCENT / 100;
}

/* @param image for the message @return PB_STATUS_BAD_ARGUMENT for no decision */
pb_status pb_decision_check(pb_decision decision, int64_t image);

struct pb_audit {
    const char *rule; /* static */
    double multiplier, limit;
    int64_t k; /* neighbours that a patch's score averaged; 0 where the rule does not look at patches */
    int64_t n_images;
    pb_audit_image *images; /* n_images, in the order of the features */
};

#endif
