/* Antialiased resizing with the bytes of Pillow (src/libImaging/Resample.c): the filter is stretched when
 * shrinking, its weights are normalised per output pixel and rounded to 22-bit fixed point, and the
 * horizontal pass is rounded to 8 bit before the vertical one. */
#include "image/resize.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "image/resize_kernel.h"
#include "io/image_codec.h"

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

/* Weights of output pixel `i` of the whole axis, precompute_coeffs() of Resample.c, as output `o` of `axis`; `scratch` holds
 * axis->taps numbers. */
static void compute_weights(const filter_shape *filter, int32_t in_size, double scale, int32_t i, int32_t o,
                            double *scratch, pb_resize_axis *axis)
{
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = filter->support * stretch;
    const double centre = (i + 0.5) * scale;
    const double inverse = 1.0 / stretch;
    const double lowest = centre - support + 0.5, highest = centre + support + 0.5;
    const int32_t first = lowest < 0 ? 0 : (int32_t)lowest;
    const int32_t end = highest > in_size ? in_size : (int32_t)highest;
    double sum = 0;
    for (int32_t t = 0; t < end - first; t++) {
        scratch[t] = filter->value((t + first - centre + 0.5) * inverse);
        sum += scratch[t];
    }
    for (int32_t t = 0; t < end - first; t++)
        axis->weights[o * axis->taps + t] = to_fixed_point(sum != 0.0 ? scratch[t] / sum : scratch[t]);
    axis->first[o] = first;
    axis->count[o] = end - first;
}

static void axis_free(pb_resize_axis *axis)
{
    pb_free(axis->first);
    pb_free(axis->count);
    pb_free(axis->weights);
    axis->first = axis->count = NULL; /* callers free what axis_new() has freed once more */
    axis->weights = NULL;
}

/* Inputs from the first on that is used, to the last. */
static void cut_inputs(pb_resize_axis *axis)
{
    const int32_t last = axis->out_size - 1;
    axis->start = axis->first[0];
    axis->in_size = axis->first[last] + axis->count[last] - axis->start;
}

/* The outputs from `from` on whose inputs are few enough to be gathered at once: one at least. */
static pb_resize_axis block_of(const pb_resize_axis *axis, int32_t from)
{
    enum { MAX_INPUTS = 1 << 16 };
    pb_resize_axis block = {.taps = axis->taps,
                            .first = axis->first + from,
                            .count = axis->count + from,
                            .weights = axis->weights + from * axis->taps};
    do {
        block.out_size++;
        cut_inputs(&block);
    } while (from + block.out_size < axis->out_size &&
             block.first[block.out_size] + block.count[block.out_size] - block.start <= MAX_INPUTS);
    return block;
}

/* Outputs [from, from + n) of those that `in_size` inputs become. */
static pb_status axis_new(int32_t in_size, int32_t out_size, int32_t from, int32_t n, const filter_shape *filter,
                          pb_resize_axis *axis)
{
    pb_status status;
    double *scratch = NULL;
    const double scale = (double)in_size / out_size;
    *axis = (pb_resize_axis){.out_size = n};
    axis->taps = (int64_t)ceil(filter->support * (scale < 1.0 ? 1.0 : scale)) * 2 + 1;
    int64_t n_weights;
    PB_TRY(pb_size_multiply(axis->taps, n, "resampling weights", &n_weights));
    PB_TRY_GOTO(PB_NEW(axis->first, n));
    PB_TRY_GOTO(PB_NEW(axis->count, n));
    PB_TRY_GOTO(PB_NEW(axis->weights, n_weights));
    PB_TRY_GOTO(PB_NEW(scratch, axis->taps));
    for (int32_t o = 0; o < n; o++)
        compute_weights(filter, in_size, scale, from + o, o, scratch, axis);
    cut_inputs(axis);
done:
    pb_free(scratch);
    if (status != PB_STATUS_OK)
        axis_free(axis);
    return status;
}

/* A part of an image that lies elsewhere. */
typedef struct window {
    const uint8_t *rgb;
    int64_t stride; /* bytes from row to row */
    int32_t width, height;
} window;

static window window_of(const pb_image *image, const pb_rect *part)
{
    const int64_t stride = (int64_t)image->width * 3;
    return (window){image->rgb + part->top * stride + (int64_t)part->left * 3, stride, part->width, part->height};
}

static window whole(const pb_image *image)
{
    return window_of(image, &(pb_rect){0, 0, image->width, image->height});
}

