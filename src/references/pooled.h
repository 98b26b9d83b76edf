/* Whole images as one descriptor each, the mean of their patches: what an audit without patches can see (method.md#baselines). */
#ifndef PB_REFERENCES_POOLED_H
#define PB_REFERENCES_POOLED_H

#include <purebank/features.h>

/* Mean distance to the 3 nearest other images (all where there are fewer). @param scores n_images */
pb_status pb_pooled_knn(const pb_features *features, double *scores);
/* Local outlier factor with 3 neighbours (or n_images - 1). @param scores n_images */
pb_status pb_pooled_lof(const pb_features *features, double *scores);
/* pb_forest_scores(): lower = more anomalous. @param scores n_images */
pb_status pb_pooled_forest(const pb_features *features, uint32_t seed, double *scores);

#endif
