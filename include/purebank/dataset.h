/** @file dataset.h
 *  @brief From folders to lists of images, to labelled test sets, and to the categories of whole data sets (method.md#data-sets).
 *  No pointer in this header may be NULL unless it says so, but those to pb_progress. */
#ifndef PUREBANK_DATASET_H
#define PUREBANK_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/runtime.h>
#include <purebank/status.h>

PB_BEGIN_DECLS

/** A list of file names. Free with pb_paths_free(). */
typedef struct pb_paths {
    int64_t n;
    char **path; /**< n strings */
} pb_paths;

/** Expands files and folders (recursive, images by extension: png jpg jpeg bmp tif tiff webp, any case;
 * hidden files and folders left out), each folder's images sorted as whole path strings (byte order),
 * arguments in the order given. A path reached twice is listed once.
 *  @return PB_STATUS_IO for a missing path or a folder without images, naming it */
PB_API pb_status pb_paths_collect(const char *const *inputs, int64_t n_inputs, pb_paths *out);
/** Accepts NULL and zeroed lists. */
PB_API void pb_paths_free(pb_paths *paths);

/** SHA-256 of n files in hex, as banks keep it of their references (pb_bank_fit()). @return PB_STATUS_IO naming the file that cannot be read */
PB_API pb_status pb_photos_hash(const char *const *paths, int64_t n, char (*out)[65]);

/** Which files are copies of an earlier one: they hide each other from an audit.
 *  @param sha256 n digests; "" where there is none
 *  @param out    n: the first file of this digest; -1: itself */
PB_API void pb_photos_find_copies(const char *const *sha256, int64_t n, int64_t *out);

/** Labelled images: a test folder in MVTec layout (good/ and one folder a kind of defect), or VisA's table. What its accessors
 *  return is borrowed from it. Free with pb_testset_free(). */
typedef struct pb_testset pb_testset;

/** Lists a test folder; `dir` may also be the folder that holds test/, or a category of VisA below its table.
 *  @return PB_STATUS_IO when there are no good images or no defects */
PB_API pb_status pb_testset_open(const char *dir, pb_testset **out);

PB_API int64_t pb_testset_n_images(const pb_testset *set);
/** How many of them are good. */
PB_API int64_t pb_testset_n_good(const pb_testset *set);
/** How many show defects. */
PB_API int64_t pb_testset_n_defect(const pb_testset *set);
/** How many have a mask. */
PB_API int64_t pb_testset_n_masks(const pb_testset *set);
/** n file names, sorted by folder, then by name; VisA: in the table's order. */
PB_API const char *const *pb_testset_paths(const pb_testset *set);
/** n labels: 1 = defect, 0 = good ("good" or "ok" folder, VisA's "normal"). */
PB_API const uint8_t *pb_testset_labels(const pb_testset *set);
/** The folder's name of image 0 <= i < n; VisA: the table's label. */
PB_API const char *pb_testset_kind_at(const pb_testset *set, int64_t i);
/** The mask files of image 0 <= i < n, as pb_defect_masks_find() finds them: none of a good image. */
PB_API const pb_paths *pb_testset_masks_at(const pb_testset *set, int64_t i);

/** Forgets images: those that cannot be read are no parts that a figure is about.
 *  @param leaves n: not 0 for those that go; the others move up */
PB_API void pb_testset_leave_out(pb_testset *set, const uint8_t *leaves);

/** Accepts NULL. */
PB_API void pb_testset_free(pb_testset *set);

/** The masks that belong to a defect image by its path alone: ground_truth/<kind>/ beside test/ with <stem>.png,
 *  <stem>_mask.png, the same as .bmp, or a folder <stem>/ of several (LOCO); VisA's Data/Masks/ for Data/Images/.
 *  @param out sorted; empty where there is none; free with pb_paths_free() */
PB_API pb_status pb_defect_masks_find(const char *image_path, pb_paths *out);

/** Reads the masks of an image and merges them by pixelwise maximum; any value > 0 is defect.
 *  @param masks      at least one file
 *  @param image_path read, too: masks must have its size
 *  @param out_mask   height x width of 0/1; free with pb_buffer_free() (runtime.h)
 *  @return PB_STATUS_BAD_SHAPE, naming both files, where a mask has another size than the image */
PB_API pb_status pb_defect_mask_read(const pb_paths *masks, const char *image_path, uint8_t **out_mask,
                                     int32_t *out_width, int32_t *out_height);

/** Does a mask mark no pixel? */
PB_API bool pb_defect_mask_is_empty(const uint8_t *mask, int64_t n_pixels);

/** What MVTec LOCO's defects_config.json says: how much of a region is enough, by the value of its mask's pixels. Free with
 *  pb_saturations_free(). */
typedef struct pb_saturations pb_saturations;

/** Reads defects_config.json beside the folder ground_truth/ that a mask lies in.
 *  @param out NULL where there is no such file
 *  @return PB_STATUS_BAD_FORMAT, naming the file */
