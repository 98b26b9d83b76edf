/** @file cache.h
 *  @brief Feature caches: the features of a data set on disk, one folder a category, interchangeable with those of the studies
 *  (method.md#cache).
 *
 *  A category's folder is its name with "/" written "__" (mvtec_AD__bottle) and holds all_train_features.npy, all_train_paths.txt,
 *  test_features.npy, test_labels.npy (int64, 1 = defect), test_paths.txt, and what only purebank writes: cache.json with what
 *  made the features and the SHA-256 of every file. Training or test files are left out where a category has none.
 *  No pointer in this header may be NULL unless it says so, but those to pb_progress. */
#ifndef PUREBANK_CACHE_H
#define PUREBANK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/backbone.h>
#include <purebank/dataset.h>
#include <purebank/features.h>
#include <purebank/runtime.h>

PB_BEGIN_DECLS

/* ---- Reading ---- */

typedef enum pb_cache_part { PB_CACHE_TRAIN, PB_CACHE_TEST } pb_cache_part;

/** One category's cache, without its features. What its accessors return is borrowed from it. Free with pb_cache_free(). */
typedef struct pb_cache pb_cache;

/** Is `folder` a category's cache: does it hold training or test features, or is it one that was begun and not finished? */
PB_API bool pb_cache_is(const char *folder);

/** Names of all files that purebank reads or writes in a category's folder, n of them: for who must not write onto one. */
PB_API const char *const *pb_cache_file_names(int64_t *out_n);

/** The cache that a feature file is of: "CACHE/test_features.npy" is the test part of CACHE where that has the list of its photos.
 *  @param out_folder free with pb_buffer_free(); NULL: of none, by its name or by what lies beside it, and *out_part is left as it is */
PB_API pb_status pb_cache_of_file(const char *path, char **out_folder, pb_cache_part *out_part);

/** Reads lists, labels and description, and checks that they fit the shapes of the features.
 *  @return PB_STATUS_IO (also for a cache that is not finished), PB_STATUS_BAD_FORMAT, PB_STATUS_BAD_SHAPE naming the file */
PB_API pb_status pb_cache_open(const char *folder, pb_cache **out);

/** Without "/" at its end. */
PB_API const char *pb_cache_folder(const pb_cache *cache);
/** "mvtec_AD/bottle" */
PB_API const char *pb_cache_category(const pb_cache *cache);
/** Has it a cache.json? Otherwise it was made elsewhere and its origin is unknown. */
PB_API bool pb_cache_is_described(const pb_cache *cache);
/** Do features stand as float16? */
PB_API bool pb_cache_is_half(const pb_cache *cache);
/** Grid and dim alone where the origin is unknown. */
PB_API const pb_origin *pb_cache_origin(const pb_cache *cache);
PB_API bool pb_cache_has_part(const pb_cache *cache, pb_cache_part part);
/** Paths of the photos; backslashes of caches made elsewhere became slashes. None where there is no such part. */
PB_API const pb_paths *pb_cache_paths(const pb_cache *cache, pb_cache_part part);
/** One a photo of the test part: 1 = defect. NULL where there is no such part. */
PB_API const uint8_t *pb_cache_labels(const pb_cache *cache);
/** Photos of the test part with label 1. */
PB_API int64_t pb_cache_n_defect(const pb_cache *cache);

/** Loads one part's features as pb_features_load() does: float32 is mapped, the rest converted. The part's files are compared
 *  with the hashes of cache.json, where there is one.
 *  @return PB_STATUS_IO where the cache has no such part, PB_STATUS_BAD_FORMAT for a file that is not as it was written */
PB_API pb_status pb_cache_load(const pb_cache *cache, pb_cache_part part, pb_features **out);

/** The test part as labelled images with the masks that lie beside the photos.
 *  @param out_n_missing photos that are not where test_paths.txt says: their masks are not looked for */
PB_API pb_status pb_cache_testset(const pb_cache *cache, pb_testset **out, int64_t *out_n_missing);

/** Accepts NULL. */
PB_API void pb_cache_free(pb_cache *cache);

