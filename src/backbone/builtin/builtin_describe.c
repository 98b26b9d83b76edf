/* The stages of the built-in descriptor (method.md#builtin), from 448x448 RGB to 784 x 35 features. */
#include "backbone/builtin/builtin_describe.h"

#include <math.h>
#include <string.h>

#include "backbone/builtin/builtin_gabor.h"

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

/* out[cell] += sums of `cell` neighbours. */
static void add_cells(const float *columns, int n_cells, int cell, float *out, int64_t out_step)
{
    for (int i = 0; i < n_cells; i++) {
        float sum = 0;
        for (int x = 0; x < cell; x++)
            sum += columns[i * cell + x];
        out[i * out_step] += sum;
    }
}

/* ---- Logarithm and colour ---- */

/* contrast = ln(grey + 0.05), grey as Pillow's convert("L"); low = its 8x8 sums (method.md#builtin-log). */
static void log_of_grey(const builtin_tables *tables, const uint8_t *rgb, float *contrast, float *low)
{
    float columns[BUILTIN_SIDE];
    memset(low, 0, sizeof(float) * BUILTIN_LOW_SIDE * BUILTIN_LOW_SIDE);
    for (int y = 0; y < BUILTIN_SIDE; y++) {
        if (y % BUILTIN_LOW_CELL == 0)
            memset(columns, 0, sizeof columns);
        for (int x = 0; x < BUILTIN_SIDE; x++) {
            const uint8_t *pixel = rgb + ((int64_t)y * BUILTIN_SIDE + x) * 3;
            const uint32_t grey = (19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2] + 32768u) >> 16;
            const float value = tables->log_of_byte[grey];
            contrast[(int64_t)y * BUILTIN_SIDE + x] = value;
            columns[x] += value;
        }
        if (y % BUILTIN_LOW_CELL == BUILTIN_LOW_CELL - 1)
            add_cells(columns, BUILTIN_LOW_SIDE, BUILTIN_LOW_CELL, low + y / BUILTIN_LOW_CELL * BUILTIN_LOW_SIDE, 1);
    }
}

/* red = sums over 16x16 cells of ln((R + 0.05) / (G + 0.05)), blue the same with B. Exactly zero on grey
 * images (method.md#builtin-colour). */
static void colour_ratios(const builtin_tables *tables, const uint8_t *rgb, float *red, float *blue)
{
    const float *const log_of_byte = tables->log_of_byte;
    memset(red, 0, sizeof(float) * BUILTIN_PATCHES);
    memset(blue, 0, sizeof(float) * BUILTIN_PATCHES);
    for (int y = 0; y < BUILTIN_SIDE; y++)
        for (int column = 0; column < BUILTIN_GRID; column++) {
            const uint8_t *pixel = rgb + ((int64_t)y * BUILTIN_SIDE + column * BUILTIN_CELL) * 3;
            float red_sum = 0, blue_sum = 0;
            for (int x = 0; x < BUILTIN_CELL; x++, pixel += 3) {
                const float green = log_of_byte[pixel[1]];
                red_sum += log_of_byte[pixel[0]] - green;
                blue_sum += log_of_byte[pixel[2]] - green;
            }
            red[y / BUILTIN_CELL * BUILTIN_GRID + column] += red_sum;
            blue[y / BUILTIN_CELL * BUILTIN_GRID + column] += blue_sum;
        }
}

/* ---- Local contrast: method.md#builtin-contrast ---- */

/* Index i of a line of n, reflected at its ends without repeating them. */
static int reflect(int i, int n)
{
    return i < 0 ? -i : (i >= n ? 2 * (n - 1) - i : i);
}

static void blur_low(const builtin_tables *tables, const float *in, float *rows, float *out)
{
    const int n = BUILTIN_LOW_SIDE;
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            float sum = 0;
            for (int i = -BUILTIN_LOW_RADIUS; i <= BUILTIN_LOW_RADIUS; i++)
                sum += tables->low_blur[i + BUILTIN_LOW_RADIUS] * in[y * n + reflect(x + i, n)];
            rows[y * n + x] = sum;
        }
    memset(out, 0, sizeof(float) * (size_t)(n * n));
    for (int y = 0; y < n; y++)
        for (int i = -BUILTIN_LOW_RADIUS; i <= BUILTIN_LOW_RADIUS; i++)
            for (int x = 0; x < n; x++)
                out[y * n + x] += tables->low_blur[i + BUILTIN_LOW_RADIUS] * rows[reflect(y + i, n) * n + x];
}

