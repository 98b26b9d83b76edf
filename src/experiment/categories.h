/* The categories of a folder of caches that a run uses. */
#ifndef PB_EXPERIMENT_CATEGORIES_H
#define PB_EXPERIMENT_CATEGORIES_H

#include "cache/cache.h"
#include "experiment/drawn_images.h"

typedef struct pb_study_categories {
    int64_t n;
    pb_cache **cache;            /* n */
    pb_study_category *category; /* n, borrows from the caches */
} pb_study_categories;

/* Opens the caches below `root`, sorted by folder.
 * @param selection "all"; "quick" or "gate", of which only what is there is taken; or names or folders, all of which must be
 *                  there
 * @return PB_STATUS_MISMATCH where two caches have features of different origin, PB_STATUS_BAD_SHAPE for one without
 *         training or test images */
pb_status pb_study_categories_open(const char *root, const char *selection, pb_study_categories *out);
void pb_study_categories_free(pb_study_categories *categories);

/* Loads a category's features, and frees them. @param masks find the masks, too */
pb_status pb_study_category_load(pb_study_categories *categories, int64_t i, bool masks);
void pb_study_category_unload(pb_study_categories *categories, int64_t i);

#endif
