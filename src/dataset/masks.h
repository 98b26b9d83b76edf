/* Where the defect masks of an image lie. */
#ifndef PB_DATASET_MASKS_H
#define PB_DATASET_MASKS_H

#include <purebank/dataset.h>

#include "base/error.h"

/* The folder of masks beside a test folder. Accepts a trailing slash. */
pb_status pb_defect_masks_beside(const char *test, char **out);
/* The masks of `image` in <folder>/<kind>/; `out` stays empty where there is none. */
pb_status pb_defect_masks_in(const char *folder, const char *kind, const char *image, pb_paths *out);
/* *out = a mask of `image` there that is JPEG, and so of no use; NULL: there is none. Free with pb_free(). */
pb_status pb_defect_mask_find_lossy(const char *folder, const char *kind, const char *image, char **out);

#endif
