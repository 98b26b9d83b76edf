/* Mahalanobis distance of every patch to the mean patch. */
#ifndef PB_REFERENCES_MAHALANOBIS_H
#define PB_REFERENCES_MAHALANOBIS_H

#include "linalg/covariance.h"

/* sqrt((x - mu)' S^-1 (x - mu)) with S by pb_ledoit_wolf(); |x - mu| where S is singular to working precision
 * (method.md#mahalanobis). @param spread of the set @param scores n_images x n_patches */
pb_status pb_mahalanobis_scores(const pb_patch_set *set, const pb_spread *spread, double *scores);

#endif
