/* What stands behind pb_roi, and how banks write it. */
#ifndef PB_IO_ROI_H
#define PB_IO_ROI_H

#include <jansson.h>

#include <purebank/roi.h>

#include "base/error.h"

/* The file that a region was read from. */
typedef struct pb_roi_mask {
    char sha256[65];
    int32_t width, height; /* in pixels; 0 and 0: there was none */
} pb_roi_mask;

struct pb_roi {
    char name[PB_ROI_NAME_BYTES];
    pb_roi_mask mask;
    int32_t grid_height, grid_width;
    uint8_t *inside; /* grid_height x grid_width */
    int64_t n_inside;
    int32_t *place; /* n_inside: which patches of the grid these are, ascending */
    int32_t
        *nearest; /* grid_height x grid_width: of each patch one inside, by the fewest steps to a neighbour of eight */
};

pb_status pb_roi_copy(const pb_roi *roi, pb_roi **out);

/* Of the same patches of the same grid, whatever the masks were? */
bool pb_roi_same(const pb_roi *a, const pb_roi *b);

/* Is a pixel that is marked in a patch inside? @param marks height x width over what the grid covers, not 0 where marked */
bool pb_roi_meets(const pb_roi *roi, const uint8_t *marks, int32_t width, int32_t height);

/* Between values of all patches and of those inside, `size` bytes each, of one image. Patches outside get zeroes. */
void pb_roi_gather(const pb_roi *roi, const void *all, size_t size, void *inside);
void pb_roi_scatter(const pb_roi *roi, const void *inside, size_t size, void *all);

/* {"name", "sha256", "width", "height", "runs"}: patches outside, inside, outside, ... in turn, over the grid. NULL when out of memory. */
json_t *pb_roi_to_json(const pb_roi *roi);
/* @param name of the file, for messages */
pb_status pb_roi_from_json(const json_t *object, const char *name, int32_t grid_height, int32_t grid_width,
                           pb_roi **out);

#endif
