/** @file purify.h
 *  @brief Purification methods: references in, a mask of the patches that stay out, and nothing else. */
#ifndef PUREBANK_PURIFY_H
#define PUREBANK_PURIFY_H

#include <stdint.h>

#include <purebank/references.h>

PB_BEGIN_DECLS

/** Which patches stay. Free with pb_mask_free(). */
typedef struct pb_mask {
    int64_t n_images, n_patches;
    uint8_t *keep; /**< n_images x n_patches, 1 = stays */
} pb_mask;

/** A mask that keeps everything. */
PB_API pb_status pb_mask_new(int64_t n_images, int64_t n_patches, pb_mask *out);
/** How many patches stay. */
PB_API int64_t pb_mask_count(const pb_mask *mask);
/** Accepts NULL and zeroed masks. */
PB_API void pb_mask_free(pb_mask *mask);

/** What a method may read besides the references. */
typedef struct pb_purify_options {
    double percentile;           /**< q, 0..100: patches scoring above the q-th percentile go; published value 95 */
    double contamination;        /**< expected share of bad images, 0..1, for the methods that need to be told */
    int64_t seed;                /**< 0..PB_SEED_MAX, for the methods that draw at random */
    const uint8_t *contaminated; /**< n_images, non-zero = known to be bad; NULL: nobody knows. For oracle_patch */
} pb_purify_options;

/** What a method asks for beside the references' distances to each other: flags. The last three say what studies compute once
 *  for all cells that need it; a method whose row lacks one computes it itself, for each set. */
typedef enum pb_purify_needs {
    PB_NEEDS_NOTHING = 0,
    PB_NEEDS_SHARE = 1,  /**< `contamination`: at 0 it removes nothing */
    PB_NEEDS_TRUTH = 2,  /**< `contaminated`: for studies, where that is known */
    PB_NEEDS_COSINE = 4, /**< distances by cosine */
    PB_NEEDS_SPREAD = 8, /**< mean and covariance of all patches */
    PB_NEEDS_AROUND = 16 /**< neighbours in a patch's own image, too */
} pb_purify_needs;

/** One row of the table of methods: a new method is one file and one row. */
typedef struct pb_purify_method {
    const char *name;    /**< "loo_patch" */
    const char *summary; /**< one line for --help */
    /** Clears bytes of `mask`, which comes in keeping everything. */
    pb_status (*run)(pb_references *references, const pb_purify_options *options, pb_mask *mask);
    pb_purify_needs needs;
} pb_purify_method;

/** The table: *out_n rows, static. */
PB_API const pb_purify_method *pb_purify_methods(int64_t *out_n);

/** The row called `name`. @return PB_STATUS_BAD_ARGUMENT for an unknown name, listing what there is */
PB_API pb_status pb_purify_method_find(const char *name, const pb_purify_method **out);

/** Runs the method called `name`.
 *  @param out free with pb_mask_free()
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown name, options out of range, or where a method lacks what it needs */
PB_API pb_status pb_purify(pb_references *references, const char *name, const pb_purify_options *options, pb_mask *out);

PB_END_DECLS

#endif
