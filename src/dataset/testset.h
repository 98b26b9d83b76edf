/* Building labelled test sets, and finding masks. */
#ifndef PB_DATASET_TESTSET_H
#define PB_DATASET_TESTSET_H

#include "dataset/dataset.h"
#include "dataset/paths.h"

/* Room for n images in an empty set. */
pb_status pb_testset_reserve(pb_testset *set, int64_t n);
/* Adds an image. `masks` is taken, also on failure. */
pb_status pb_testset_push(pb_testset *set, const char *path, const char *kind, bool defect, pb_paths *masks);

bool pb_is_good_kind(const char *kind);

/* The images below the subfolders of `test` in their order, kind = the subfolder. Images that `takes` refuses are counted
 * in *n_left_out; NULL takes every image. */
pb_status pb_testset_read(const char *test, const char *masks, bool (*takes)(const char *name), pb_testset *out,
                          int64_t *n_left_out);

#endif
