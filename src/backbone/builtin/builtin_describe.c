/* The stages of the built-in descriptor (method.md#builtin), from RGB to a grid of features. Each runs over fixed rows or strips: the
 * same bits on any number of threads. */
#include "backbone/builtin/builtin_describe.h"

#include <math.h>
#include <string.h>

#include "backbone/builtin/builtin_frame.h"
#include "backbone/builtin/builtin_gabor.h"
#include "base/threads.h"

static void gaussian_taps(double sigma, int radius, double *taps)
{
    double total = 0;
    for (int i = -radius; i <= radius; i++)
        total += taps[i + radius] = exp(-0.5 * i * i / (sigma * sigma));
    for (int i = 0; i <= 2 * radius; i++)
        taps[i] /= total;
}

void pb_builtin_tables_init(builtin_tables *tables)
{
    double taps[2 * BUILTIN_LOW_RADIUS + 1];
    for (int value = 0; value < 256; value++)
        tables->log_of_byte[value] = (float)log(value / 255.0 + 0.05);
    gaussian_taps(2.0, BUILTIN_LOW_RADIUS, taps);
    for (int i = 0; i <= 2 * BUILTIN_LOW_RADIUS; i++)
        tables->low_blur[i] = (float)taps[i];
    /* The mean of two neighbours of a 7-tap blur is a blur of 8 taps. */
    gaussian_taps(0.8, 3, taps);
    for (int i = 0; i < 8; i++)
        tables->halving[i] = (float)(0.5 * ((i < 7 ? taps[i] : 0) + (i > 0 ? taps[i - 1] : 0)));
    pb_builtin_gabor_weights(&tables->gabor);
}

/* Row y of the frame as the image has it, reflected below its end. */
static const uint8_t *image_row(const builtin_scratch *s, int32_t y)
{
    return s->image->rgb + (int64_t)pb_builtin_reflect(y, s->image_height) * s->image_width * 3;
}

/* ---- Logarithm and colour ---- */

/* plane = ln(grey + 0.05), grey as Pillow's convert("L"), of a row of low cells; low = its 8x8 sums (method.md#builtin-log). */
static void log_of_grey(const builtin_scratch *s, int64_t low_row)
{
    const float *const log_of_byte = s->tables->log_of_byte;
    float *const columns = s->sums + low_row * s->width, *const low = s->low + low_row * s->low_width;
    memset(columns, 0, sizeof *columns * (size_t)s->width);
    memset(low, 0, sizeof *low * (size_t)s->low_width);
    for (int32_t y = 0; y < BUILTIN_LOW_CELL; y++) {
        const int32_t row = (int32_t)low_row * BUILTIN_LOW_CELL + y;
        const uint8_t *rgb = image_row(s, row);
        float *const out = s->plane.pixels + row * s->plane.stride;
        for (int32_t x = 0; x < s->width; x++) {
            const uint8_t *pixel = rgb + s->offset[x];
            const uint32_t grey = (19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 32768u) >> 16;
            const float value = log_of_byte[grey];
            out[x] = value;
            columns[x] += value;
        }
    }
    pb_builtin_add_cells(columns, s->low_width, BUILTIN_LOW_CELL, low, 1);
}

/* Of a row of cells: red = sums of ln((R + 0.05) / (G + 0.05)), blue the same with B. Exactly zero on grey
 * images (method.md#builtin-colour). */
static void colour_ratios(const builtin_scratch *s, int64_t cell_row)
{
    const float *const log_of_byte = s->tables->log_of_byte;
    float *const red = s->colour[0] + cell_row * s->columns, *const blue = s->colour[1] + cell_row * s->columns;
    memset(red, 0, sizeof *red * (size_t)s->columns);
    memset(blue, 0, sizeof *blue * (size_t)s->columns);
    for (int32_t y = 0; y < BUILTIN_CELL; y++) {
        const uint8_t *rgb = image_row(s, (int32_t)cell_row * BUILTIN_CELL + y);
        for (int32_t column = 0; column < s->columns; column++) {
            const int32_t *offset = s->offset + column * BUILTIN_CELL;
            float red_sum = 0, blue_sum = 0;
            for (int x = 0; x < BUILTIN_CELL; x++) {
                const uint8_t *pixel = rgb + offset[x];
                const float green = log_of_byte[pixel[1]];
                red_sum += log_of_byte[pixel[0]] - green;
                blue_sum += log_of_byte[pixel[2]] - green;
            }
            red[column] += red_sum;
            blue[column] += blue_sum;
        }
    }
}

static pb_status read_cells(void *context, int64_t row, int worker)
{
    (void)worker;
    for (int64_t i = 0; i < BUILTIN_CELL / BUILTIN_LOW_CELL; i++)
        log_of_grey(context, BUILTIN_CELL / BUILTIN_LOW_CELL * row + i);
    colour_ratios(context, row);
    return PB_STATUS_OK;
}

/* ---- Local contrast: method.md#builtin-contrast ---- */

/* A row of the low cells: sums become means, then the Gaussian across. */
static pb_status blur_across(void *context, int64_t y, int worker)
{
    const builtin_scratch *s = context;
    const int32_t n = s->low_width;
    float *const in = s->low + y * n, *const out = s->blurred + y * n;
    (void)worker;
    for (int32_t x = 0; x < n; x++)
        in[x] *= 1.0f / (BUILTIN_LOW_CELL * BUILTIN_LOW_CELL);
    for (int32_t x = 0; x < n; x++) {
        float sum = 0;
        for (int i = -BUILTIN_LOW_RADIUS; i <= BUILTIN_LOW_RADIUS; i++)
            sum += s->tables->low_blur[i + BUILTIN_LOW_RADIUS] * in[pb_builtin_reflect(x + i, n)];
        out[x] = sum;
    }
    return PB_STATUS_OK;
}

