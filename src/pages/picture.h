/* The small pictures of a report: photo, heatmap, and the surroundings of one patch, as JPEG in memory. */
#ifndef PB_PAGES_PICTURE_H
#define PB_PAGES_PICTURE_H

#include <purebank/dataset.h>
#include <purebank/features.h>
#include <purebank/image.h>
#include <purebank/roi.h>

#include "pages/html.h"

/* A picture; zeroed where there is none. */
typedef struct pb_picture {
    uint8_t *jpeg;
    size_t size;
    int32_t width, height;
} pb_picture;

/* Patch scores of one image over its grid, and the scale of colours that it shares with the others. */
typedef struct pb_heatmap {
    const double *map;       /* grid_height x grid_width */
    const pb_origin *origin; /* of the features: says which part of a photo the map covers */
    int32_t grid_height, grid_width;
    double low, high;
    const pb_roi *roi; /* NULL: all patches count; else those outside are shown as such */
} pb_heatmap;

/* One image as a report shows it. Where the file cannot be read, `photo` is zeroed, `problem` says why, and
 * `heatmap` is the map over grey. */
typedef struct pb_image_view {
    pb_picture photo, heatmap;
    char *problem;
} pb_image_view;

/* @param masks NULL, or the defect masks whose contour is drawn; one that cannot be read is left out */
pb_status pb_image_view_make(const char *path, const pb_heatmap *heatmap, const pb_paths *masks, pb_image_view *out);
void pb_image_view_free(pb_image_view *view);

/* The surroundings of one patch, enlarged, and where the patch lies in them. */
typedef struct pb_patch_view {
    pb_picture picture;                              /* zeroed where the file cannot be read */
    double box_left, box_top, box_width, box_height; /* pixels of the picture */
} pb_patch_view;

pb_status pb_patch_view_make(const char *path, const pb_origin *origin, int32_t grid_height, int32_t grid_width,
                             int64_t patch, pb_patch_view *out);
void pb_patch_view_free(pb_patch_view *view);

/* Scale of colours over n patch scores: their median to their 99.5th percentile, so that one extreme patch
 * does not make all others look alike. */
pb_status pb_heatmap_scale(const double *scores, int64_t n, double *low, double *high);

/* <img>, with `what` and `name` as its text. */
void pb_page_picture(pb_page *page, const pb_picture *picture, const char *what, const char *name);
/* In the place of a photo that cannot be shown: why not. */
void pb_page_no_photo(pb_page *page, const char *problem);

/* The picture with a box around the patch. */
void pb_page_patch(pb_page *page, const pb_patch_view *view, const char *what, const char *name);

/* The scale of colours with its two ends. @param threshold is the upper end that of a bank? */
void pb_page_colors(pb_page *page, double low, double high, int decimals, bool threshold);

#endif