/* Where pixel i of a line enlarged 8 times lies between two low cells, centres on centres, edges clamped. */
typedef struct low_position {
    int first, second;
    float first_weight, second_weight;
} low_position;

static low_position low_position_of(int i)
{
    const int first = (i + BUILTIN_LOW_CELL / 2) / BUILTIN_LOW_CELL - 1;
    const float second_weight = ((float)((i + BUILTIN_LOW_CELL / 2) % BUILTIN_LOW_CELL) + 0.5f) / BUILTIN_LOW_CELL;
    return (low_position){.first = first < 0 ? 0 : first,
                          .second = first + 1 < BUILTIN_LOW_SIDE ? first + 1 : BUILTIN_LOW_SIDE - 1,
                          .first_weight = 1.0f - second_weight,
                          .second_weight = second_weight};
}

/* From 8x8 sums in scratch->low to scratch->wide: means, Gaussian, enlarged in x; enlarging in y is left to
 * the kernels. Returns the mean over the enlarged image. */
static float smooth_low(const builtin_tables *tables, builtin_scratch *scratch)
{
    float *const low = scratch->low;
    for (int i = 0; i < BUILTIN_LOW_SIDE * BUILTIN_LOW_SIDE; i++)
        low[i] *= 1.0f / (BUILTIN_LOW_CELL * BUILTIN_LOW_CELL);
    blur_low(tables, low, scratch->blurred, low);
    low_position position[BUILTIN_SIDE];
    for (int x = 0; x < BUILTIN_SIDE; x++)
        position[x] = low_position_of(x);
    for (int y = 0; y < BUILTIN_LOW_SIDE; y++)
        for (int x = 0; x < BUILTIN_SIDE; x++)
            scratch->wide[y * BUILTIN_SIDE + x] =
                position[x].first_weight * low[y * BUILTIN_LOW_SIDE + position[x].first] +
                position[x].second_weight * low[y * BUILTIN_LOW_SIDE + position[x].second];
    /* Each low cell has weight 8 x 8 pixels in the enlarged image, edge cells (clamped) too. */
    double total = 0;
    for (int i = 0; i < BUILTIN_LOW_SIDE * BUILTIN_LOW_SIDE; i++)
        total += (double)low[i];
    return (float)(total / (BUILTIN_LOW_SIDE * BUILTIN_LOW_SIDE));
}

/* contrast -= local mean (in `wide`); low = 8x8 sums of its squares. */
static void subtract_local_mean(builtin_scratch *scratch)
{
    float columns[BUILTIN_SIDE];
    memset(scratch->low, 0, sizeof scratch->low);
    for (int y = 0; y < BUILTIN_SIDE; y++) {
        const low_position at = low_position_of(y);
        if (y % BUILTIN_LOW_CELL == 0)
            memset(columns, 0, sizeof columns);
        pb_builtin_subtract_mean(scratch->contrast + y * BUILTIN_SIDE, scratch->wide + at.first * BUILTIN_SIDE,
                                 scratch->wide + at.second * BUILTIN_SIDE, at.first_weight, at.second_weight, columns,
                                 BUILTIN_SIDE);
        if (y % BUILTIN_LOW_CELL == BUILTIN_LOW_CELL - 1)
            add_cells(columns, BUILTIN_LOW_SIDE, BUILTIN_LOW_CELL,
                      scratch->low + y / BUILTIN_LOW_CELL * BUILTIN_LOW_SIDE, 1);
    }
}

/* ---- Pyramid: method.md#builtin-pyramid ---- */

/* Pixel (0, 0) of a plane of side x side pixels inside its border. */
static float *interior(float *plane, int side)
{
    return plane + GABOR_RADIUS * BUILTIN_STRIDE(side) + GABOR_RADIUS;
}

