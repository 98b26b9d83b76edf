/* The pictures of heatmap sheets: photos, maps of patch scores, and photos with their removed patches. */
#ifndef PB_CLI_FIGURES_SHEET_PICTURES_H
#define PB_CLI_FIGURES_SHEET_PICTURES_H

#include <purebank/purebank.h>

#include "figures/sheet.h"

/* A photo, small enough to keep many. */
typedef struct cli_photo {
    pb_image image;
    uint8_t *mask; /* of the image's size; NULL: none */
} cli_photo;

/* Reads the photo that a cache names, and its masks.
 * @param root where photos are; NULL: where the cache says @param defect it may have masks */
pb_status cli_photo_read(const char *root, const char *path, bool defect, cli_photo *out);
void cli_photo_free(cli_photo *photo);

/* Height / width that suits all of them: the geometric mean. */
double cli_photos_aspect(const cli_photo *photos, int64_t n);

/* What a map or a mask of patches lies on. */
typedef struct cli_canvas {
    const cli_photo *photo;
    const pb_origin *origin;
    int32_t width, height; /* pixels that the picture may have; its longer side will fit */
} cli_canvas;

/* The photo, with the outline of its mask. */
pb_status cli_picture_photo(const cli_canvas *canvas, pb_image *out);
/* Patch scores as colours alone, so that each can be read off the scale, over the part of the photo that the backbone sees;
 * the rest of the photo stays, pale. With the outline of the mask. */
pb_status cli_picture_map(const cli_canvas *canvas, const double *map, const cli_scale *scale, pb_image *out);
/* The photo, pale, with the patches that are not kept in blue. @param keep of each patch */
pb_status cli_picture_removal(const cli_canvas *canvas, const uint8_t *keep, pb_image *out);

#endif
