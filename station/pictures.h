/* Pictures that are made when somebody looks. */
#ifndef PB_STATION_PICTURES_H
#define PB_STATION_PICTURES_H

#include "station/part.h"

/* PNG of width x height with transparency, to be laid over the photo: the colours of pb_image_overlay(), each as opaque as it weighs
 * there. Free *out with pb_free(). */
pb_status station_heatmap_png(const station_map *map, int32_t width, int32_t height, uint8_t **out, size_t *out_size);
/* JPEG of a photo whose longer side becomes `side` pixels at most. Free *out with pb_free(). */
pb_status station_thumbnail(const char *path, int32_t side, uint8_t **out, size_t *out_size);
/* JPEG of a photo at full size. */
pb_status station_photo_jpeg(const char *path, uint8_t **out, size_t *out_size);

#endif
