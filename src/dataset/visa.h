/* VisA, whose table says what is what. */
#ifndef PB_DATASET_VISA_H
#define PB_DATASET_VISA_H

#include "dataset/category.h"

/* Has `folder` what VisA has: the table of the splits? */
bool pb_is_visa(const char *folder);
/* Adds VisA's categories, or only the one called `only`. */
pb_status pb_visa_read(const char *root, const char *only, pb_categories *out);

/* The test part of the category in folder `dir`; *found = false where VisA's table does not stand above it. */
pb_status pb_visa_testset(const char *dir, bool *found, pb_testset *out);

#endif
