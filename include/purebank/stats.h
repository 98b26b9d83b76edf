/** @file stats.h
 *  @brief Do methods differ (method.md#analysis)? The tests by themselves, equal to those of SciPy, scikit-posthocs and NumPy, and the
 *  analysis of a study built of them. No pointer may be NULL but where that is said. */
#ifndef PUREBANK_STATS_H
#define PUREBANK_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/effect.h>
#include <purebank/study.h>

PB_BEGIN_DECLS

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

typedef struct pb_friedman {
    double chi2; /**< corrected for ties; NaN where all values of every row are equal: nothing to test */
    double p;    /**< by the chi-squared distribution with k - 1 degrees of freedom; NaN with chi2 */
} pb_friedman;

/** Friedman's test (scipy.stats.friedmanchisquare).
 *  @param values n rows (categories) x k columns (methods), finite; n >= 1, k >= 3
 *  @param mean_ranks k, 1 = the highest value of each row, ties by midrank */
PB_API pb_status pb_stats_friedman(const double *values, int64_t n, int64_t k, double *mean_ranks, pb_friedman *out);

/** P(Q > q), Q the studentised range of k means with infinitely many degrees of freedom
 *  (scipy.stats.studentized_range.sf(q, k, inf)); relative error below 1e-11. @param q >= 0 @param k >= 2 */
PB_API double pb_stats_studentized_range(double q, int64_t k);

/** Nemenyi's critical difference of mean ranks: q(1 - alpha; k, inf) / sqrt 2 * sqrt(k (k + 1) / (6 n)) (method.md#nemenyi). */
PB_API pb_status pb_stats_nemenyi_cd(int64_t n, int64_t k, double alpha, double *out);
/** Pairwise p values (scikit_posthocs.posthoc_nemenyi_friedman). @param p k x k, 1 on the diagonal */
PB_API pb_status pb_stats_nemenyi(const double *mean_ranks, int64_t n, int64_t k, double *p);

typedef enum pb_wilcoxon_method {
    PB_WILCOXON_AUTO, /**< as SciPy: exact for n <= 50 without ties or zeros; with them permutations for n <= 13; else normal */
    PB_WILCOXON_EXACT,       /**< the exact distribution without ties and zeros */
    PB_WILCOXON_PERMUTATION, /**< all 2^n choices of signs; n <= 20 */
    PB_WILCOXON_NORMAL       /**< normal approximation, corrected for ties, not for continuity */
} pb_wilcoxon_method;

/** "auto", "exact", "permutation", "normal". */
PB_API const char *pb_wilcoxon_method_name(pb_wilcoxon_method method);

typedef struct pb_wilcoxon {
    double w;                  /**< the smaller sum of ranks */
    double p;                  /**< two-sided; NaN where the normal approximation meets nothing but zeros */
    int64_t n_zeros;           /**< dropped */
    pb_wilcoxon_method method; /**< the one used */
} pb_wilcoxon;

/** Wilcoxon's signed-rank test (scipy.stats.wilcoxon, zero_method "wilcox"). @param differences n >= 1, finite */
PB_API pb_status pb_stats_wilcoxon(const double *differences, int64_t n, pb_wilcoxon_method method, pb_wilcoxon *out);

/** Holm's adjusted p values (method.md#holm; statsmodels multipletests "holm"). NaN stays NaN and is not counted.
 *  @param p n @param adjusted n, may be p */
PB_API pb_status pb_stats_holm(const double *p, int64_t n, double *adjusted);

/** Cliff's delta, P(x > y) - P(x < y) over all n m pairs (method.md#cliffs-delta). */
PB_API pb_status pb_stats_cliffs_delta(const double *x, int64_t n, const double *y, int64_t m, double *out);
/** "negligible" (|delta| < .147), "small" (< .33), "medium" (< .474), "large" (Romano et al. 2006). */
PB_API const char *pb_stats_effect(double delta);
/** Vargha and Delaney's A12, P(x > y) + P(x = y) / 2 (method.md#a12). */
PB_API pb_status pb_stats_a12(const double *x, int64_t n, const double *y, int64_t m, double *out);

