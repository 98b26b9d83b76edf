/* A growing list of owned strings, and the folder walks built on it. */
#ifndef PB_DATASET_PATHS_H
#define PB_DATASET_PATHS_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/dataset.h>

#include "base/error.h"
#include "io/path.h"

typedef struct pb_list {
    char **item;
    int64_t n, capacity;
} pb_list;

/* Takes ownership of `text`, also on failure. */
pb_status pb_list_push(pb_list *list, char *text);
/* Formats a line and pushes it. */
pb_status pb_list_printf(pb_list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sorts items [first, n) by bytes. */
void pb_list_sort(pb_list *list, int64_t first);
/* *out = the list, which is empty afterwards. */
void pb_list_move(pb_list *list, pb_paths *out);
void pb_list_clear(pb_list *list);

bool pb_has_image_extension(const char *name);

/* Appends the image files (or the subfolders) directly in `folder`, unsorted; hidden ones left out. A link with an image's name
 * that leads nowhere counts as an image, which will be found unreadable. */
pb_status pb_folder_read(const char *folder, bool want_folders, pb_list *out);
/* Appends all images below `folder`, unsorted; links are followed, but every folder is entered once, whatever leads there. */
pb_status pb_folder_images(const char *folder, pb_list *out);

#endif
