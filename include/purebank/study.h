/** @file study.h
 *  @brief Result files of the studies, ours or the authors', read for analysis (method.md#columns): rows by key, and means with seeds
 *  averaged first.
 *  No pointer may be NULL but where that is said. */
#ifndef PUREBANK_STUDY_H
#define PUREBANK_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/catalog.h>
#include <purebank/features.h>
#include <purebank/protocol.h>

PB_BEGIN_DECLS

/** What a row measures. A measure that several kinds of files name differently is one. */
typedef enum pb_measure {
#define PB_STUDY_MEASURE(id, ...) PB_MEASURE_##id,
#include <purebank/study_measures.def> /* AUROC, AUPR, F1MAX, TPR_FPR1, TPR_FPR5, and the other columns that are analysed */
#undef PB_STUDY_MEASURE
    PB_N_MEASURES
} pb_measure;

/** The column's name ("img_auroc", the first where there are several); "unknown" for anything else. */
PB_API const char *pb_measure_name(pb_measure measure);
/** By any of its columns' names. @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_measure_parse(const char *name, pb_measure *out);

/** One cell. Texts are borrowed from the study and unique in it: equal texts are equal pointers. */
typedef struct pb_study_row {
    const char *dataset; /**< "mvtec_AD/bottle" */
    const char *method;  /**< what stands in tables: "loo_patch"; of an audit with its multiplier: "imgmax_mad k1.5" */
    const char *rule;    /**< the method without that: "imgmax_mad" */
    const char *detector, *auditor; /**< whose bank, whose scores; "" where the file has no such column */
    pb_setup setup;
    double multiplier;    /**< of an audit with a multiplier, else 0 */
    double contamination; /**< 0..1, to 6 decimals */
    double percentile;    /**< q; PB_DEFAULT_PERCENTILE where the file has no such column */
    int64_t limit;        /**< N */
    int64_t seed;
    int64_t k;                   /**< K; PB_DEFAULT_K where the file has no such column */
    double value[PB_N_MEASURES]; /**< finite; NaN: no such column, or an empty field */
} pb_study_row;

typedef enum pb_study_setups {
    PB_STUDY_ONE_SETUP,     /**< whichever it is; rows of both are refused */
    PB_STUDY_DISJOINT_ONLY, /**< rows of the other are left out */
    PB_STUDY_SHARED_ONLY,
    PB_STUDY_BOTH_SETUPS
} pb_study_setups;

/** "one", "disjoint", "shared", "both". @return PB_STATUS_BAD_ARGUMENT for another name */
PB_API pb_status pb_study_setups_parse(const char *name, pb_study_setups *out);

/** The row of the catalogue behind a method as it stands in tables ("imgmax_mad k1.5"); NULL: it is not known.
 *  @param name never NULL @param out_multiplier of an audit, 0: none; may be NULL */
PB_API const pb_method *pb_study_method(const char *name, double *out_multiplier);
/** Room for what pb_study_method_label() makes of the catalogue's methods, and of most names. */
enum { PB_METHOD_LABEL_BYTES = 128 };

/** As people read it, everywhere: "LOO", "audit max, k 1.5"; a method that is not known by its name.
 *  @param name never NULL @param out never NULL, room for size bytes; what is longer is cut */
PB_API void pb_study_method_label(const char *name, char *out, size_t size);

/** Any number of files, each cell once. */
typedef struct pb_study pb_study;

/** Reads result files: patch purification, pixel metrics, image level, assurance; columns by their names, ";" between them.
 *
 *  The setup of a row stands in its column, else in <file>.json beside it, else in the name of the file if the studies published
 *  one of that name. A file of another name is of the setup asked for; where none is asked for it counts as shared, as
 *  published files are, and pb_study_contents.assumed_shared says so.
 *
 *  A cell may occur any number of times, in one file or several, as long as its values agree: to 4 decimals, since published
 *  files have more. What one row lacks, the other gives.
 *  @param setups which rows
 *  @return PB_STATUS_BAD_FORMAT, with file and line, for what is no result file, is torn, or contradicts itself;
 *          PB_STATUS_BAD_VALUE for NaN and infinity; PB_STATUS_MISMATCH for rows of both setups, or of different features */
PB_API pb_status pb_study_read(const char *const *paths, int64_t n, pb_study_setups setups, pb_study **out);
/** Accepts NULL. */
PB_API void pb_study_free(pb_study *study);

