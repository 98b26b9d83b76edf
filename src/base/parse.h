/* Text to values, in one place: items between commas, numbers, shares, bytes, ranges. */
#ifndef PB_BASE_PARSE_H
#define PB_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A piece of a text, not ended by a 0. */
typedef struct pb_item {
    const char *text;
    size_t length;
} pb_item;

pb_item pb_item_of(const char *text);
bool pb_item_is(pb_item item, const char *text);

/* The next item of "a,b,c": *list moves behind it. Spaces before an item, and items without text, are passed over.
 * Returns false behind the last. */
bool pb_item_next(const char **list, pb_item *out);
/* The same as text of its own, cut to `size` - 1 bytes. */
bool pb_item_next_text(const char **list, char *out, size_t size);
int64_t pb_item_count(const char *list);
/* The next piece between separators, where one without text is a mistake: *list moves behind it, and is NULL behind the last. */
bool pb_item_split(const char **list, char separator, pb_item *out);

/* The whole item as a value from `low` to `high`; false, and *out as it was, where it is not one. */
bool pb_item_integer(pb_item item, int64_t low, int64_t high, int64_t *out);
bool pb_item_real(pb_item item, double low, double high, double *out);
/* "0.3" or "30%", to the same bits. */
bool pb_item_share(pb_item item, double low, double high, double *out);
/* "7", or "0-4". */
bool pb_item_range(pb_item item, int64_t low, int64_t high, int64_t *first, int64_t *last);
/* "1e9", "500M" or "8G": decimal units k, M, G, T; 1 to 1e18. */
bool pb_item_bytes(pb_item item, int64_t *out);

/* Lists of numbers, in the order given, each value once. Errors name `what` and the item; an empty list is one.
 * @param out,out_n free *out with pb_free(), also after an error */
pb_status pb_parse_integers(const char *what, const char *list, int64_t low, int64_t high, int64_t **out,
                            int64_t *out_n);
pb_status pb_parse_reals(const char *what, const char *list, double low, double high, double **out, int64_t *out_n);
pb_status pb_parse_shares(const char *what, const char *list, double low, double high, double **out, int64_t *out_n);

#endif