/** The categories' folders below `root`, sorted; `root` itself where it is one; also what is left of one whose features
 *  are gone. `out_unfinished` lists those begun and not finished. @return PB_STATUS_IO when there is neither */
PB_API pb_status pb_cache_list(const char *root, pb_paths *out, pb_paths *out_unfinished);

/** What pb_cache_check() found; one line each. Free both lists with pb_paths_free(). */
typedef struct pb_cache_findings {
    pb_paths problems; /**< what is wrong: none = the cache is sound */
    pb_paths notes;    /**< what is worth knowing */
} pb_cache_findings;

/** Reads every file of a category's cache: presence, sizes and hashes by cache.json, shapes, finite values, labels, order.
 *  @return errors only where they are not the files' fault */
PB_API pb_status pb_cache_check(const char *folder, pb_cache_findings *out);

/* ---- Writing ---- */

/** Begin with PB_CACHE_OPTIONS_INIT. */
typedef struct pb_cache_options {
    size_t size; /**< sizeof(pb_cache_options) */
    bool half;   /**< float16: half the disk, values rounded to 11 bits */
    bool force;  /**< redo what is there */
} pb_cache_options;

#define PB_CACHE_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        sizeof(pb_cache_options), false, false                                                                         \
    }

/** What is to be done for one category. */
typedef struct pb_cache_plan {
    int64_t n_images; /**< training and test */
    int64_t n_done;   /**< of these, in earlier runs */
    int64_t n_kept;   /**< of these, on disk now: it grows while pb_cache_writer_run() works */
    int64_t bytes;    /**< of all features */
    bool complete;    /**< nothing is left to be done */
    double seconds;   /**< from the first image that this run computed to the end of the category; 0 before that */
} pb_cache_plan;

/** Writes the caches of a data set's categories below one root, which it locks: a second writer is refused. Work goes to
 *  <category>.partial/ and is renamed when complete. Killed at any moment, it goes on where it was; the result is the same to
 *  the byte. */
typedef struct pb_cache_writer pb_cache_writer;

/** Plans the work and checks what is there.
 *  @param options NULL: the defaults
 *  @param dataset,backbone borrowed, must outlive *out; dataset NULL on a rank that only computes what it is given (pb_work)
 *  @return PB_STATUS_MISMATCH, naming both sides, for caches of another backbone, layer, size, precision, number format or
 *          list of images; PB_STATUS_OUTPUT where the folder cannot be written or another process is writing it */
PB_API pb_status pb_cache_writer_open(const char *root, const pb_dataset *dataset, pb_backbone *backbone,
                                      const pb_cache_options *options, pb_cache_writer **out);
/** One plan a category, borrowed. */
PB_API const pb_cache_plan *pb_cache_writer_plans(const pb_cache_writer *writer);
/** Computes what is left of category i of the data set. Progress counts the category's images, those done before included.
 *  @return PB_STATUS_OUTPUT for a full disk, ...: what is done stays done; PB_STATUS_BAD_VALUE for features that float16 cannot
 *          hold */
PB_API pb_status pb_cache_writer_run(pb_cache_writer *writer, int64_t i, const pb_progress *progress);

/** Who watches: begin with PB_CACHE_WATCH_INIT. */
typedef struct pb_cache_watch {
    size_t size;          /**< sizeof(pb_cache_watch) */
    pb_progress progress; /**< images on disk, of all; report may be NULL */
    /** Category i, not complete before, is complete, or cannot be, as `status` and pb_error_message() say. PB_STATUS_OK goes on
     *  with the others, anything else ends the work. NULL: the first failure does. */
    pb_status (*on_category)(void *context, int64_t i, pb_status status);
    void *context;
} pb_cache_watch;

#define PB_CACHE_WATCH_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(pb_cache_watch), {NULL, NULL}, NULL, NULL                                                               \
    }

/** Computes what is left of all categories, as pb_cache_writer_run() does of one. @param watch NULL: nobody */
PB_API pb_status pb_cache_writer_run_all(pb_cache_writer *writer, const pb_cache_watch *watch);
/** Gives the lock back. Accepts NULL. */
PB_API void pb_cache_writer_close(pb_cache_writer *writer);

PB_END_DECLS

#endif
