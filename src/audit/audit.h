/* What stands behind pb_audit: read by the folders after this one. */
#ifndef PB_AUDIT_AUDIT_H
#define PB_AUDIT_AUDIT_H

#include <purebank/audit.h>

struct pb_audit {
    const char *rule; /* static */
    double multiplier, limit;
    int64_t k; /* neighbours that a patch's score averaged; 0 where the rule does not look at patches */
    int64_t n_images;
    pb_audit_image *images; /* n_images, in the order of the features */
};

#endif
