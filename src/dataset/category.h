/* Filling one category, by layout. */
#ifndef PB_DATASET_CATEGORY_H
#define PB_DATASET_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/parse.h"
#include "dataset/dataset.h"
#include "dataset/paths.h"

/* Categories under construction. */
typedef struct pb_categories {
    pb_category *item;
    int64_t n, capacity;
} pb_categories;

/* A new category at the end, named "<prefix>/<name>", or "<name>" where `prefix` is NULL. */
pb_status pb_categories_add(pb_categories *list, const char *prefix, const char *name, const char *folder,
                            pb_layout layout, pb_category **out);

void pb_category_free(pb_category *category);
void pb_categories_free(pb_categories *list);

/* Has `folder` what a category in MVTec layout has? */
bool pb_is_mvtec_category(const char *folder);

/* Fill train, test and notes of a category whose folder is set. */
pb_status pb_category_read_mvtec(pb_category *category);
/* A test folder alone: good/ and kinds of defect, no training images. */
pb_status pb_category_read_test(pb_category *category);
pb_status pb_category_read_images(pb_category *category);
/* "quick" and "gate" as names separated by commas; every other selection as it is. */
const char *pb_category_names(const char *selection);
/* Does `name` select the category `whole`: by its whole name, its last part, or its benchmark? */
bool pb_category_is_selected(const char *whole, pb_item name);

/* The bits a sample of all photos of a category, as pb_image_sample_bits() finds them: one way to read them all. */
pb_status pb_category_sample_bits(const pb_category *category, int32_t *out);

pb_status pb_note(pb_paths *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
