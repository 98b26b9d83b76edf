/** @file references.h
 *  @brief What a set of reference images says about itself, computed once and on demand: leave-one-out scores
 * by either metric, Mahalanobis scores. Audits and purification methods read from it. No pointer may be NULL unless it says so. */
#ifndef PUREBANK_REFERENCES_H
#define PUREBANK_REFERENCES_H

#include <stdint.h>

#include <purebank/features.h>
#include <purebank/index.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** References under examination; not safe for concurrent use. Free with pb_references_free(). */
typedef struct pb_references pb_references;

/** @param features >= 2 images; borrowed, must outlive *out
 *  @param k        neighbours of the leave-one-out scores, >= 1 and <= (N-1) P
 *  @param progress copied; reported by whatever computation is triggered first; may be NULL */
PB_API pb_status pb_references_new(const pb_features *features, int64_t k, const pb_progress *progress,
                                   pb_references **out);

PB_API const pb_features *pb_references_features(const pb_references *references);
PB_API int64_t pb_references_k(const pb_references *references);

/** Leave-one-out patch scores over all references; borrowed, n_images x n_patches. */
PB_API pb_status pb_references_loo_scores(pb_references *references, pb_metric metric, const double **out);

/** Mahalanobis distance of each patch to the mean of all (method.md#mahalanobis: Ledoit-Wolf shrinkage, Ledoit and Wolf
 * 2004, "A well-conditioned estimator for large-dimensional covariance matrices"); borrowed, n_images x
 * n_patches. */
PB_API pb_status pb_references_mahalanobis_scores(pb_references *references, const double **out);

/** The Euclidean neighbour lists, for questions about subsets; borrowed. */
PB_API pb_status pb_references_neighbors(pb_references *references, const pb_neighbors **out);

/** Accepts NULL. */
PB_API void pb_references_free(pb_references *references);

PB_END_DECLS

#endif
