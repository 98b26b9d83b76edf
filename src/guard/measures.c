/* What the guard measures on a decoded photo (method.md#guard-measures). */
#include <purebank/guard.h>

#include <math.h>

#include <purebank/metrics.h>

#include "base/memory.h"
#include "base/threads.h"
#include "metrics/select.h"

enum { CELLS = 28, DETAIL_SIDE = 112, THUMBNAIL = PB_GUARD_THUMBNAIL, DARK = 5, BRIGHT = 250 };

static const double FLAT_DEVIATION = 1.5; /* of a cell, in grey values: less than a sensor's noise */

typedef struct moments {
    double sum, squares;
    int64_t n;
} moments;

static double deviation_of(const moments *m)
{
    const double mean = m->sum / (double)m->n;
    return sqrt(fmax(m->squares / (double)m->n - mean * mean, 0));
}

static void measure_levels(const uint8_t *grey, int64_t n, double *value)
{
    int64_t histogram[256] = {0}, dark = 0, bright = 0;
    for (int64_t i = 0; i < n; i++)
        histogram[grey[i]]++;
    moments all = {.n = n};
    for (int level = 0; level < 256; level++) {
        all.sum += (double)level * (double)histogram[level];
        all.squares += (double)(level * level) * (double)histogram[level];
        dark += level <= DARK ? histogram[level] : 0;
        bright += level >= BRIGHT ? histogram[level] : 0;
    }
    const double mean = all.sum / (double)n, deviation = deviation_of(&all);
    value[PB_GUARD_BRIGHTNESS] = log2(mean + 1);
    value[PB_GUARD_CONTRAST] = log2(deviation + 0.5);
    value[PB_GUARD_DARK] = log2((double)dark / (double)n + 0.02);
    value[PB_GUARD_BRIGHT] = log2((double)bright / (double)n + 0.1);
}

/* Squared and absolute steps between neighbours. */
typedef struct steps {
    double size, across, down, rising, falling;
} steps;

static steps measure_steps(const uint8_t *grey, int32_t width, int32_t height)
{
    int64_t size = 0, across = 0, down = 0, rising = 0, falling = 0;
    for (int32_t y = 0; y + 1 < height; y++) {
        const uint8_t *row = grey + (int64_t)y * width, *next = row + width;
        for (int32_t x = 0; x + 1 < width; x++) {
            const int right = row[x + 1] - row[x], below = next[x] - row[x];
            const int one = next[x + 1] - row[x], other = next[x] - row[x + 1];
            size += (right < 0 ? -right : right) + (below < 0 ? -below : below);
            across += right * right;
            down += below * below;
            falling += one * one;
            rising += other * other;
        }
    }
    const double n = fmax((double)(width - 1) * (double)(height - 1), 1);
    return (steps){.size = (double)size / (2 * n),
                   .across = (double)across,
                   .down = (double)down,
                   .rising = (double)rising,
                   .falling = (double)falling};
}

static double balance(double a, double b)
{
    return atanh(0.99 * (a + b > 0 ? (a - b) / (a + b) : 0));
}

static double sharpness(const steps *s, double contrast)
{
    return log2(s->size + 0.05) - contrast;
}

static void measure_colour(const pb_image *image, double *value)
{
    const int64_t n = (int64_t)image->width * image->height;
    int64_t sums[3] = {0};
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            sums[c] += image->rgb[i * 3 + c];
    double mean[3];
    for (int c = 0; c < 3; c++)
        mean[c] = (double)sums[c] / (double)n + 8;
    value[PB_GUARD_RED] = log2(mean[0] / mean[1]);
    value[PB_GUARD_BLUE] = log2(mean[2] / mean[1]);
}

/* Cell `i` of `n` along a side of `size` pixels: at least one pixel, also where the side has fewer than n. */
static int32_t cell_start(int32_t size, int32_t i, int32_t n)
{
    const int32_t start = (int32_t)((int64_t)size * i / n);
    return start < size ? start : size - 1;
}

static int32_t cell_end(int32_t size, int32_t i, int32_t n)
{
    const int32_t start = cell_start(size, i, n), end = (int32_t)((int64_t)size * (i + 1) / n);
    return end > start ? end : start + 1;
}

