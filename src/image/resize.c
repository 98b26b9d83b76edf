/* Antialiased resizing with the bytes of Pillow (src/libImaging/Resample.c): the filter is stretched when
 * shrinking, its weights are normalised per output pixel and rounded to 22-bit fixed point, and the
 * horizontal pass is rounded to 8 bit before the vertical one. */
#include <purebank/image.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "image/resize_kernel.h"

/* Resample.c, bilinear_filter(): a triangle of half-width 1. */
static double bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Resample.c, bicubic_filter(): Keys' cubic convolution with a = -1/2, half-width 2. */
static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

/* Resample.c, normalize_coeffs_8bpc(). */
static int32_t to_fixed_point(double weight)
{
    return (int32_t)((weight < 0 ? -0.5 : 0.5) + weight * (1 << PB_RESIZE_WEIGHT_BITS));
}

typedef struct filter_shape {
    double (*value)(double x);
    double support; /* half-width at scale 1 */
} filter_shape;

/* Weights of output pixel i, precompute_coeffs() of Resample.c; `scratch` holds axis->taps numbers. */
static void compute_weights(const filter_shape *filter, double scale, int32_t i, double *scratch, pb_resize_axis *axis)
{
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = filter->support * stretch;
    const double centre = (i + 0.5) * scale;
    const double inverse = 1.0 / stretch;
    const double lowest = centre - support + 0.5, highest = centre + support + 0.5;
    const int32_t first = lowest < 0 ? 0 : (int32_t)lowest;
    const int32_t end = highest > axis->in_size ? axis->in_size : (int32_t)highest;
    double sum = 0;
    for (int32_t t = 0; t < end - first; t++) {
        scratch[t] = filter->value((t + first - centre + 0.5) * inverse);
        sum += scratch[t];
    }
    for (int32_t t = 0; t < end - first; t++)
        axis->weights[i * axis->taps + t] = to_fixed_point(sum != 0.0 ? scratch[t] / sum : scratch[t]);
    axis->first[i] = first;
    axis->count[i] = end - first;
}

static void axis_free(pb_resize_axis *axis)
{
    pb_free(axis->first);
    pb_free(axis->count);
    pb_free(axis->weights);
    axis->first = axis->count = NULL; /* callers free what axis_new() has freed once more */
    axis->weights = NULL;
}

static pb_status axis_new(int32_t in_size, int32_t out_size, const filter_shape *filter, pb_resize_axis *axis)
{
    pb_status status;
    double *scratch = NULL;
    const double scale = (double)in_size / out_size;
    *axis = (pb_resize_axis){.in_size = in_size, .out_size = out_size};
    axis->taps = (int64_t)ceil(filter->support * (scale < 1.0 ? 1.0 : scale)) * 2 + 1;
    int64_t n_weights;
    PB_TRY(pb_size_multiply(axis->taps, out_size, "resampling weights", &n_weights));
    PB_TRY_GOTO(PB_NEW(axis->first, out_size));
    PB_TRY_GOTO(PB_NEW(axis->count, out_size));
    PB_TRY_GOTO(PB_NEW(axis->weights, n_weights));
    PB_TRY_GOTO(PB_NEW(scratch, axis->taps));
    for (int32_t i = 0; i < out_size; i++)
        compute_weights(filter, scale, i, scratch, axis);
done:
    pb_free(scratch);
    if (status != PB_STATUS_OK)
        axis_free(axis);
    return status;
}

/* Gathers PB_RESIZE_ROWS rows of RGB pixels column by column; rows past the last repeat it. */
static void gather_columns(const pb_image *image, int32_t top, int32_t n_rows, uint8_t *columns)
{
    for (int row = 0; row < PB_RESIZE_ROWS; row++) {
        const int64_t y = top + (row < n_rows ? row : n_rows - 1);
        const uint8_t *rgb = image->rgb + y * image->width * 3;
        uint8_t *column = columns + (int64_t)row * 4;
        for (int64_t x = 0; x < image->width; x++)
            memcpy(column + x * PB_RESIZE_LANES, rgb + x * 3, 3);
    }
}

static void scatter_columns(const uint8_t *columns, int32_t top, int32_t n_rows, pb_image *image)
{
    for (int row = 0; row < n_rows; row++) {
        uint8_t *rgb = image->rgb + (int64_t)(top + row) * image->width * 3;
        const uint8_t *column = columns + (int64_t)row * 4;
        for (int64_t x = 0; x < image->width; x++)
            memcpy(rgb + x * 3, column + x * PB_RESIZE_LANES, 3);
    }
}

/* Resizes the rows [top, top + out->height) of `image` to out->width. */
static pb_status resize_horizontally(const pb_image *image, int32_t top, const pb_resize_axis *axis, pb_image *out)
{
    pb_status status;
    uint8_t *columns = NULL, *resized = NULL;
    PB_TRY_GOTO(PB_NEW(columns, (size_t)image->width * PB_RESIZE_LANES));
    PB_TRY_GOTO(PB_NEW(resized, (size_t)out->width * PB_RESIZE_LANES));
    for (int32_t y = 0; y < out->height; y += PB_RESIZE_ROWS) {
        const int32_t left = out->height - y;
        const int32_t n_rows = left < PB_RESIZE_ROWS ? left : PB_RESIZE_ROWS;
        gather_columns(image, top + y, n_rows, columns);
        pb_resize_columns(columns, axis, resized);
        scatter_columns(resized, y, n_rows, out);
    }
done:
    pb_free(columns);
    pb_free(resized);
    return status;
}

