/* The pictures of heatmap sheets: photos, maps of patch scores, and photos with their removed patches. */
#ifndef PB_FIGURES_SHEET_PICTURES_H
#define PB_FIGURES_SHEET_PICTURES_H

#include <purebank/purebank.h>

#include "figures/sheet.h"

/* A photo, small enough to keep many. */
typedef struct pb_sheet_photo {
    pb_image image;
    uint8_t *mask; /* of the image's size; NULL: none */
} pb_sheet_photo;

/* Reads the photo that a cache names, and its masks.
 * @param root where photos are; NULL: where the cache says @param defect it may have masks */
pb_status pb_sheet_photo_read(const char *root, const char *path, bool defect, pb_sheet_photo *out);
void pb_sheet_photo_free(pb_sheet_photo *photo);

/* Height / width that suits all of them: the geometric mean. */
double pb_sheet_photos_aspect(const pb_sheet_photo *photos, int64_t n);

/* What a map or a mask of patches lies on. */
typedef struct pb_sheet_canvas {
    const pb_sheet_photo *photo;
    const pb_origin *origin;
    int32_t width, height; /* pixels that the picture may have; its longer side will fit */
} pb_sheet_canvas;

/* The photo, with the outline of its mask. */
pb_status pb_sheet_picture_photo(const pb_sheet_canvas *canvas, pb_image *out);
/* Patch scores as colours alone, so that each can be read off the scale, over the part of the photo that the backbone sees;
 * the rest of the photo stays, pale. With the outline of the mask. */
pb_status pb_sheet_picture_map(const pb_sheet_canvas *canvas, const double *map, const pb_color_scale *scale,
                               pb_image *out);
/* The photo, pale, with the patches that are not kept in blue. @param keep of each patch */
pb_status pb_sheet_picture_removal(const pb_sheet_canvas *canvas, const uint8_t *keep, pb_image *out);

#endif