static void reflect_border(float *plane, int side)
{
    const int64_t stride = BUILTIN_STRIDE(side);
    float *const pixels = interior(plane, side);
    for (int y = 0; y < side; y++)
        for (int i = 1; i <= GABOR_RADIUS; i++) {
            pixels[y * stride - i] = pixels[y * stride + i];
            pixels[y * stride + side - 1 + i] = pixels[y * stride + side - 1 - i];
        }
    for (int i = 1; i <= GABOR_RADIUS; i++) {
        const size_t bytes = sizeof(float) * (size_t)(side + 2 * GABOR_RADIUS);
        memcpy(pixels - i * stride - GABOR_RADIUS, pixels + i * stride - GABOR_RADIUS, bytes);
        memcpy(pixels + (side - 1 + i) * stride - GABOR_RADIUS, pixels + (side - 1 - i) * stride - GABOR_RADIUS, bytes);
    }
}

/* Level 0: contrast over its local deviation. */
static void normalise_contrast(builtin_scratch *scratch, float mean_variance, float *plane)
{
    for (int y = 0; y < BUILTIN_SIDE; y++) {
        const low_position at = low_position_of(y);
        pb_builtin_divide_deviation(scratch->contrast + y * BUILTIN_SIDE, scratch->wide + at.first * BUILTIN_SIDE,
                                    scratch->wide + at.second * BUILTIN_SIDE, at.first_weight, at.second_weight,
                                    0.5f * mean_variance,
                                    interior(plane, BUILTIN_SIDE) + y * BUILTIN_STRIDE(BUILTIN_SIDE), BUILTIN_SIDE);
    }
    reflect_border(plane, BUILTIN_SIDE);
}

/* The next level from a bordered plane. */
static void halve(const builtin_tables *tables, const float *plane, int side, float *row, float *next)
{
    const int next_side = side / 2;
    const int64_t stride = BUILTIN_STRIDE(side), next_stride = BUILTIN_STRIDE(next_side);
    const float *const first = plane + stride * (GABOR_RADIUS - 3); /* 3 above and 3 to the left of the interior */
    memset(next, 0, sizeof(float) * (size_t)BUILTIN_PLANE_FLOATS(next_side));
    for (int y = 0; y < next_side; y++) {
        pb_builtin_halve_rows(first + 2 * y * stride, stride, tables->halving, row, side + 2 * GABOR_RADIUS);
        pb_builtin_halve_columns(row + GABOR_RADIUS - 3, tables->halving, interior(next, next_side) + y * next_stride,
                                 next_side);
    }
    reflect_border(next, next_side);
}

/* ---- Gabor energies: method.md#builtin-energy ---- */

/* Mean energies of one level, in a strip of GABOR_BLOCK columns from `left`. energy: BUILTIN_PATCHES x 32,
 * filled at channels 8 level .. 8 level + 7. */
static void strip_energies(const builtin_tables *tables, const float *plane, int level, int left,
                           gabor_scratch *scratch, float *energy)
{
    const int side = BUILTIN_LEVEL_SIDE(level), cell = BUILTIN_CELL >> level;
    const int width = side - left < GABOR_BLOCK ? side - left : GABOR_BLOCK;
    const int64_t stride = BUILTIN_STRIDE(side);
    const int channels = BUILTIN_LEVELS * GABOR_ORIENTATIONS;
    for (int y = 0; y < 2 * GABOR_RADIUS; y++)
        pb_builtin_fold_row(plane + y * stride + left, &scratch->row[y]);
    for (int y = 0; y < side; y++) {
        const int bottom = y + 2 * GABOR_RADIUS, centre = y + GABOR_RADIUS;
        pb_builtin_fold_row(plane + bottom * stride + left, &scratch->row[bottom % GABOR_ROWS]);
        pb_builtin_gabor_centre(&tables->gabor, &scratch->row[centre % GABOR_ROWS], &scratch->sums);
        for (int offset = 1; offset <= GABOR_RADIUS; offset++)
            pb_builtin_gabor_pair(&tables->gabor, offset, &scratch->row[(centre + offset) % GABOR_ROWS],
                                  &scratch->row[(centre - offset) % GABOR_ROWS], &scratch->sums);
        if (y % cell == 0)
            memset(scratch->energy, 0, sizeof scratch->energy);
        pb_builtin_gabor_energy(&scratch->sums, scratch->energy);
        if (y % cell == cell - 1) {
            const int patch = y / cell * BUILTIN_GRID + left / cell;
            for (int l = 0; l < GABOR_ORIENTATIONS; l++)
                add_cells(scratch->energy[l], width / cell, cell,
                          energy + patch * channels + level * GABOR_ORIENTATIONS + l, channels);
        }
    }
}