/** What occurs; all borrowed, each list without repetitions. */
typedef struct pb_study_contents {
    int64_t n_rows;
    const pb_study_row *rows; /**< by setup, dataset, method (in the order of the lists below), then the other keys */
    int64_t n_datasets, n_methods, n_detectors, n_auditors;
    const char *const *datasets;   /**< in the order of their bytes, as NumPy and pandas sort */
    const char *const *benchmarks; /**< n_datasets: of each, see pb_study_benchmark() */
    const char *const *methods;    /**< in the order of the methods' table, then the rules', then others by name */
    const char *const *detectors;  /**< by name; "" for rows without */
    const char *const *auditors;
    int64_t n_setups, n_limits, n_contaminations, n_percentiles, n_ks, n_seeds;
    const pb_setup *setups; /**< numbers ascend */
    const int64_t *limits;
    const double *contaminations;
    const double *percentiles;
    const int64_t *ks;
    const int64_t *seeds;
    bool has[PB_N_MEASURES];    /**< some row has a value */
    const pb_origin *origin;    /**< of the features, where a <file>.json tells; else NULL */
    const char *assumed_shared; /**< the first file of which nothing tells the setup; NULL: none */
} pb_study_contents;

PB_API const pb_study_contents *pb_study_get_contents(const pb_study *study);

/** Which rows. Zero and NULL mean what is said; setup and contamination have to be set. */
typedef struct pb_study_slice {
    pb_setup setup;
    double contamination;
    const int64_t *limits; /**< N: several are pooled inside a category */
    int64_t n_limits;      /**< 0: every N of the study */
    double percentile;     /**< q; 0: PB_DEFAULT_PERCENTILE */
    int64_t k;             /**< K; 0: PB_DEFAULT_K */
    const char *detector;  /**< NULL: any */
    const char *auditor;   /**< NULL: any */
} pb_study_slice;

/** The rows of one dataset and method, all of them, in the order of contents.rows; none: *out_n = 0. */
PB_API const pb_study_row *pb_study_find(const pb_study *study, pb_setup setup, const char *dataset, const char *method,
                                         int64_t *out_n);

/** Mean over seeds for each N, then over the N. NaN where one of the N has no row with a value.
 *  Fast: a binary search, and a look at the rows of the dataset and method. */
PB_API double pb_study_mean(const pb_study *study, const pb_study_slice *slice, const char *dataset, const char *method,
                            pb_measure measure);

/** How many seeds pb_study_mean() averages: the fewest of any N. */
PB_API int64_t pb_study_seeds(const pb_study *study, const pb_study_slice *slice, const char *dataset,
                              const char *method, pb_measure measure);

/** The N that are pooled unless someone names them: of 10 and 20, as published, those that the slice has; where it has neither, all
 *  that it has. slice->limits are not looked at.
 *  @param method NULL: rows of any method count
 *  @param out room for contents.n_limits; ascending @return how many */
PB_API int64_t pb_study_pooled_limits(const pb_study *study, const pb_study_slice *slice, const char *method,
                                      int64_t *out);

/** The c that tables and figures are about, in the digits of the files: the one that is wanted, to 1e-9; where none is (NaN), 0.3 if it
 *  occurs, else the largest.
 *  @param setup NULL: rows of any setup count
 *  @return NaN where the wanted c does not occur, or the setup has no rows */
PB_API double pb_study_choose_contamination(const pb_study *study, const pb_setup *setup, double wanted);

/** The methods that a name means: the one called so, or a rule with each of its multipliers ("imgmax_mad").
 *  @param name `length` bytes of it count @param out room for contents.n_methods, in their order
 *  @return how many */
PB_API int64_t pb_study_methods_named(const pb_study *study, const char *name, size_t length, const char **out);

/** One method over categories. */
typedef struct pb_study_summary {
    int64_t n;            /**< categories with a value */
    int64_t n_seeds;      /**< seeds that all of these have */
    double mean;          /**< of the categories' means; NaN: n is 0 */
    double sd_categories; /**< standard deviation (n - 1) of the categories' means; NaN where n < 2 */
    double sd_seeds; /**< standard deviation (n - 1), over seeds, of the mean over categories; NaN where n_seeds < 2 */
} pb_study_summary;

/** @param datasets n; NULL: all of the study (n is ignored). Those without a value are left out and not counted */
PB_API pb_status pb_study_summarise(const pb_study *study, const pb_study_slice *slice, const char *const *datasets,
                                    int64_t n, const char *method, pb_measure measure, pb_study_summary *out);

/** "mvtec_AD", "VisA", "mvtec_loco_AD", "btad", "own": *out_n names, static. */
PB_API const char *const *pb_study_benchmarks(int64_t *out_n);
/** One of these; "own" for any other dataset. */
PB_API const char *pb_study_benchmark(const char *dataset);
/** Logical anomalies, which the studies also leave out. */
PB_API bool pb_study_is_loco(const char *dataset);

PB_END_DECLS

#endif
