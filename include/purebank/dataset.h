/** @file dataset.h
 *  @brief From folders to lists of images, and to labelled test sets. */
#ifndef PUREBANK_DATASET_H
#define PUREBANK_DATASET_H

#include <stdint.h>

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

/** A test folder in MVTec layout: good/ and defect folders; masks in ground_truth/<defect>/ beside it, as
 *  <stem>.png or <stem>_mask.png. */
typedef struct pb_testset {
    int64_t n;
    char **path;    /**< n, sorted by folder, then by name */
    uint8_t *label; /**< n, 1 = defect, 0 = good ("good" or "ok" folder) */
    char **kind;    /**< n, the folder's name */
    char **mask;    /**< n, path of the mask, or NULL */
    int64_t n_good, n_defect, n_masks;
} pb_testset;

/** Lists a test folder; `dir` may also be the folder that holds test/.
 *  @return PB_STATUS_IO when there are no good images or no defects */
PB_API pb_status pb_testset_open(const char *dir, pb_testset *out);
/** Accepts NULL and zeroed sets. */
PB_API void pb_testset_free(pb_testset *set);

PB_END_DECLS

#endif
