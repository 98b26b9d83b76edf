/* What becomes of the references of a cell. */
#ifndef PB_EXPERIMENT_TREATMENTS_H
#define PB_EXPERIMENT_TREATMENTS_H

#include <purebank/catalog.h>

#include "base/error.h"

/* A purification, an audit whose flagged images leave, or what assurance does: method->kind tells. */
typedef struct pb_treatment {
    const pb_method *method;
    double multiplier; /* of an audit that takes one, else 0 */
} pb_treatment;

typedef struct pb_treatment_list {
    int64_t n, capacity;
    pb_treatment *value;
} pb_treatment_list;

/* Methods by a list of the catalogue ("core", "pixel", "all"), or by names, each once. Free out->value, also on failure. */
pb_status pb_treatments_purify(const char *text, pb_treatment_list *out);
/* ... of which some may be rules of audits, with each multiplier that the studies tried. */
pb_status pb_treatments_images(const char *text, pb_treatment_list *out);
/* What assurance does: "all", or names. */
pb_status pb_treatments_assure(const char *text, pb_treatment_list *out);

/* Adds one that is not there yet. */
pb_status pb_treatments_push(pb_treatment_list *list, pb_treatment treatment);

#endif