/** Percentile interval of the mean by the bootstrap (method.md#bootstrap), to the bit as NumPy:
 *      rng = numpy.random.default_rng(seed)
 *      means = [rng.choice(values, n).mean() for _ in range(draws)]
 *      numpy.percentile(means, [50 - confidence * 50, 50 + confidence * 50])
 *  rng.integers(0, n, size=(draws, n)) draws the same.
 *  @param values n >= 1, finite @param draws 1..1e7 @param confidence 0..1, both excluded */
PB_API pb_status pb_stats_bootstrap(const double *values, int64_t n, uint64_t seed, int64_t draws, double confidence,
                                    double *low, double *high);

/* ---- Of a study -------------------------------------------------------------------------------------------------- */

/** A category that cannot be compared, and why. Texts are borrowed from the study. */
typedef struct pb_study_exclusion {
    const char *dataset;
    const char *method;       /**< the first that it lacks */
    int64_t n_seeds, n_other; /**< seeds of that method (0: it has none), and of the method with most */
} pb_study_exclusion;

/** The methods that are ranked unless named: none, random_patch, lof_patch, loo_patch, mahalanobis_patch, cosine_loo and
 *  ensemble_loo_mahal, as far as the slice has them; where rules of image audits or of assurance occur, these too. Methods that are
 *  told which images are bad, or how many, are not among them.
 *  @param out contents.n_methods pointers of the study @param out_n how many are set */
PB_API pb_status pb_study_default_methods(const pb_study *study, const pb_study_slice *slice, const char **out,
                                          int64_t *out_n);

/** Friedman and Nemenyi. Free with pb_study_ranking_free(). */
typedef struct pb_study_ranking {
    int64_t n;             /**< categories that have all methods, with as many seeds */
    int64_t k;             /**< methods */
    const char **datasets; /**< n */
    const char **methods;  /**< k, as asked for */
    double *values;        /**< n x k: means of the categories */
    double *means;         /**< k: over the categories */
    double *mean_ranks;    /**< k: 1 = best */
    pb_friedman friedman;  /**< NaN where k < 3 */
    double cd;             /**< Nemenyi's critical difference at 0.05 */
    double *p;             /**< k x k, Nemenyi */
    int64_t *order;        /**< k: places of the methods, the lowest mean rank first; equals as asked for */
    int64_t n_excluded;
    pb_study_exclusion *excluded;
} pb_study_ranking;

/** @return PB_STATUS_MISMATCH where no category has all methods */
PB_API pb_status pb_study_rank(const pb_study *study, const pb_study_question *question, pb_study_ranking *out);
/** Accepts NULL and zeroed rankings. */
PB_API void pb_study_ranking_free(pb_study_ranking *ranking);

/** A method against the baseline, over the categories that count. NaN: cannot be told. */
typedef struct pb_study_comparison {
    const char *method;
    pb_effect effect;
    double ci_low, ci_high; /**< 95 %, of the gain: bootstrap with 10 000 draws of default_rng(42) */
    pb_wilcoxon wilcoxon;   /**< of the differences as decimals: files have decimals, so that equal ones tie */
    double p_holm;          /**< NaN unless in_family */
    bool in_family;         /**< one of the methods asked for: these are corrected for together */
    double delta, a12;      /**< Cliff; Vargha and Delaney */
    int64_t n_excluded;
    pb_study_exclusion *excluded;
} pb_study_comparison;

/** Free with pb_study_comparisons_free(). */
typedef struct pb_study_comparisons {
    int64_t n;
    pb_study_comparison
        *comparison; /**< every method of the slice but the baseline, in the study's order; where methods are
                                          named, these alone */
} pb_study_comparisons;

/** @return PB_STATUS_MISMATCH where the slice has no baseline, or nothing to compare with it */
PB_API pb_status pb_study_compare(const pb_study *study, const pb_study_question *question, pb_study_comparisons *out);
/** Accepts NULL and zeroed comparisons. */
PB_API void pb_study_comparisons_free(pb_study_comparisons *comparisons);

PB_END_DECLS

#endif
