/* Methods by name. A new one: write pb_purify_<name>() in a file of its own, and its row in src/catalog/purify_methods.def. */
#include <purebank/purify.h>

#include <pthread.h>
#include <string.h>

#include "base/options.h"
#include "base/ranges.h"
#include "catalog/catalog.h"
#include "io/features.h"
#include "purify/methods.h"

typedef pb_status (*builtin_fn)(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask);

static const builtin_fn builtin[PB_PURIFY_ROWS] = {
#define METHOD(id, ...) [PB_PURIFY_ROW_##id] = pb_purify_##id,
#include "catalog/purify_methods.def"
#undef METHOD
};

static struct {
    pb_purify_fn run;
    void *context;
} registered[PB_CATALOG_REGISTERED]; /* of the rows behind those */

static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;

/* method.md#none. */
pb_status pb_purify_none(pb_references *references, const pb_purify_options *options, pb_patch_mask *mask)
{
    (void)references;
    (void)options;
    (void)mask;
    return PB_STATUS_OK;
}

const pb_method *const *pb_purify_methods(int64_t *out_n)
{
    return pb_methods(PB_METHOD_PURIFICATION, out_n);
}

pb_status pb_purify_method_find(const char *name, const pb_method **out)
{
    int64_t row, n;
    PB_TRY(pb_catalog_need(PB_METHOD_PURIFICATION, "purification method", name, &row));
    *out = pb_purify_methods(&n)[row];
    return PB_STATUS_OK;
}

/* ---- Methods of users --------------------------------------------------------------------------------------------- */

static pb_status add(const pb_method *method, pb_purify_fn run, void *context)
{
    int64_t row;
    PB_TRY(pb_catalog_add(method, &row));
    registered[row - PB_PURIFY_ROWS].run = run;
    registered[row - PB_PURIFY_ROWS].context = context;
    pb_catalog_publish();
    return PB_STATUS_OK;
}

pb_status pb_purify_register(const pb_method *method, pb_purify_fn run, void *context)
{
    static const pb_method defaults = {.size = sizeof(pb_method)};
    pb_method read;
    PB_TRY(PB_OPTIONS_READ(pb_method, method, &defaults, &read));
    PB_CHECK_ARG(run, "a method needs a function");
    pthread_mutex_lock(&registering);
    const pb_status status = add(&read, run, context);
    pthread_mutex_unlock(&registering);
    return status;
}

/* A byte of a mask is 0 or 1, whatever a user's function writes; and a failure has a message. */
static pb_status run_registered(int64_t row, pb_references *references, const pb_purify_options *options,
                                pb_patch_mask *mask)
{
    static const pb_error nothing;
    const int64_t at = row - PB_PURIFY_ROWS;
    pb_error_restore(&nothing);
    const pb_status status = registered[at].run(registered[at].context, references, options, mask);
    if (status != PB_STATUS_OK && !*pb_error_message()) {
        int64_t n;
        return pb_fail(status, "the method %s failed", pb_purify_methods(&n)[row]->name);
    }
    for (int64_t i = 0; i < mask->n_images * mask->n_patches; i++)
        mask->keep[i] = mask->keep[i] != 0;
    return status;
}

/* ---- Running ------------------------------------------------------------------------------------------------------ */

static pb_status check_options(const pb_purify_options *options)
{
    PB_TRY(pb_check_percentile(options->percentile));
    PB_TRY(pb_check_share("the expected share of bad images", options->contamination));
    return pb_check_seed(options->seed);
}

/* What a defect has taught in one way it would teach in every other: a place leaves, or stays, with all its copies, as the photo's own
 * patch does. */
static void follow_own_patches(const pb_features *features, pb_patch_mask *mask)
{
    const int64_t n_own = pb_features_n_own_patches(features), n_patches = features->n_patches;
    for (int64_t i = 0; i < features->n_images; i++)
        for (int64_t at = n_own; at < n_patches; at += n_own)
            memcpy(mask->keep + i * n_patches + at, mask->keep + i * n_patches, (size_t)n_own);
}

pb_status pb_purify(pb_references *references, const char *name, const pb_purify_options *options, pb_patch_mask *out)
{
    static const pb_purify_options defaults = PB_PURIFY_OPTIONS_INIT;
    pb_purify_options known;
    int64_t row = 0;
    const pb_features *features = pb_references_features(references);
    pb_patch_mask mask;
    PB_TRY(pb_catalog_need(PB_METHOD_PURIFICATION, "purification method", name, &row));
    PB_TRY(PB_OPTIONS_READ(pb_purify_options, options, &defaults, &known));
    PB_TRY(check_options(&known));
    PB_TRY(pb_patch_mask_new(features->n_images, features->n_patches, &mask));
    const pb_status status =
        row < PB_PURIFY_ROWS ? builtin[row](references, &known, &mask) : run_registered(row, references, &known, &mask);
    if (status != PB_STATUS_OK) {
        pb_patch_mask_free(&mask);
        return status;
    }
    follow_own_patches(features, &mask);
    *out = mask;
    return PB_STATUS_OK;
}
