/** @file protocol.h
 *  @brief The draws of the studies (method.md#draws): which images are references, which of them are contaminated and by what,
 *  and what is left to test on. Every draw is that of NumPy's legacy RandomState, to the bit, so that a seed means the
 *  same images here as in the published runs. No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_PROTOCOL_H
#define PUREBANK_PROTOCOL_H

#include <stdint.h>

#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** Where contaminants come from. */
typedef enum pb_setup {
    PB_SETUP_SHARED,  /**< from the anomalies that are tested, too: flatters purification */
    PB_SETUP_DISJOINT /**< from one half of the anomalies, and the other half is tested: what a result should rest on */
} pb_setup;

/** "shared", "disjoint"; "unknown" for anything else. */
PB_API const char *pb_setup_name(pb_setup setup);
/** What a reader must know of it: "no contaminant is tested", "contaminants are among the tested anomalies, which flatters purification";
 *  "unknown" for anything else. */
PB_API const char *pb_setup_words(pb_setup setup);
/** @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_setup_parse(const char *name, pb_setup *out);

/** References: RandomState(seed).choice(n_train, n, replace=False), sorted; all where n_train <= n (method.md#draw-references).
 *  @param out   n indices into the training images, ascending
 *  @param out_n how many: n, or n_train where that is less */
PB_API pb_status pb_draw_references(int64_t n_train, int64_t n, int64_t seed, int64_t *out, int64_t *out_n);

/** How many of n references are contaminated: n * contamination, rounded half to even. @param contamination 0..1 */
PB_API int64_t pb_contaminated_count(int64_t n, double contamination);

/** Contamination by RandomState(seed + 2000): first the slots choice(n, m, False), then the contaminants
 * choice(pool, m, replace = pool < m); slots[i] takes contaminants[i]. Draws for a smaller m are prefixes of those for
 * a larger one, as long as the pool has as many (method.md#draw-contaminants).
 *  @param pool         n_pool indices into the test images, in the order of the pool
 *  @param m            0..n, see pb_contaminated_count()
 *  @param slots        m positions among the references, in the order drawn
 *  @param contaminants m elements of the pool
 *  @return PB_STATUS_BAD_ARGUMENT for an empty pool where m > 0 */
PB_API pb_status pb_draw_contamination(int64_t n, int64_t m, const int64_t *pool, int64_t n_pool, int64_t seed,
                                       int64_t *slots, int64_t *contaminants);

/** Indices into the test images. Free with pb_test_split_free(). */
typedef struct pb_test_split {
    int64_t n_pool, n_test;
    int64_t *pool; /**< contaminants are drawn from these; in the order of the shuffle */
    int64_t *test; /**< these are scored; ascending */
} pb_test_split;

/** Shared: the pool are all anomalies, the test set is everything. Disjoint: the anomalies are shuffled by
 * RandomState(seed + 5000); the first half (rounded down) is the pool, the others and all normals are the test set (method.md#setups).
 *  @param labels n, 1 = anomaly, 0 = normal */
PB_API pb_status pb_test_split_new(const uint8_t *labels, int64_t n, pb_setup setup, int64_t seed, pb_test_split *out);
/** Accepts NULL and zeroed splits. */
PB_API void pb_test_split_free(pb_test_split *split);

/** New photos for removed ones: RandomState(seed + 7000).permutation(unused); the first takes the place of the first
 * removed image, and so on.
 *  @param unused n training images that are no references, ascending
 *  @param out    n, the same in the order of use */
PB_API pb_status pb_draw_recaptures(const int64_t *unused, int64_t n, int64_t seed, int64_t *out);

PB_END_DECLS

#endif