/* Gathers n columns of PB_RESIZE_ROWS rows of RGB pixels, from (left, top) on; rows past the last repeat it. */
static void gather_columns(const window *in, int32_t left, int32_t n, int32_t top, int32_t n_rows, uint8_t *columns)
{
    for (int row = 0; row < PB_RESIZE_ROWS; row++) {
        const uint8_t *rgb = in->rgb + (top + (row < n_rows ? row : n_rows - 1)) * in->stride + (int64_t)left * 3;
        uint8_t *column = columns + (int64_t)row * 4;
        for (int64_t x = 0; x < n; x++)
            memcpy(column + x * PB_RESIZE_LANES, rgb + x * 3, 3);
    }
}

static void scatter_columns(const uint8_t *columns, int32_t left, int32_t n, int32_t top, int32_t n_rows,
                            pb_image *image)
{
    for (int row = 0; row < n_rows; row++) {
        uint8_t *rgb = image->rgb + ((int64_t)(top + row) * image->width + left) * 3;
        const uint8_t *column = columns + (int64_t)row * 4;
        for (int64_t x = 0; x < n; x++)
            memcpy(rgb + x * 3, column + x * PB_RESIZE_LANES, 3);
    }
}

/* Rows of an output that a thread makes at once: many, so that photos that are resized beside others are hardly cut up. */
enum { CHUNK_ROWS = 64 };
_Static_assert(CHUNK_ROWS % PB_RESIZE_ROWS == 0, "chunks are whole groups of rows");

typedef struct resize_job {
    const window *in;
    const pb_resize_axis *axis; /* across: a block of it */
    int32_t left, out_left;     /* where the block's inputs and outputs begin */
    pb_image *out;
} resize_job;

static int32_t chunk_end(const resize_job *job, int64_t chunk)
{
    const int64_t end = (chunk + 1) * CHUNK_ROWS;
    return end < job->out->height ? (int32_t)end : job->out->height;
}

