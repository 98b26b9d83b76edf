#include "guard/pixels.h"

#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"

enum {
    STRIP_ROWS = 64,
    MOST_STRIPS = 64,  /* higher photos have higher strips */
    COLOUR_LANES = 48, /* whole pixels */
    RUN = 1 << 14      /* pixels whose squares and sums fit into 32 bits */
};

typedef struct strip {
    int64_t histogram[256], colour[3];
    pb_pixel_steps steps;
} strip;

typedef struct measuring {
    const pb_image *image;
    pb_pixel_sums *sums;
    int32_t rows; /* of a strip */
    int64_t n;    /* strips */
    strip *strips;
    uint32_t *columns; /* n x width */
} measuring;

static int32_t first_row(const measuring *m, int64_t index)
{
    const int64_t row = index * m->rows;
    return row < m->image->height ? (int32_t)row : m->image->height;
}

/* ---- Levels and colours ------------------------------------------------------------------------------------------- */

/* @param n bytes, of whole pixels, RUN pixels at most */
PB_CLONES static void add_colours(const uint8_t *rgb, int64_t n, int64_t *colour)
{
    uint32_t lanes[COLOUR_LANES] = {0};
    int64_t i = 0;
    for (; i + COLOUR_LANES <= n; i += COLOUR_LANES)
        for (int lane = 0; lane < COLOUR_LANES; lane++)
            lanes[lane] += rgb[i + lane];
    for (int lane = 0; i < n; i++, lane++)
        lanes[lane] += rgb[i];
    for (int lane = 0; lane < COLOUR_LANES; lane++)
        colour[lane % 3] += lanes[lane];
}

/* Four histograms, as the next pixel is often the same and would wait for the last. */
static void add_levels(const uint8_t *grey, int64_t n, int64_t *histogram)
{
    uint32_t counts[4][256] = {{0}};
    for (int64_t i = 0; i + 4 <= n; i += 4)
        for (int j = 0; j < 4; j++)
            counts[j][grey[i + j]]++;
    for (int64_t i = n - n % 4; i < n; i++)
        counts[0][grey[i]]++;
    for (int level = 0; level < 256; level++)
        histogram[level] += (int64_t)counts[0][level] + counts[1][level] + counts[2][level] + counts[3][level];
}

static pb_status read_strip(void *context, int64_t index, int worker)
{
    const measuring *m = context;
    const int32_t first = first_row(m, index), n_rows = first_row(m, index + 1) - first;
    const int64_t width = m->image->width, n = n_rows * width;
    const pb_image part = {m->image->width, n_rows, m->image->rgb + first * width * 3};
    uint8_t *grey = m->sums->grey + first * width;
    (void)worker;
    pb_image_grey(&part, grey);
    for (int64_t i = 0; i < n; i += RUN) {
        const int64_t run = n - i < RUN ? n - i : RUN;
        add_colours(part.rgb + 3 * i, 3 * run, m->strips[index].colour);
        add_levels(grey + i, run, m->strips[index].histogram);
    }
    return PB_STATUS_OK;
}

/* ---- Steps -------------------------------------------------------------------------------------------------------- */

/* Of n <= RUN pixels that all have one to the right and one below. */
PB_CLONES static void add_steps(const uint8_t *row, const uint8_t *next, int64_t n, pb_pixel_steps *steps)
{
    uint32_t size = 0, across = 0, down = 0, rising = 0, falling = 0;
    for (int64_t x = 0; x < n; x++) {
        const int right = row[x + 1] - row[x], below = next[x] - row[x];
        const int one = next[x + 1] - row[x], other = next[x] - row[x + 1];
        size += (uint32_t)((right < 0 ? -right : right) + (below < 0 ? -below : below));
        across += (uint32_t)(right * right);
        down += (uint32_t)(below * below);
        falling += (uint32_t)(one * one);
        rising += (uint32_t)(other * other);
    }
    steps->size += size;
    steps->across += across;
    steps->down += down;
    steps->rising += rising;
    steps->falling += falling;
}

