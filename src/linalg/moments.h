/* What images contribute to the covariance of any set that they are in (covariance.h). */
#ifndef PB_LINALG_MOMENTS_H
#define PB_LINALG_MOMENTS_H

#include <stdint.h>

#include <purebank/status.h>

/* Of each image: computed once, used by many sets. */
typedef struct pb_moments pb_moments;

/* @param rows n_images x n_patches x dim, finite; not needed afterwards */
pb_status pb_moments_new(const float *rows, int64_t n_images, int64_t n_patches, int64_t dim, pb_moments **out);
/* Accepts NULL. */
void pb_moments_free(pb_moments *moments);
/* What they take. */
int64_t pb_moments_bytes(int64_t n_images, int64_t dim);

/* A scatter matrix is cut into squares of this edge, of which those on and above the diagonal are computed. */
enum { PB_SCATTER_EDGE = 128, PB_SCATTER_SQUARE = PB_SCATTER_EDGE * PB_SCATTER_EDGE };

/* Squares on and above the diagonal. */
int64_t pb_scatter_squares(int64_t dim);
/* The square's row and column, in squares. */
void pb_scatter_place(int64_t square, int64_t dim, int64_t *row, int64_t *column);

/* The image's own mean. @param rows n_patches x dim @param mean dim */
void pb_image_mean(const float *rows, int64_t n_patches, int64_t dim, double *mean);

/* sum over p of (x_p - mean)(x_p - mean)' in one square, p ascending; 0 beyond dim.
 * @param scratch 2 squares @param out one square */
void pb_scatter_compute(const float *rows, int64_t n_patches, int64_t dim, const double *mean, int64_t square,
                        double *scratch, double *out);

/* Those kept in moments. */
const double *pb_moments_mean(const pb_moments *moments, int64_t image);
const double *pb_moments_square(const pb_moments *moments, int64_t image, int64_t square);

#endif
