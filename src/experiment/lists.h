/* Lists given as text: "10,20", "0-4", "none,loo_patch". */
#ifndef PB_EXPERIMENT_LISTS_H
#define PB_EXPERIMENT_LISTS_H

#include <stdbool.h>

#include "base/error.h"

enum { PB_LIST_ITEM_BYTES = 64 };

/* The next item as text of its own; false behind the last. */
bool pb_list_next(const char **list, char item[PB_LIST_ITEM_BYTES]);

typedef struct pb_int_list {
    int64_t n;
    int64_t *value;
} pb_int_list;

typedef struct pb_real_list {
    int64_t n;
    double *value;
} pb_real_list;

/* Numbers from low to high, each once: of whole numbers also ranges. Free out->value, also on failure.
 * @param what names the list in messages */
pb_status pb_int_list_parse(const char *what, const char *text, int64_t low, int64_t high, pb_int_list *out);
pb_status pb_real_list_parse(const char *what, const char *text, double low, double high, pb_real_list *out);

#endif