static moments measure_cell(const uint8_t *grey, int32_t width, int32_t height, int32_t row, int32_t column, int32_t n)
{
    moments cell = {0};
    for (int32_t y = cell_start(height, row, n); y < cell_end(height, row, n); y++)
        for (int32_t x = cell_start(width, column, n); x < cell_end(width, column, n); x++) {
            const double level = grey[(int64_t)y * width + x];
            cell.sum += level;
            cell.squares += level * level;
            cell.n++;
        }
    return cell;
}

static double share_of_flat_cells(const uint8_t *grey, int32_t width, int32_t height)
{
    int flat = 0;
    for (int32_t row = 0; row < CELLS; row++)
        for (int32_t column = 0; column < CELLS; column++) {
            const moments cell = measure_cell(grey, width, height, row, column, CELLS);
            flat += deviation_of(&cell) < FLAT_DEVIATION;
        }
    return (double)flat / (CELLS * CELLS);
}

static void make_thumbnail(const uint8_t *grey, int32_t width, int32_t height, float *out)
{
    double cells[THUMBNAIL * THUMBNAIL], mean = 0, squares = 0;
    for (int32_t i = 0; i < THUMBNAIL * THUMBNAIL; i++) {
        const moments cell = measure_cell(grey, width, height, i / THUMBNAIL, i % THUMBNAIL, THUMBNAIL);
        cells[i] = cell.sum / (double)cell.n;
        mean += cells[i] / (THUMBNAIL * THUMBNAIL);
    }
    for (int i = 0; i < THUMBNAIL * THUMBNAIL; i++)
        squares += (cells[i] - mean) * (cells[i] - mean);
    const double norm = squares > 1e-9 ? 1 / sqrt(squares) : 0;
    for (int i = 0; i < THUMBNAIL * THUMBNAIL; i++)
        out[i] = (float)((cells[i] - mean) * norm);
}

static double step_at(const double *step, int64_t n, int64_t i)
{
    return step[i < 0 ? 0 : i >= n ? n - 1 : i];
}

/* How far the largest of n steps stands out from the median of those around it, and from its two neighbours. */
static void find_stand_out(const double *step, int64_t n, double *from_around, double *from_neighbours)
{
    enum { WINDOW = 5 };
    for (int64_t i = 0; i < n; i++) {
        double around[2 * WINDOW + 1];
        for (int64_t d = -WINDOW; d <= WINDOW; d++)
            around[d + WINDOW] = step_at(step, n, i + d);
        const double neighbour = fmax(around[WINDOW - 1], around[WINDOW + 1]);
        *from_around = fmax(*from_around, (step[i] + 1) / (pb_median(around, 2 * WINDOW + 1) + 1));
        if (i > 0 && i + 1 < n)
            *from_neighbours = fmax(*from_neighbours, (step[i] + 1) / (neighbour + 1));
    }
}

/* Two photos in one, or something straight before the part: a whole row or column of steps. */
static pb_status measure_seam(const uint8_t *grey, int64_t width, int64_t height, double *value)
{
    double *rows, *columns;
    PB_TRY(PB_NEW(rows, width + height));
    columns = rows + height;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const int level = grey[y * width + x];
            rows[y] += y + 1 < height ? fabs((double)(grey[(y + 1) * width + x] - level)) / (double)width : 0;
            columns[x] += x + 1 < width ? fabs((double)(grey[y * width + x + 1] - level)) / (double)height : 0;
        }
    double seam = 1, cut = 1;
    find_stand_out(rows, height - 1, &seam, &cut);
    find_stand_out(columns, width - 1, &seam, &cut);
    value[PB_GUARD_SEAM] = log2(seam);
    value[PB_GUARD_CUT] = log2(cut);
    pb_free(rows);
    return PB_STATUS_OK;
}

