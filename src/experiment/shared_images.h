/* The images of a block, examined once for all its sets. */
#ifndef PB_EXPERIMENT_SHARED_IMAGES_H
#define PB_EXPERIMENT_SHARED_IMAGES_H

#include "experiment/scoring.h"
#include "linalg/covariance.h"

/* The images of a block, examined once for all its sets. */
typedef struct pb_shared_images {
    float *rows; /* n_images x n_patches x dim */
    pb_features features;
    int64_t depth;
    pb_neighbors *lists[PB_METRIC_COSINE + 1]; /* NULL: not needed */
    pb_neighbors *own;                         /* NULL: not needed */
    pb_moments *moments; /* NULL: not needed, or no memory for them: then each set computes its own */
} pb_shared_images;

/* The images alone, for scoring. @param k the largest of any cell */
pb_status pb_shared_images_gather(const pb_block *block, int64_t k, pb_shared_images *out);
/* The images, examined.
 * @param memory bytes that may be held: what can be done without is left out where they are too few */
pb_status pb_shared_images_new(const pb_block *block, const pb_sharing *sharing, int64_t memory, pb_shared_images *out);
/* What only the examination of sets needs. */
void pb_shared_images_drop_moments(pb_shared_images *shared);
void pb_shared_images_free(pb_shared_images *shared);

#endif
