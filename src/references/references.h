/* What methods share besides the public questions; and references whose answers come from a larger set of images. */
#ifndef PB_REFERENCES_REFERENCES_H
#define PB_REFERENCES_REFERENCES_H

#include <purebank/references.h>

#include "linalg/covariance.h"

enum { PB_REFERENCES_METRICS = PB_METRIC_COSINE + 1 };

/* What has been found out about a larger set of images already. */
typedef struct pb_references_source {
    const pb_neighbors *lists[PB_REFERENCES_METRICS]; /* of the larger set, by metric; NULL: search anew */
    const pb_neighbors *own;                          /* lists within each image of the larger set; NULL: search anew */
    const pb_moments *moments;                        /* of the larger set; NULL: computed anew */
    const int64_t *images;                            /* which of its images the references are, each at most once */
} pb_references_source;

/* PB_STATUS_BAD_ARGUMENT unless every patch of n_images has k in the others: to be asked before features are computed or loaded. */
pb_status pb_references_check_k(int64_t n_images, int64_t n_patches, int64_t k);

/* pb_references_new() with the same results to the bit.
 * @param features the images' own values, finite; borrowed as all of `source`, must outlive *out */
pb_status pb_references_new_within(const pb_features *features, int64_t k, const pb_references_source *source,
                                   pb_references **out);

/* Questions to the neighbours will leave patches out: lists that are yet to be made are longer. */
void pb_references_expect_subsets(pb_references *references);
/* pb_references_loo_scores(), Euclidean, by the K that a rule has as its own: as all others where k is 0, or no less than theirs.
 * @param out valid as long as the references, or until another K is asked for; *out_k = the K that it is by */
pb_status pb_references_scores_by(pb_references *references, int64_t k, const double **out, int64_t *out_k);

/* The patches, and where their moments are; valid as long as the references. */
pb_patch_set pb_references_patches(const pb_references *references);
/* Mean and covariance of all patches; borrowed. */
pb_status pb_references_spread(pb_references *references, const pb_spread **out);
/* The k nearest others of every patch among all, its own image included, but for altered copies of the same place; ties by index.
 * @param k 1 .. those that there are
 * @param distances, indices n_images x n_patches x k */
pb_status pb_references_around(const pb_references *references, int64_t k, double *distances, int64_t *indices);

#endif