static double polarity(const uint8_t *grey, int32_t side)
{
    double brighter = 0, darker = 0;
    for (int32_t y = 1; y + 1 < side; y++)
        for (int32_t x = 1; x + 1 < side; x++) {
            int sum = 0;
            for (int32_t i = -1; i <= 1; i++)
                for (int32_t j = -1; j <= 1; j++)
                    sum += grey[(y + i) * side + x + j];
            const int difference = 9 * grey[y * side + x] - sum;
            *(difference > 0 ? &brighter : &darker) += (double)(difference * difference);
        }
    return balance(brighter, darker);
}

static pb_status measure_detail(const pb_image *image, double *value)
{
    pb_image small;
    uint8_t grey[DETAIL_SIDE * DETAIL_SIDE];
    PB_TRY(pb_image_resize(image, DETAIL_SIDE, DETAIL_SIDE, PB_RESAMPLE_BILINEAR, &small));
    pb_image_grey(&small, grey);
    pb_image_free(&small);
    const steps s = measure_steps(grey, DETAIL_SIDE, DETAIL_SIDE);
    value[PB_GUARD_DETAIL] = sharpness(&s, value[PB_GUARD_CONTRAST]);
    value[PB_GUARD_POLARITY] = polarity(grey, DETAIL_SIDE);
    value[PB_GUARD_GRAIN] = balance(s.across, s.down);
    value[PB_GUARD_SLANT] = balance(s.rising, s.falling);
    return PB_STATUS_OK;
}

void pb_photo_unknown(pb_photo *out)
{
    *out = (pb_photo){0};
    for (int m = 0; m < PB_GUARD_N_MEASURES; m++)
        out->value[m] = (double)NAN;
}

pb_status pb_photo_measure(const pb_image *image, pb_photo *out)
{
    const int64_t n = (int64_t)image->width * image->height;
    uint8_t *grey;
    PB_TRY(PB_NEW_UNINITIALISED(grey, n));
    pb_image_grey(image, grey);
    *out = (pb_photo){.width = image->width, .height = image->height};
    double *value = out->value;
    value[PB_GUARD_SIZE] = log2((double)n);
    value[PB_GUARD_ASPECT] = log2((double)image->width / (double)image->height);
    measure_levels(grey, n, value);
    measure_colour(image, value);
    const steps s = measure_steps(grey, image->width, image->height);
    value[PB_GUARD_SHARPNESS] = sharpness(&s, value[PB_GUARD_CONTRAST]);
    value[PB_GUARD_FLAT] = log2(share_of_flat_cells(grey, image->width, image->height) + 0.1);
    value[PB_GUARD_LAYOUT] = value[PB_GUARD_TYPICAL] = value[PB_GUARD_SPREAD] = (double)NAN;
    make_thumbnail(grey, image->width, image->height, out->thumbnail);
    pb_status status = measure_seam(grey, image->width, image->height, value);
    pb_free(grey);
    if (status == PB_STATUS_OK)
        status = measure_detail(image, value);
    return status;
}

pb_status pb_photo_visit(void *photos, int64_t i, const pb_image *image)
{
    return pb_photo_measure(image, (pb_photo *)photos + i);
}

typedef struct measure_job {
    const char *const *paths;
    pb_photo *out;
} measure_job;

static pb_status measure_file(void *context, int64_t i, int worker)
{
    const measure_job *job = context;
    pb_image image;
    (void)worker;
    PB_TRY(pb_image_read(job->paths[i], &image));
    const pb_status status = pb_photo_measure(&image, &job->out[i]);
    pb_image_free(&image);
    return status;
}

pb_status pb_photo_measure_files(const char *const *paths, int64_t n, const pb_progress *progress, pb_photo *out)
{
    measure_job job = {paths, out};
    return pb_parallel_for(n, measure_file, &job, progress);
}

pb_status pb_photo_add_patch_scores(const double *patch_scores, int64_t n_patches, pb_photo *photo)
{
    double median, high;
    PB_TRY(pb_percentile(patch_scores, n_patches, 50, &median));
    PB_TRY(pb_percentile(patch_scores, n_patches, 95, &high));
    photo->value[PB_GUARD_TYPICAL] = median > 0 ? log2(median) : -1074;
    photo->value[PB_GUARD_SPREAD] = median > 0 ? log2(high / median) : 0;
    return PB_STATUS_OK;
}
