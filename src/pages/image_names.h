/* Names of images as a page shows them: without the folder that all of them share. */
#ifndef PB_PAGES_IMAGE_NAMES_H
#define PB_PAGES_IMAGE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "pages/html.h"

/* The path behind its first `folder` bytes, isolated from the direction of the text around it, whole path as
 * title. */
void pb_page_name(pb_page *page, const char *path, size_t folder);

/* "row 3, column 12" of a patch, counted from 1. */
void pb_page_patch_place(pb_page *page, int64_t patch, int32_t grid_width);

#endif