PB_API pb_status pb_saturations_find(const char *mask_path, pb_saturations **out);

/** One mask file: a region as pb_pixel_metrics_add_region() (metrics.h) takes it. */
typedef struct pb_saturated_region {
    uint8_t *mask; /**< height x width, 0 outside; free with pb_buffer_free() (runtime.h) */
    int32_t width, height;
    double enough; /**< pixels, or the share of the region where is_share */
    bool is_share;
} pb_saturated_region;

/** @return PB_STATUS_BAD_VALUE where the mask has several values above 0, or one that the file does not have */
PB_API pb_status pb_saturated_region_read(const pb_saturations *saturations, const char *mask_path,
                                          pb_saturated_region *out);
/** Accepts NULL. */
PB_API void pb_saturations_free(pb_saturations *saturations);

/** Finds a photo that a list made elsewhere names, such as those of caches: below `root`, the longest end of `path` that is a
 *  file there, cut at its folders. A bare name that stood in a folder is too little to go by. Where nothing is found,
 *  backslashes are taken for slashes.
 *  @param root NULL: `path` as it is
 *  @param out  free with pb_buffer_free() (runtime.h)
 *  @return PB_STATUS_IO, naming the path and what was looked for */
PB_API pb_status pb_photo_find(const char *root, const char *path, char **out);

/** How the images of a category lie on disk: PB_LAYOUT_MVTEC, ... of each row of benchmarks.def, and of what is no benchmark. */
typedef enum pb_layout {
#define PB_BENCHMARK(id, ...) PB_LAYOUT_##id,
#include <purebank/benchmarks.def>
#undef PB_BENCHMARK
    PB_LAYOUT_OWN,   /**< a folder of one's own in MVTec layout */
    PB_LAYOUT_IMAGES /**< images alone, all of them good */
} pb_layout;

/** The name of a benchmark, "mvtec_AD", "VisA", ..., "own" or "images"; "unknown" for anything else. */
PB_API const char *pb_layout_name(pb_layout layout);

/** One category: what a memory bank is built from, and what it is measured on. Belongs to its data set, as does what its
 *  accessors return. */
typedef struct pb_category pb_category;

/** "mvtec_AD/bottle"; the folder's name alone outside the benchmarks. */
PB_API const char *pb_category_name(const pb_category *category);
/** Absolute. */
PB_API const char *pb_category_folder(const pb_category *category);
PB_API pb_layout pb_category_layout(const pb_category *category);
/** Good images, sorted as whole path strings. */
PB_API const pb_paths *pb_category_train(const pb_category *category);
/** Never NULL: no images where there is no test set; it may also lack good images or defects. */
PB_API const pb_testset *pb_category_test(const pb_category *category);
/** What is odd about it, one line each. */
PB_API const pb_paths *pb_category_notes(const pb_category *category);

/** Categories. Free with pb_dataset_free(). */
typedef struct pb_dataset pb_dataset;

/** Finds the categories below `root`: a folder with some of the benchmarks mvtec_AD, VisA, mvtec_loco_AD and btad (or the
 *  names they are published under), one benchmark, one category, a folder of categories in MVTec layout, or a folder of
 *  images. The benchmarks take *.png, *.jpg, *.JPG and *.bmp, as the studies do; other folders any image. All paths are
 *  absolute.
 *  @param selection NULL or "all"; "quick" or "gate" (the sets of 6 and 4 categories of method.md#category-sets); or names separated by
 *                   commas, with or without their benchmark, or a benchmark's name
 *  @return PB_STATUS_IO where nothing is found, PB_STATUS_BAD_ARGUMENT naming what is selected but not there */
PB_API pb_status pb_dataset_open(const char *root, const char *selection, pb_dataset **out);

PB_API int64_t pb_dataset_n_categories(const pb_dataset *dataset);
/** Category 0 <= i < n, borrowed; never NULL. */
PB_API const pb_category *pb_dataset_category_at(const pb_dataset *dataset, int64_t i);
/** What is odd about the whole, one line each; borrowed. */
PB_API const pb_paths *pb_dataset_notes(const pb_dataset *dataset);

/** Takes the categories without images out, from which there is nothing to compute, unless all are such. What was borrowed of
 *  categories is void.
 *  @param out_folders of those that were taken out; free with pb_paths_free() */
PB_API pb_status pb_dataset_leave_out_empty(pb_dataset *dataset, pb_paths *out_folders);

/** Keeps the first n categories: all where there are fewer. */
PB_API void pb_dataset_keep_first(pb_dataset *dataset, int64_t n);

/** Reads every image and every mask; files that cannot be read, masks of another size than their image, masks that mark no
 *  pixel and training images that are copies of others become notes of their category. @return errors only where they are not the files' fault */
PB_API pb_status pb_dataset_verify(pb_dataset *dataset, const pb_progress *progress);

/** Accepts NULL. */
PB_API void pb_dataset_free(pb_dataset *dataset);

PB_END_DECLS

#endif