static void add_row_steps(const uint8_t *row, const uint8_t *next, int64_t n, pb_pixel_steps *steps)
{
    for (int64_t x = 0; x < n; x += RUN)
        add_steps(row + x, next + x, n - x < RUN ? n - x : RUN, steps);
}

pb_pixel_steps pb_pixel_steps_of(const uint8_t *grey, int32_t width, int32_t height)
{
    pb_pixel_steps steps = {0};
    for (int64_t y = 0; y + 1 < height; y++)
        add_row_steps(grey + y * width, grey + (y + 1) * width, width - 1, &steps);
    return steps;
}

PB_CLONES static int64_t sum_differences(const uint8_t *a, const uint8_t *b, int64_t n)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i += RUN) {
        const int64_t end = n - i < RUN ? n : i + RUN;
        uint32_t part = 0;
        for (int64_t x = i; x < end; x++)
            part += (uint32_t)(a[x] < b[x] ? b[x] - a[x] : a[x] - b[x]);
        sum += part;
    }
    return sum;
}

PB_CLONES static void add_differences(const uint8_t *row, int64_t n, uint32_t *columns)
{
    for (int64_t x = 0; x < n; x++)
        columns[x] += (uint32_t)(row[x] < row[x + 1] ? row[x + 1] - row[x] : row[x] - row[x + 1]);
}

static pb_status step_strip(void *context, int64_t index, int worker)
{
    const measuring *m = context;
    const int64_t width = m->image->width;
    (void)worker;
    for (int32_t y = first_row(m, index); y < first_row(m, index + 1); y++) {
        const uint8_t *row = m->sums->grey + y * width, *next = row + width;
        add_differences(row, width - 1, m->columns + index * width);
        if (y + 1 == m->image->height)
            break;
        m->sums->row[y] = sum_differences(row, next, width);
        add_row_steps(row, next, width - 1, &m->strips[index].steps);
    }
    return PB_STATUS_OK;
}

/* ---- All together ------------------------------------------------------------------------------------------------- */

static void merge(const measuring *m)
{
    pb_pixel_sums *out = m->sums;
    for (int64_t i = 0; i < m->n; i++) {
        const strip *part = &m->strips[i];
        for (int level = 0; level < 256; level++)
            out->histogram[level] += part->histogram[level];
        for (int c = 0; c < 3; c++)
            out->colour[c] += part->colour[c];
        out->steps.size += part->steps.size;
        out->steps.across += part->steps.across;
        out->steps.down += part->steps.down;
        out->steps.rising += part->steps.rising;
        out->steps.falling += part->steps.falling;
        for (int64_t x = 0; x + 1 < out->width; x++)
            out->column[x] += m->columns[i * out->width + x];
    }
}

static pb_status measure(measuring *m)
{
    pb_pixel_sums *out = m->sums;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(out->grey, (int64_t)out->height, out->width));
    PB_TRY(PB_NEW(out->row, out->height));
    PB_TRY(PB_NEW(out->column, out->width));
    PB_TRY(PB_NEW(m->strips, m->n));
    PB_TRY(PB_NEW_PRODUCT(m->columns, m->n, out->width));
    PB_TRY(pb_parallel_for(m->n, read_strip, m, NULL));
    PB_TRY(pb_parallel_for(m->n, step_strip, m, NULL));
    merge(m);
    return PB_STATUS_OK;
}

pb_status pb_pixel_sums_of(const pb_image *image, pb_pixel_sums *out)
{
    const int32_t least = (image->height + MOST_STRIPS - 1) / MOST_STRIPS;
    measuring m = {.image = image, .sums = out, .rows = least > STRIP_ROWS ? least : STRIP_ROWS};
    *out = (pb_pixel_sums){.width = image->width, .height = image->height};
    m.n = (image->height + m.rows - 1) / m.rows;
    const pb_status status = measure(&m);
    pb_free(m.strips);
    pb_free(m.columns);
    return status;
}

void pb_pixel_sums_free(pb_pixel_sums *sums)
{
    pb_free(sums->grey);
    pb_free(sums->row);
    pb_free(sums->column);
}
