/* The catalogue of methods (catalog.h) from the inside: who has functions for its rows numbers them as it does. */
#ifndef PB_CATALOG_CATALOG_H
#define PB_CATALOG_CATALOG_H

#include <purebank/catalog.h>

#include "base/error.h"

enum { PB_CATALOG_REGISTERED = 32 }; /* purifications beside the built-in ones */

/* Numbers of the rows: PB_PURIFY_ROW_loo_patch, PB_AUDIT_ROW_imgmax_mad. */
enum {
#define METHOD(id, ...) PB_PURIFY_ROW_##id,
#include "catalog/purify_methods.def"
#undef METHOD
    PB_PURIFY_ROWS
};

enum {
#define RULE(id, ...) PB_AUDIT_ROW_##id,
#include "catalog/audit_rules.def"
#undef RULE
    PB_AUDIT_ROWS
};

enum {
#define METHOD(id, ...) PB_ASSURANCE_ROW_##id,
#include "catalog/assurance_methods.def"
#undef METHOD
    PB_ASSURANCE_ROWS
};

/* The number of the method in pb_methods(kind); -1: there is none. */
int64_t pb_catalog_find(pb_method_kind kind, const char *name);

/* The same, for who was told the name. @param what "audit rule", for the message
 *  @return PB_STATUS_BAD_ARGUMENT, naming those that there are */
pb_status pb_catalog_need(pb_method_kind kind, const char *what, const char *name, int64_t *out);

/* "none, loo_patch, ..." @param which NULL: all methods of the kind @param out always ends in NUL; "..." stands for what has no room */
void pb_catalog_names(pb_method_kind kind, bool (*which)(const pb_method *), char *out, size_t size);

/* Adds a purification behind the others, copying its texts. It is seen by pb_catalog_publish() and not before, so that a function
 * can be put in place under its number. One caller at a time.
 *  @return PB_STATUS_BAD_ARGUMENT for texts that are missing or too long, or a name that is taken; PB_STATUS_LIMIT */
pb_status pb_catalog_add(const pb_method *method, int64_t *out_row);
void pb_catalog_publish(void);

#endif
