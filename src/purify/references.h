/* References whose neighbour lists come from a larger set of images that has been searched already. */
#ifndef PB_PURIFY_REFERENCES_H
#define PB_PURIFY_REFERENCES_H

#include <purebank/references.h>

enum { PB_REFERENCES_METRICS = PB_METRIC_COSINE + 1 };

typedef struct pb_references_source {
    const pb_neighbors *lists[PB_REFERENCES_METRICS]; /* of the larger set, by metric; NULL: search anew */
    const int64_t *images;                            /* which of its images the references are, each at most once */
} pb_references_source;

/* pb_references_new() with the same results to the bit.
 * @param features the images' own values, finite; borrowed as all of `source`, must outlive *out */
pb_status pb_references_new_within(const pb_features *features, int64_t k, const pb_references_source *source,
                                   pb_references **out);

#endif