static void level_energies(const builtin_tables *tables, const float *plane, int level, builtin_scratch *scratch)
{
    for (int left = 0; left < BUILTIN_LEVEL_SIDE(level); left += GABOR_BLOCK)
        strip_energies(tables, plane, level, left, &scratch->gabor, scratch->energy);
}

/* ---- All together ---- */

/* The pyramid, level by level: energies of each, and the last plane, 28x28, returned. */
static const float *pyramid_energies(const builtin_tables *tables, builtin_scratch *scratch)
{
    memset(scratch->energy, 0, sizeof scratch->energy);
    for (int level = 0; level < BUILTIN_LEVELS; level++) {
        float *const plane = scratch->plane[level % 2], *const next = scratch->plane[(level + 1) % 2];
        level_energies(tables, plane, level, scratch);
        halve(tables, plane, BUILTIN_LEVEL_SIDE(level), scratch->halved_rows, next);
    }
    return interior(scratch->plane[BUILTIN_LEVELS % 2], BUILTIN_GRID);
}

static void log_energies(float *energy)
{
    const int channels = BUILTIN_LEVELS * GABOR_ORIENTATIONS;
    for (int patch = 0; patch < BUILTIN_PATCHES; patch++)
        for (int level = 0; level < BUILTIN_LEVELS; level++)
            for (int l = 0; l < GABOR_ORIENTATIONS; l++) {
                const int cell = BUILTIN_CELL >> level;
                energy[patch * channels + level * GABOR_ORIENTATIONS + l] *= 1.0f / (float)(cell * cell);
            }
    pb_builtin_log1p_scaled(energy, 1.0f / 0.03f, (int64_t)BUILTIN_PATCHES * channels);
}

/* Centring (method.md#builtin-centring), brightness (method.md#builtin-brightness) and colour. */
static void write_features(const builtin_scratch *scratch, const float *coarse, float *out)
{
    const int channels = BUILTIN_LEVELS * GABOR_ORIENTATIONS;
    for (int patch = 0; patch < BUILTIN_PATCHES; patch++) {
        const float *const energy = scratch->energy + patch * channels;
        float *const feature = out + patch * BUILTIN_DIM;
        float sum = 0;
        for (int i = 0; i < channels; i++)
            sum += energy[i];
        /* Partial centring: half of the overall contrast of the patch is taken out. */
        for (int i = 0; i < channels; i++)
            feature[i] = energy[i] - 0.5f * sum / (float)channels;
        feature[channels] = 1.7f * coarse[patch / BUILTIN_GRID * BUILTIN_STRIDE(BUILTIN_GRID) + patch % BUILTIN_GRID];
        feature[channels + 1] = scratch->colour[0][patch] * (2.0f / (BUILTIN_CELL * BUILTIN_CELL));
        feature[channels + 2] = scratch->colour[1][patch] * (2.0f / (BUILTIN_CELL * BUILTIN_CELL));
    }
}

void pb_builtin_describe(const builtin_tables *tables, const uint8_t *rgb, builtin_scratch *scratch, float *out)
{
    log_of_grey(tables, rgb, scratch->contrast, scratch->low);
    colour_ratios(tables, rgb, scratch->colour[0], scratch->colour[1]);
    smooth_low(tables, scratch);
    subtract_local_mean(scratch);
    const float mean_variance = smooth_low(tables, scratch);
    normalise_contrast(scratch, mean_variance, scratch->plane[0]);
    const float *const coarse = pyramid_energies(tables, scratch);
    log_energies(scratch->energy);
    write_features(scratch, coarse, out);
}
