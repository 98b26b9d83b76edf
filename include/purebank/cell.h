/** @file cell.h
 *  @brief One cell of the studies (method.md#cell) opened up: which images are references, what each method takes out of them, and
 *  what that does to the scores of every patch of every test image. The numbers are those of the runs (experiment.h), to the
 *  bit: the same code draws and computes them. */
#ifndef PUREBANK_CELL_H
#define PUREBANK_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/cache.h>
#include <purebank/catalog.h>
#include <purebank/protocol.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/** Which cell: begin with PB_CELL_OPTIONS_INIT, the first cell that the studies talk about. */
typedef struct pb_cell_options {
    size_t size;          /**< sizeof(pb_cell_options) */
    pb_setup setup;       /**< disjoint */
    int64_t seed;         /**< 0 */
    int64_t n_references; /**< N: 10 */
    double contamination; /**< c, 0..1: PB_DEFAULT_CONTAMINATION */
    int64_t k;            /**< K: PB_DEFAULT_K */
    double percentile;    /**< q, above 0, to 100: PB_DEFAULT_PERCENTILE */
    const char *methods;  /**< "fast", "core", "extended", "all", or names, of audit rules, too (with their default k):
                               "loo_patch,mahalanobis_patch,ensemble_loo_mahal" */
    int64_t memory;       /**< bytes to stay below; 0: half of what this process may use */
} pb_cell_options;

#define PB_CELL_OPTIONS_INIT                                                                                           \
    {                                                                                                                  \
        sizeof(pb_cell_options), PB_SETUP_DISJOINT, 0, 10, PB_DEFAULT_CONTAMINATION, PB_DEFAULT_K,                     \
            PB_DEFAULT_PERCENTILE, "loo_patch,mahalanobis_patch,ensemble_loo_mahal", 0                                 \
    }

/** A reference image. */
typedef struct pb_cell_reference {
    const char *path;  /**< as the cache lists it */
    bool from_test;    /**< it is image `index` of the test part, else of the training part */
    bool contaminated; /**< an anomaly in the place of a good image */
    int64_t index;
    const double *loo; /**< n_patches leave-one-out scores; behind them those of the next reference */
    double score;      /**< their mean */
} pb_cell_reference;

/** A test image of the cell. */
typedef struct pb_cell_image {
    const char *path; /**< as the cache lists it */
    int64_t index;    /**< in the test part */
    bool defect;
} pb_cell_image;

/** What a method leaves of the references, and what the rest says about the test images. */
typedef struct pb_cell_method {
    const char *name;           /**< static */
    double multiplier;          /**< of an audit with a multiplier, else 0 */
    const uint8_t *keep;        /**< n_references x n_patches, 1 = stays */
    int64_t n_removed;          /**< patches */
    const double *patch_scores; /**< n_test x n_patches: mean distance to the K nearest patches of the bank */
    const double *image_scores; /**< n_test */
    double auroc;               /**< of images */
} pb_cell_method;

/** An open cell. Free with pb_cell_view_free(). No pointer in this header may be NULL unless it says so; all that is returned is
 *  borrowed from the view, and gone with it or with the caches. */
typedef struct pb_cell_view pb_cell_view;

/** Name of the category. */
PB_API const char *pb_cell_view_category(const pb_cell_view *view);
/** Of the features; grid and dim alone where the cache was made elsewhere. */
PB_API const pb_origin *pb_cell_view_origin(const pb_cell_view *view);
/** Of an image, row by row over the grid of the origin. */
PB_API int64_t pb_cell_view_n_patches(const pb_cell_view *view);
/** References in the order of the slots, i < n_references. */
PB_API int64_t pb_cell_view_n_references(const pb_cell_view *view);
PB_API const pb_cell_reference *pb_cell_view_reference_at(const pb_cell_view *view, int64_t i);
/** Test images, i < n_test. */
PB_API int64_t pb_cell_view_n_test(const pb_cell_view *view);
PB_API const pb_cell_image *pb_cell_view_test_at(const pb_cell_view *view, int64_t i);
/** Methods, m < n_methods; the first is none: the bank without purification. */
PB_API int64_t pb_cell_view_n_methods(const pb_cell_view *view);
PB_API const pb_cell_method *pb_cell_view_method_at(const pb_cell_view *view, int64_t m);
/** Of the bank without contaminants. */
PB_API double pb_cell_view_clean_auroc(const pb_cell_view *view);

/** Caches whose cells are looked at. */
typedef struct pb_cell_caches pb_cell_caches;

/** Opens caches, without their features.
 *  @param root       folder of caches, or one of them
 *  @param categories "all", "quick", "gate", or names or folders of the cache
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown category, PB_STATUS_BAD_SHAPE for one without training or test images */
PB_API pb_status pb_cell_caches_open(const char *root, const char *categories, pb_cell_caches **out);
PB_API int64_t pb_cell_caches_n(const pb_cell_caches *caches);
/** i < pb_cell_caches_n(), sorted by folder; borrowed. */
PB_API const pb_cache *pb_cell_caches_at(const pb_cell_caches *caches, int64_t i);
/** Accepts NULL. Views of its cells are freed before. */
PB_API void pb_cell_caches_close(pb_cell_caches *caches);

/** Are these options sound? NULL stands for the defaults, which are.
 *  @return PB_STATUS_BAD_ARGUMENT naming the option and what it may be */
PB_API pb_status pb_cell_options_check(const pb_cell_options *options);

/** Computes the cell of category i: one pass over its test images.
 *  @param options  NULL: the defaults
 *  @param progress NULL: nobody watches
 *  @return PB_STATUS_BAD_ARGUMENT for options out of range, PB_STATUS_BAD_SHAPE for a bank of fewer than K patches,
 *          PB_STATUS_LIMIT where memory is too little */
PB_API pb_status pb_cell_view_compute(pb_cell_caches *caches, int64_t i, const pb_cell_options *options,
                                      const pb_progress *progress, pb_cell_view **out);
/** Accepts NULL. */
PB_API void pb_cell_view_free(pb_cell_view *view);

PB_END_DECLS

#endif
