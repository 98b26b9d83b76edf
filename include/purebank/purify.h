/** @file purify.h
 *  @brief Purification methods: references in, a mask of the patches that stay out, and nothing else. No pointer in this
 *  header may be NULL unless it says so. */
#ifndef PUREBANK_PURIFY_H
#define PUREBANK_PURIFY_H

#include <stddef.h>
#include <stdint.h>

#include <purebank/catalog.h>
#include <purebank/references.h>

PB_BEGIN_DECLS

/** Which patches stay. Free with pb_patch_mask_free(). */
typedef struct pb_patch_mask {
    int64_t n_images, n_patches;
    uint8_t *keep; /**< n_images x n_patches, 1 = stays */
} pb_patch_mask;

/** A mask that keeps everything. */
PB_API pb_status pb_patch_mask_new(int64_t n_images, int64_t n_patches, pb_patch_mask *out);
/** How many patches stay. */
PB_API int64_t pb_patch_mask_count(const pb_patch_mask *mask);
/** Accepts NULL and zeroed masks. */
PB_API void pb_patch_mask_free(pb_patch_mask *mask);

/** What a method may read besides the references: begin with PB_PURIFY_OPTIONS_INIT. */
typedef struct pb_purify_options {
    size_t size; /**< sizeof(pb_purify_options) */
    double
        percentile; /**< q, above 0, to 100: patches scoring above the q-th percentile go; PB_DEFAULT_PERCENTILE, as published */
    double contamination;        /**< expected share of bad images, 0..1, for the methods that need to be told */
    int64_t seed;                /**< 0..PB_SEED_MAX, for the methods that draw at random */
    const uint8_t *contaminated; /**< n_images, non-zero = known to be bad; NULL: nobody knows. For oracle_patch */
} pb_purify_options;

#define PB_PURIFY_OPTIONS_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(pb_purify_options), PB_DEFAULT_PERCENTILE, 0, 0, NULL                                                   \
    }

/** The methods of purification (catalog.h), those registered last. @param out_n never NULL */
PB_API const pb_method *const *pb_purify_methods(int64_t *out_n);

/** The method called `name`. @return PB_STATUS_BAD_ARGUMENT for an unknown name, listing what there is */
PB_API pb_status pb_purify_method_find(const char *name, const pb_method **out);

/** A method of one's own: clears bytes of `mask`, which comes in keeping everything. Called by one thread at a time for one set of
 *  references; runs of studies purify several sets at once, so that what `context` points at is to be read only, or locked. */
typedef pb_status (*pb_purify_fn)(void *context, pb_references *references, const pb_purify_options *options,
                                  pb_patch_mask *mask);

/** Registers a method: from then on it is found by its name wherever the built-in ones are, until the process ends. Safe at any
 *  time from any thread; a thread that lists methods meanwhile may still see the list without it.
 *  @param method  name (a-z, 0-9, _; below 32 bytes), label (NULL: the name; below 32), summary (below 160), family, needs and
 *                 takes are read and copied, `size` says how much of it there is, the rest is ignored
 *  @param context handed to `run`; NULL where it needs none
 *  @return PB_STATUS_BAD_ARGUMENT for a name that is taken or texts that do not fit, PB_STATUS_LIMIT beyond 32 of them */
PB_API pb_status pb_purify_register(const pb_method *method, pb_purify_fn run, void *context);

/** Runs the method called `name`. Of references with altered copies (augment.h) it judges all patches; a copy's leaves where the patch
 *  of the photo itself does, and only there.
 *  @param options NULL: the defaults
 *  @param out free with pb_patch_mask_free()
 *  @return PB_STATUS_BAD_ARGUMENT for an unknown name, options out of range, or where a method lacks what it needs */
PB_API pb_status pb_purify(pb_references *references, const char *name, const pb_purify_options *options,
                           pb_patch_mask *out);

PB_END_DECLS

#endif