static int64_t n_chunks(const pb_image *out)
{
    return ((int64_t)out->height + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

static pb_status resize_chunk_across(void *context, int64_t chunk, int worker)
{
    const resize_job *job = context;
    const pb_resize_axis *block = job->axis;
    pb_status status;
    uint8_t *columns = NULL, *resized = NULL;
    (void)worker;
    PB_TRY_GOTO(PB_NEW_PRODUCT(columns, (int64_t)block->in_size, PB_RESIZE_LANES));
    PB_TRY_GOTO(PB_NEW_PRODUCT(resized, (int64_t)block->out_size, PB_RESIZE_LANES));
    for (int32_t y = (int32_t)chunk * CHUNK_ROWS; y < chunk_end(job, chunk); y += PB_RESIZE_ROWS) {
        const int32_t rows_left = job->out->height - y;
        const int32_t n_rows = rows_left < PB_RESIZE_ROWS ? rows_left : PB_RESIZE_ROWS;
        gather_columns(job->in, job->left, block->in_size, y, n_rows, columns);
        pb_resize_columns(columns, block, resized);
        scatter_columns(resized, job->out_left, block->out_size, y, n_rows, job->out);
    }
done:
    pb_free(columns);
    pb_free(resized);
    return status;
}

/* @param in as wide as the axis has inputs, as high as `out` */
static pb_status resize_horizontally(const window *in, const pb_resize_axis *axis, pb_image *out)
{
    for (int32_t x = 0; x < out->width;) {
        const pb_resize_axis block = block_of(axis, x);
        resize_job job = {.in = in, .axis = &block, .left = block.start - axis->start, .out_left = x, .out = out};
        PB_TRY(pb_parallel_for(n_chunks(out), resize_chunk_across, &job, NULL));
        x += block.out_size;
    }
    return PB_STATUS_OK;
}

static pb_status resize_chunk_down(void *context, int64_t chunk, int worker)
{
    const resize_job *job = context;
    const pb_resize_axis *axis = job->axis;
    const window *in = job->in;
    const int64_t n = (int64_t)job->out->width * 3;
    (void)worker;
    for (int64_t y = chunk * CHUNK_ROWS; y < chunk_end(job, chunk); y++)
        pb_resize_row(in->rgb + (axis->first[y] - axis->start) * in->stride, in->stride, axis->count[y],
                      axis->weights + y * axis->taps, n, job->out->rgb + y * n);
    return PB_STATUS_OK;
}

/* @param in as high as the axis has inputs, as wide as `out` */
static pb_status resize_vertically(const window *in, const pb_resize_axis *axis, pb_image *out)
{
    resize_job job = {.in = in, .axis = axis, .out = out};
    return pb_parallel_for(n_chunks(out), resize_chunk_down, &job, NULL);
}

static void copy(const window *in, pb_image *out)
{
    for (int64_t y = 0; y < out->height; y++)
        memcpy(out->rgb + y * out->width * 3, in->rgb + y * in->stride, (size_t)out->width * 3);
}

static pb_status resize_down_first(const window *in, const pb_resize_axis *across, const pb_resize_axis *down,
                                   pb_image *out)
{
    pb_image between;
    PB_TRY(pb_image_new(in->width, out->height, &between));
    const window rows = whole(&between);
    pb_status status = resize_vertically(in, down, &between);
    if (status == PB_STATUS_OK)
        status = resize_horizontally(&rows, across, out);
    pb_image_free(&between);
    return status;
}

static pb_status resize_across_first(const window *in, const pb_resize_axis *across, const pb_resize_axis *down,
                                     pb_image *out)
{
    pb_image between;
    PB_TRY(pb_image_new(out->width, in->height, &between));
    pb_status status = resize_horizontally(in, across, &between);
    const window rows = whole(&between);
    if (status == PB_STATUS_OK)
        status = resize_vertically(&rows, down, out);
    pb_image_free(&between);
    return status;
}

/* Pillow 13 goes down first where that saves work; earlier versions always went across first. The order shows
 * in the last bit. */
static bool goes_down_first(const pb_image *in, int32_t width, int32_t height)
{
    return height < in->height && (int64_t)in->height - height > 2 * ((int64_t)in->width - width);
}

/* Pillow skips a pass that does not change the size. */
static pb_status resize_into(const pb_image *image, int32_t width, int32_t height, const filter_shape *filter,
                             const pb_rect *part, pb_image *out)
{
    pb_status status = PB_STATUS_OK;
    pb_resize_axis across = {0}, down = {0};
    pb_rect used = *part;
    if (image->width != width) {
        PB_TRY_GOTO(axis_new(image->width, width, part->left, part->width, filter, &across));
        used.left = across.start;
        used.width = across.in_size;
    }
    if (image->height != height) {
        PB_TRY_GOTO(axis_new(image->height, height, part->top, part->height, filter, &down));
        used.top = down.start;
        used.height = down.in_size;
    }
    const window in = window_of(image, &used);
    if (across.weights && down.weights)
        status = goes_down_first(image, width, height) ? resize_down_first(&in, &across, &down, out)
                                                       : resize_across_first(&in, &across, &down, out);
    else if (across.weights)
        status = resize_horizontally(&in, &across, out);
    else if (down.weights)
        status = resize_vertically(&in, &down, out);
    else
        copy(&in, out);
done:
    axis_free(&across);
    axis_free(&down);
    return status;
}

pb_status pb_image_resize_part(const pb_image *image, int32_t width, int32_t height, pb_resample filter,
                               const pb_rect *part, pb_image *out)
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
    PB_TRY(pb_image_new(part->width, part->height, &resized));
    const pb_status status = resize_into(image, width, height, &shapes[filter], part, &resized);
    if (status == PB_STATUS_OK)
        *out = resized;
    else
        pb_image_free(&resized);
    return status;
}

pb_status pb_image_resize(const pb_image *image, int32_t width, int32_t height, pb_resample filter, pb_image *out)
{
    return pb_image_resize_part(image, width, height, filter, &(pb_rect){0, 0, width, height}, out);
}

pb_status pb_image_shortest_size(const pb_image *image, int32_t size, int32_t *width, int32_t *height)
{
    char name[96];
    PB_CHECK_ARG(size >= 1, "the shortest side must become at least 1 pixel, not %d", (int)size);
    PB_CHECK_ARG(image->width >= 1 && image->height >= 1, "cannot resize an image of %d x %d pixels", (int)image->width,
                 (int)image->height);
    const bool wide = image->width > image->height;
    const int64_t shortest = wide ? image->height : image->width;
    const int64_t longest = (wide ? image->width : image->height) * (int64_t)size / shortest;
    snprintf(name, sizeof name, "%d x %d pixels, resized to a shortest side of %d", (int)image->width,
             (int)image->height, (int)size);
    PB_TRY(pb_image_check_size(name, wide ? longest : size, wide ? size : longest));
    *width = wide ? (int32_t)longest : size;
    *height = wide ? size : (int32_t)longest;
    return PB_STATUS_OK;
}
