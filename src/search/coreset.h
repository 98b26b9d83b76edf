/* Coresets of several subsets of the same rows, which are prepared once. */
#ifndef PB_SEARCH_CORESET_H
#define PB_SEARCH_CORESET_H

#include <purebank/coreset.h>

typedef struct pb_coreset pb_coreset;

/* @param rows n x dim, finite; borrowed @param out pb_coreset_free() */
pb_status pb_coreset_new(const float *rows, int64_t n, int64_t dim, pb_coreset **out);

/* What pb_coreset_select() chooses of the rows that are not left out.
 * @param left_out NULL, or n: not 0 where the row is none of them @param wanted 1..as many as they are @param selected wanted */
pb_status pb_coreset_select_of(pb_coreset *coreset, const uint8_t *left_out, int64_t wanted,
                               const pb_progress *progress, int64_t *selected);

/* Accepts NULL. */
void pb_coreset_free(pb_coreset *coreset);

#endif
