/* What the guard measures on a decoded photo (method.md#guard-measures). */
#include <purebank/guard.h>

#include <math.h>

#include <purebank/metrics.h>

#include "base/clones.h"
#include "base/memory.h"
#include "base/threads.h"
#include "guard/pixels.h"
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

static void measure_levels(const int64_t *histogram, int64_t n, double *value)
{
    int64_t dark = 0, bright = 0;
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

/* Squared steps between neighbours, and how large steps are on average. */
typedef struct steps {
    double size, across, down, rising, falling;
} steps;

static steps steps_of(const pb_pixel_steps *sums, int32_t width, int32_t height)
{
    const double n = fmax((double)(width - 1) * (double)(height - 1), 1);
    return (steps){.size = (double)sums->size / (2 * n),
                   .across = (double)sums->across,
                   .down = (double)sums->down,
                   .rising = (double)sums->rising,
                   .falling = (double)sums->falling};
}

static double balance(double a, double b)
{
    return atanh(0.99 * (a + b > 0 ? (a - b) / (a + b) : 0));
}

static double sharpness(const steps *s, double contrast)
{
    return log2(s->size + 0.05) - contrast;
}

static void measure_colour(const int64_t *sums, int64_t n, double *value)
{
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

/* Whole numbers, which doubles hold exactly. @param n at most 2^14: squares fit into 32 bits */
PB_CLONES static void add_pixels(const uint8_t *grey, int32_t n, moments *out)
{
    uint32_t sum = 0, squares = 0;
    for (int32_t x = 0; x < n; x++) {
        sum += grey[x];
        squares += (uint32_t)grey[x] * grey[x];
    }
    out->sum += sum;
    out->squares += squares;
    out->n += n;
}

/* n x n cells of a picture. */
typedef struct cells {
    const uint8_t *grey;
    int32_t width, height, n;
    moments *of; /* n x n */
} cells;

static pb_status measure_row_of_cells(void *context, int64_t row, int worker)
{
    enum { RUN = 1 << 14 };
    const cells *c = context;
    (void)worker;
    for (int32_t column = 0; column < c->n; column++) {
        const int32_t end = cell_end(c->width, column, c->n);
        moments *cell = &c->of[row * c->n + column];
        *cell = (moments){0};
        for (int32_t y = cell_start(c->height, (int32_t)row, c->n); y < cell_end(c->height, (int32_t)row, c->n); y++)
            for (int32_t x = cell_start(c->width, column, c->n); x < end; x += RUN)
                add_pixels(c->grey + (int64_t)y * c->width + x, end - x < RUN ? end - x : RUN, cell);
    }
    return PB_STATUS_OK;
}

static pb_status measure_cells(const pb_pixel_sums *sums, int32_t n, moments *out)
{
    cells c = {sums->grey, sums->width, sums->height, n, out};
    return pb_parallel_for(n, measure_row_of_cells, &c, NULL);
}

static pb_status measure_flat_cells(const pb_pixel_sums *sums, double *value)
{
    moments of[CELLS * CELLS];
    int flat = 0;
    PB_TRY(measure_cells(sums, CELLS, of));
    for (int i = 0; i < CELLS * CELLS; i++)
        flat += deviation_of(&of[i]) < FLAT_DEVIATION;
    value[PB_GUARD_FLAT] = log2((double)flat / (CELLS * CELLS) + 0.1);
    return PB_STATUS_OK;
}

static pb_status make_thumbnail(const pb_pixel_sums *sums, float *out)
{
    moments of[THUMBNAIL * THUMBNAIL];
    double means[THUMBNAIL * THUMBNAIL], mean = 0, squares = 0;
    PB_TRY(measure_cells(sums, THUMBNAIL, of));
    for (int i = 0; i < THUMBNAIL * THUMBNAIL; i++) {
        means[i] = of[i].sum / (double)of[i].n;
        mean += means[i] / (THUMBNAIL * THUMBNAIL);
    }
    for (int i = 0; i < THUMBNAIL * THUMBNAIL; i++)
        squares += (means[i] - mean) * (means[i] - mean);
    const double norm = squares > 1e-9 ? 1 / sqrt(squares) : 0;
    for (int i = 0; i < THUMBNAIL * THUMBNAIL; i++)
        out[i] = (float)((means[i] - mean) * norm);
    return PB_STATUS_OK;
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
static pb_status measure_seam(const pb_pixel_sums *sums, double *value)
{
    double *rows, *columns;
    double seam = 1, cut = 1;
    PB_TRY(PB_NEW(rows, (int64_t)sums->width + sums->height));
    columns = rows + sums->height;
    for (int64_t y = 0; y + 1 < sums->height; y++)
        rows[y] = (double)sums->row[y] / (double)sums->width;
    for (int64_t x = 0; x + 1 < sums->width; x++)
        columns[x] = (double)sums->column[x] / (double)sums->height;
    find_stand_out(rows, sums->height - 1, &seam, &cut);
    find_stand_out(columns, sums->width - 1, &seam, &cut);
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
    const pb_pixel_steps sums = pb_pixel_steps_of(grey, DETAIL_SIDE, DETAIL_SIDE);
    const steps s = steps_of(&sums, DETAIL_SIDE, DETAIL_SIDE);
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

static pb_status measure_pixels(const pb_pixel_sums *sums, pb_photo *out)
{
    const int64_t n = (int64_t)sums->width * sums->height;
    double *value = out->value;
    value[PB_GUARD_SIZE] = log2((double)n);
    value[PB_GUARD_ASPECT] = log2((double)sums->width / (double)sums->height);
    measure_levels(sums->histogram, n, value);
    measure_colour(sums->colour, n, value);
    const steps s = steps_of(&sums->steps, sums->width, sums->height);
    value[PB_GUARD_SHARPNESS] = sharpness(&s, value[PB_GUARD_CONTRAST]);
    PB_TRY(measure_flat_cells(sums, value));
    PB_TRY(make_thumbnail(sums, out->thumbnail));
    return measure_seam(sums, value);
}

pb_status pb_photo_measure(const pb_image *image, pb_photo *out)
{
    pb_pixel_sums sums;
    *out = (pb_photo){.width = image->width, .height = image->height};
    out->value[PB_GUARD_LAYOUT] = out->value[PB_GUARD_TYPICAL] = out->value[PB_GUARD_SPREAD] = (double)NAN;
    pb_status status = pb_pixel_sums_of(image, &sums);
    if (status == PB_STATUS_OK)
        status = measure_pixels(&sums, out);
    pb_pixel_sums_free(&sums);
    return status == PB_STATUS_OK ? measure_detail(image, out->value) : status;
}

pb_status pb_photo_visit(void *photos, int64_t i, const pb_image *image)
{
    return pb_photo_measure(image, (pb_photo *)photos + i);
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
