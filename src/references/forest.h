/* Isolation forest. */
#ifndef PB_REFERENCES_FOREST_H
#define PB_REFERENCES_FOREST_H

#include <stdint.h>

#include <purebank/status.h>

/* Liu, Ting, Zhou 2008, "Isolation forest": 100 trees, each grown on min(256, n) rows; scores as scikit-learn's
 * score_samples() has them: -2^(-E(h) / c), in [-1, 0), lower = easier to isolate = more anomalous.
 *
 * Which trees grow is ours to define, as the paper leaves it to chance. A generator seeded with `seed` gives each tree
 * its own seed (32 bits); the tree's generator (base/random.h) draws its rows by choice(n, min(256, n), False), and
 * then, node by node in preorder, a channel among those that vary in the node (channels are drawn without replacement
 * until one does), and the threshold min + (max - min) u, u uniform in [0, 1). Rows <= threshold go left.
 *  @param rows n x dim, finite, n >= 2 @param scores n */
pb_status pb_forest_scores(const float *rows, int64_t n, int64_t dim, uint32_t seed, double *scores);

#endif