/* The Gaussian down, back into `low`; then `wide`, enlarged in x: enlarging in y is left to the kernels. */
static pb_status blur_down(void *context, int64_t y, int worker)
{
    const builtin_scratch *s = context;
    const int32_t n = s->low_width;
    float *const low = s->low + y * n, *const wide = s->wide + y * s->width;
    (void)worker;
    memset(low, 0, sizeof *low * (size_t)n);
    for (int i = -BUILTIN_LOW_RADIUS; i <= BUILTIN_LOW_RADIUS; i++) {
        const float *row = s->blurred + (int64_t)pb_builtin_reflect((int32_t)y + i, s->low_height) * n;
        for (int32_t x = 0; x < n; x++)
            low[x] += s->tables->low_blur[i + BUILTIN_LOW_RADIUS] * row[x];
    }
    for (int32_t x = 0; x < s->width; x++)
        wide[x] = s->x[x].first_weight * low[s->x[x].first] + s->x[x].second_weight * low[s->x[x].second];
    return PB_STATUS_OK;
}

/* From 8x8 sums in `low` to `wide`. @param out_mean over the enlarged image */
static pb_status smooth_low(builtin_scratch *s, float *out_mean)
{
    const int64_t n = (int64_t)s->low_width * s->low_height;
    PB_TRY(pb_parallel_for(s->low_height, blur_across, s, NULL));
    PB_TRY(pb_parallel_for(s->low_height, blur_down, s, NULL));
    /* Each low cell has weight 8 x 8 pixels in the enlarged image, edge cells (clamped) too. */
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += (double)s->low[i];
    *out_mean = (float)(total / (double)n);
    return PB_STATUS_OK;
}

/* Plane -= local mean (in `wide`), in a row of low cells; low = 8x8 sums of its squares. */
static pb_status subtract_local_mean(void *context, int64_t low_row, int worker)
{
    const builtin_scratch *s = context;
    float *const columns = s->sums + low_row * s->width, *const low = s->low + low_row * s->low_width;
    (void)worker;
    memset(columns, 0, sizeof *columns * (size_t)s->width);
    memset(low, 0, sizeof *low * (size_t)s->low_width);
    for (int32_t y = 0; y < BUILTIN_LOW_CELL; y++) {
        const int32_t row = (int32_t)low_row * BUILTIN_LOW_CELL + y;
        const builtin_low_position at = pb_builtin_low_position(row, s->low_height);
        pb_builtin_subtract_mean(s->plane.pixels + row * s->plane.stride, s->wide + (int64_t)at.first * s->width,
                                 s->wide + (int64_t)at.second * s->width, at.first_weight, at.second_weight, columns,
                                 s->width);
    }
    pb_builtin_add_cells(columns, s->low_width, BUILTIN_LOW_CELL, low, 1);
    return PB_STATUS_OK;
}

/* Level 0: contrast over its local deviation. */
static pb_status normalise_contrast(void *context, int64_t low_row, int worker)
{
    const builtin_scratch *s = context;
    (void)worker;
    for (int32_t y = 0; y < BUILTIN_LOW_CELL; y++) {
        const int32_t row = (int32_t)low_row * BUILTIN_LOW_CELL + y;
        const builtin_low_position at = pb_builtin_low_position(row, s->low_height);
        pb_builtin_divide_deviation(s->wide + (int64_t)at.first * s->width, s->wide + (int64_t)at.second * s->width,
                                    at.first_weight, at.second_weight, 0.5f * s->mean_variance,
                                    s->plane.pixels + row * s->plane.stride, s->width);
    }
    return PB_STATUS_OK;
}

/* ---- All together ---- */

static pb_status make_contrast(builtin_scratch *s)
{
    float mean;
    s->plane = pb_builtin_plane(s, 0);
    PB_TRY(pb_parallel_for(s->rows, read_cells, s, NULL));
    PB_TRY(smooth_low(s, &mean));
    PB_TRY(pb_parallel_for(s->low_height, subtract_local_mean, s, NULL));
    PB_TRY(smooth_low(s, &s->mean_variance));
    PB_TRY(pb_parallel_for(s->low_height, normalise_contrast, s, NULL));
    pb_builtin_reflect_border(&s->plane);
    return PB_STATUS_OK;
}

pb_status pb_builtin_describe(const builtin_tables *tables, const pb_image *image, builtin_scratch *scratch, float *out)
{
    const int64_t n_energies = (int64_t)scratch->rows * scratch->columns * BUILTIN_LEVELS * GABOR_ORIENTATIONS;
    scratch->tables = tables;
    scratch->image = image;
    PB_TRY(make_contrast(scratch));
    memset(scratch->energy, 0, sizeof *scratch->energy * (size_t)n_energies);
    for (scratch->level = 0; scratch->level < BUILTIN_LEVELS; scratch->level++) {
        scratch->plane = pb_builtin_plane(scratch, scratch->level);
        scratch->next = pb_builtin_plane(scratch, scratch->level + 1);
        PB_TRY(pb_builtin_energies(scratch));
        PB_TRY(pb_builtin_halve(scratch));
    }
    return pb_builtin_features(scratch, &scratch->next, out);
}
