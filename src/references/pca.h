/* Principal components of patch descriptors, and what they leave unexplained. */
#ifndef PB_REFERENCES_PCA_H
#define PB_REFERENCES_PCA_H

#include "linalg/covariance.h"

/* Mean over the channels of the squared difference between a row and its reconstruction from the first components: as
 * many as it takes for their share of the variance to exceed `share`, which is how scikit-learn counts for
 * PCA(n_components = share). Components with no variance beyond rounding explain nothing and leave nothing.
 * @param spread of the set @param share 0..1, exclusive @param scores n_images x n_patches
 * @param n_components how many it took; may be NULL */
pb_status pb_pca_scores(const pb_patch_set *set, const pb_spread *spread, double share, double *scores,
                        int64_t *n_components);

#endif