/* `image` starts at row `top` of the image that the axis was made for. */
static void resize_vertically(const pb_image *image, int32_t top, const pb_resize_axis *axis, pb_image *out)
{
    const int64_t stride = (int64_t)out->width * 3;
    for (int64_t y = 0; y < out->height; y++)
        pb_resize_row(image->rgb + (axis->first[y] - top) * stride, stride, axis->count[y],
                      axis->weights + y * axis->taps, stride, out->rgb + y * stride);
}

/* Pillow 13 goes down first where that saves work; earlier versions always went across first. The order shows
 * in the last bit. */
static bool goes_down_first(const pb_image *in, const pb_image *out)
{
    return out->height < in->height && (int64_t)in->height - out->height > 2 * ((int64_t)in->width - out->width);
}

static pb_status resize_down_first(const pb_image *image, const pb_resize_axis *across, const pb_resize_axis *down,
                                   pb_image *out)
{
    pb_image between;
    PB_TRY(pb_image_new(image->width, out->height, &between));
    resize_vertically(image, 0, down, &between);
    const pb_status status = resize_horizontally(&between, 0, across, out);
    pb_image_free(&between);
    return status;
}

static pb_status resize_across_first(const pb_image *image, const pb_resize_axis *across, const pb_resize_axis *down,
                                     pb_image *out)
{
    /* Only the rows that the vertical pass will read. */
    const int32_t top = down->first[0];
    const int32_t bottom = down->first[down->out_size - 1] + down->count[down->out_size - 1];
    pb_image between;
    PB_TRY(pb_image_new(out->width, bottom - top, &between));
    const pb_status status = resize_horizontally(image, top, across, &between);
    if (status == PB_STATUS_OK)
        resize_vertically(&between, top, down, out);
    pb_image_free(&between);
    return status;
}

/* Pillow skips a pass that does not change the size. */
static pb_status resize_into(const pb_image *image, const filter_shape *filter, pb_image *out)
{
    pb_status status = PB_STATUS_OK;
    pb_resize_axis across = {0}, down = {0};
    if (image->width != out->width)
        PB_TRY_GOTO(axis_new(image->width, out->width, filter, &across));
    if (image->height != out->height)
        PB_TRY_GOTO(axis_new(image->height, out->height, filter, &down));
    if (across.weights && down.weights)
        status = goes_down_first(image, out) ? resize_down_first(image, &across, &down, out)
                                             : resize_across_first(image, &across, &down, out);
    else if (across.weights)
        status = resize_horizontally(image, 0, &across, out);
    else if (down.weights)
        resize_vertically(image, 0, &down, out);
    else
        memcpy(out->rgb, image->rgb, (size_t)image->width * (size_t)image->height * 3);
done:
    axis_free(&across);
    axis_free(&down);
    return status;
}

pb_status pb_image_resize(const pb_image *image, int32_t width, int32_t height, pb_resample filter, pb_image *out)
{
    static const filter_shape shapes[] = {
        [PB_RESAMPLE_BILINEAR] = {bilinear, 1.0},
        [PB_RESAMPLE_BICUBIC] = {bicubic, 2.0},
    };
    PB_CHECK_ARG(image->rgb && image->width >= 1 && image->height >= 1, "cannot resize an image of %d x %d pixels",
                 (int)image->width, (int)image->height);
    PB_CHECK_ARG(filter == PB_RESAMPLE_BILINEAR || filter == PB_RESAMPLE_BICUBIC, "%d is not a resampling filter",
                 (int)filter);
    pb_image resized;
    PB_TRY(pb_image_new(width, height, &resized));
    const pb_status status = resize_into(image, &shapes[filter], &resized);
    if (status == PB_STATUS_OK)
        *out = resized;
    else
        pb_image_free(&resized);
    return status;
}

pb_status pb_image_resize_shortest(const pb_image *image, int32_t size, pb_resample filter, pb_image *out)
{
    PB_CHECK_ARG(size >= 1, "the shortest side must become at least 1 pixel, not %d", (int)size);
    PB_CHECK_ARG(image->width >= 1 && image->height >= 1, "cannot resize an image of %d x %d pixels", (int)image->width,
                 (int)image->height);
    const int wide = image->width > image->height;
    const int64_t shortest = wide ? image->height : image->width;
    const int64_t longest = (wide ? image->width : image->height) * (int64_t)size / shortest;
    PB_CHECK_ARG(longest <= INT32_MAX, "an image of %d x %d pixels becomes too long at a shortest side of %d",
                 (int)image->width, (int)image->height, (int)size);
    return wide ? pb_image_resize(image, (int32_t)longest, size, filter, out)
                : pb_image_resize(image, size, (int32_t)longest, filter, out);
}
