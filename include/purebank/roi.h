/** @file roi.h
 *  @brief Regions of interest: which patches of a photo's grid count. What lies outside is neither in a bank nor scored.
 *  No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_ROI_H
#define PUREBANK_ROI_H

#include <stdbool.h>
#include <stdint.h>

#include <purebank/features.h>
#include <purebank/image.h>

PB_BEGIN_DECLS

/** A region over one grid. Free with pb_roi_free(). All that is returned is borrowed from it. */
typedef struct pb_roi pb_roi;

enum { PB_ROI_NAME_BYTES = 64 };

/** Reads a mask, any image that pb_image_read() reads, of the photos' size or of their shape. A pixel is inside where its brightest
 *  channel is at least half as bright as the brightest of the mask: white on black, 1 on 0, any colour on black; transparency is not
 *  looked at. A patch is inside where at least half of the area that a heatmap draws it on is.
 *  @param origin of the features that it is for: grid, and which part of a photo that covers
 *  @param photo_width,photo_height of the photos; 0 and 0: not known, the mask has their shape
 *  @param name   in UTF-8 without control characters, below PB_ROI_NAME_BYTES; NULL: the file's, without folder and ending
 *  @return PB_STATUS_MISMATCH for a mask of another shape than the photos, or for what is none: more than a fifth of its pixels are neither
 *          nearly black nor nearly as bright as the brightest, or all are grey; PB_STATUS_BAD_VALUE where no patch is inside, else as
 *          pb_image_read() */
PB_API pb_status pb_roi_read(const char *path, const pb_origin *origin, int32_t photo_width, int32_t photo_height,
                             const char *name, pb_roi **out);

/** Of a mask that is there already: one byte a patch, row by row, non-zero inside. Photos of any shape fit it.
 *  @param name may be NULL, for ""
 *  @return PB_STATUS_BAD_VALUE where no patch is inside, PB_STATUS_BAD_ARGUMENT for a name that is too long */
PB_API pb_status pb_roi_new(const uint8_t *inside, int32_t grid_height, int32_t grid_width, const char *name,
                            pb_roi **out);

PB_API const char *pb_roi_name(const pb_roi *roi);
/** Of the mask's file; "" where there was none. */
PB_API const char *pb_roi_sha256(const pb_roi *roi);
/** Pixels of the mask; 0 where there was no file. */
PB_API int32_t pb_roi_mask_width(const pb_roi *roi);
PB_API int32_t pb_roi_mask_height(const pb_roi *roi);

/** One byte a patch of the grid, row by row, 1 inside. */
PB_API const uint8_t *pb_roi_inside(const pb_roi *roi);
PB_API int64_t pb_roi_n_inside(const pb_roi *roi);

/** Has a photo of this size the mask's shape, to within half a pixel of the smaller one? */
PB_API bool pb_roi_fits(const pb_roi *roi, int32_t width, int32_t height);

/** PB_STATUS_MISMATCH naming photo and region unless it has. A photo without a size, 0 and 0, passes. */
PB_API pb_status pb_roi_check_photo(const pb_roi *roi, const char *path, int32_t width, int32_t height);

/** Accepts NULL. */
PB_API void pb_roi_free(pb_roi *roi);

/** The patches inside alone: a copy, of n_images x pb_roi_n_inside() patches, whose origin still tells the whole grid. References
 *  of such features make a bank that has the region, and everything that looks at references sees nothing else.
 *  @return PB_STATUS_MISMATCH for features of another grid, or that have a region already */
PB_API pb_status pb_features_cut(const pb_features *features, const pb_roi *roi, pb_features **out);

/** NULL for features of whole photos. Borrowed. */
PB_API const pb_roi *pb_features_roi(const pb_features *features);

/** For drawing and measuring: each patch outside gets the value of a nearest one inside, so that nothing bleeds in.
 *  @param map grid_height x grid_width @param out the same; may be `map` */
PB_API void pb_roi_extend(const pb_roi *roi, const double *map, double *out);

/** Shows in an image what lies outside: it loses its colour and most of its light, and a line runs along the region's edge.
 *  @param view the part of the image that the grid covers (pb_origin_view()); NULL = all of it
 *  @return PB_STATUS_BAD_ARGUMENT for a view that is not within the image */
PB_API pb_status pb_roi_shade(const pb_roi *roi, const pb_rect *view, pb_image *image);

PB_END_DECLS

#endif
