/* Greedy k-center. Every row keeps its distance from the nearest selected row, in float64; a newly selected row is compared with
 * all others, and nearly all of them are refuted: by few coordinates of their contraction (index.c, (8) to (13), the limit being
 * the distance that is kept), or by the rows in float32, which lie channel by channel where there is no contraction, so that many are
 * compared at once. What is not refuted is measured. */
#include "search/coreset.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "search/distance.h"
#include "search/filter.h"
#include "search/kernels.h"

enum { BLOCK_ROWS = 1024, COORDINATES = 64 };

_Static_assert(BLOCK_ROWS % PB_ROWS_AT_ONCE == 0, "as pb_rows_within() takes them");

/* The row of a block that is farthest from all selected. */
typedef struct farthest {
    double distance;
    int64_t row;
} farthest;

struct pb_coreset {
    const float *rows;
    int64_t n, dim;
    pb_frame frame;
    pb_rounded *blocks; /* of BLOCK_ROWS rows; of their contraction only the fine coordinates are used */
    int64_t n_blocks;
    int64_t item_blocks;  /* that a thread goes through before it waits for the others, which it does after every row */
    float *channels;      /* n_blocks x dim x BLOCK_ROWS, where there is no contraction; else NULL */
    double *distance;     /* n: from the nearest selected row; -1: selected itself, or left out */
    float *fine_limit;    /* n: fine coordinates that are farther apart refute a row, */
    float *row_limit;     /* n_blocks x BLOCK_ROWS: or float32 distances; -INFINITY beyond the last row */
    double lost;          /* of any row that has a fine contraction */
    farthest *candidates; /* n_blocks */
    int64_t centre;       /* selected last */
};

static int64_t block_size(const pb_coreset *c, int64_t b)
{
    const int64_t left = c->n - b * BLOCK_ROWS;
    return left < BLOCK_ROWS ? left : BLOCK_ROWS;
}

/* Never below the double. */
static float round_up(double value)
{
    return value < (double)FLT_MAX / 2 ? (float)(value * (1 + 0x1p-22)) : INFINITY;
}

static void keep_distance(pb_coreset *c, const pb_rounded *block, int64_t i, double distance)
{
    const int64_t row = block->first + i;
    c->distance[row] = distance;
    c->row_limit[row] = round_up(pb_filter_row_limit(&c->frame, distance));
    c->fine_limit[row] = block->fine
                             ? round_up(pb_filter_fine_limit(&c->frame, (double)block->losses[i].fine_lost + c->lost,
                                                             pb_filter_units(&c->frame, distance)))
                             : INFINITY;
}

static farthest find_farthest(const pb_coreset *c, int64_t b)
{
    const int64_t first = b * BLOCK_ROWS;
    farthest best = {-1, -1};
    for (int64_t i = first; i < first + block_size(c, b); i++)
        if (c->distance[i] > best.distance)
            best = (farthest){c->distance[i], i};
    return best;
}

/* Rows of a block that its contraction does not refute, or all. */
static int64_t contracted_within(const pb_coreset *c, const pb_rounded *block, int32_t *near)
{
    const pb_rounded *own = &c->blocks[c->centre / BLOCK_ROWS];
    const int64_t place = c->centre % BLOCK_ROWS, stride = pb_frame_fine_stride(&c->frame);
    if (own->fine && (double)own->losses[place].fine_lost <= c->lost)
        return pb_halves_within(block->fine, own->fine + place * stride, stride, block->n, c->fine_limit + block->first,
                                near);
    for (int32_t i = 0; i < block->n; i++)
        near[i] = i;
    return block->n;
}

/* Compares the rows of a block with the centre. */
static void update_block(pb_coreset *c, int64_t b)
{
    const pb_rounded *block = &c->blocks[b];
    const float *centre = c->rows + c->centre * c->dim;
    int32_t near[BLOCK_ROWS];
    const int64_t n = c->channels ? pb_rows_within(c->channels + b * c->dim * BLOCK_ROWS, BLOCK_ROWS, centre, c->dim,
                                                   c->row_limit + block->first, near)
                                  : contracted_within(c, block, near);
    for (int64_t j = 0; j < n; j++) {
        const int64_t row = block->first + near[j];
        const float *x = c->rows + row * c->dim;
        if (c->distance[row] <= 0 ||
            (!c->channels && fminf(pb_float_squared_distance(x, centre, c->dim), FLT_MAX) > c->row_limit[row]))
            continue;
        const double distance = sqrt(pb_squared_distance(x, centre, c->dim));
        if (distance < c->distance[row])
            keep_distance(c, block, near[j], distance);
    }
    c->candidates[b] = find_farthest(c, b);
}

static pb_status update_blocks(void *context, int64_t item, int worker)
{
    pb_coreset *c = context;
    const int64_t end = (item + 1) * c->item_blocks;
    (void)worker;
    for (int64_t b = item * c->item_blocks; b < end && b < c->n_blocks; b++)
        update_block(c, b);
    return PB_STATUS_OK;
}

static void lay_out_channels(pb_coreset *c, int64_t b)
{
    float *out = c->channels + b * c->dim * BLOCK_ROWS;
    const float *rows = c->rows + b * BLOCK_ROWS * c->dim;
    for (int64_t i = 0; i < block_size(c, b); i++)
        for (int64_t channel = 0; channel < c->dim; channel++)
            out[channel * BLOCK_ROWS + i] = rows[i * c->dim + channel];
}

static pb_status round_block(void *context, int64_t b, int worker)
{
    (void)worker;
    pb_coreset *c = context;
    pb_rounded *block = &c->blocks[b];
    if (!c->frame.contraction) {
        *block = (pb_rounded){.n = block_size(c, b), .first = b * BLOCK_ROWS};
        lay_out_channels(c, b);
        return PB_STATUS_OK;
    }
    PB_TRY(pb_rounded_init(block, &c->frame, block_size(c, b)));
    block->first = b * BLOCK_ROWS;
    PB_TRY(pb_rounded_fill(block, &c->frame, c->rows + block->first * c->dim, block_size(c, b), 1));
    pb_rounded_drop_values(block);
    return PB_STATUS_OK;
}

static pb_status check_block(void *context, int64_t b, int worker)
{
    (void)worker;
    const pb_coreset *c = context;
    return pb_check_finite_rows(c->rows, b * BLOCK_ROWS, block_size(c, b), c->dim, "row");
}

static pb_status prepare(pb_coreset *c)
{
    const pb_filter_plan contracted = {.coarse = 2, .fine = COORDINATES}, whole = {0};
    const bool pays = c->dim >= 2 * COORDINATES && c->n >= 2 * COORDINATES && c->dim <= PB_CONTRACTION_MAX_DIM;
    c->n_blocks = (c->n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    PB_TRY(pb_parallel_for(c->n_blocks, check_block, c, NULL));
    PB_TRY(pb_frame_init(&c->frame, c->rows, c->n, c->dim, PB_METRIC_EUCLIDEAN, pays ? &contracted : &whole));
    /* About a tenth of a millisecond. */
    c->item_blocks = c->frame.contraction ? 16 : c->dim < 2048 ? 2048 / c->dim : 1;
    PB_TRY(PB_NEW(c->blocks, c->n_blocks));
    PB_TRY(PB_NEW(c->candidates, c->n_blocks));
    PB_TRY(PB_NEW_UNINITIALISED(c->distance, c->n));
    PB_TRY(PB_NEW_UNINITIALISED(c->fine_limit, c->n));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(c->row_limit, c->n_blocks, BLOCK_ROWS));
    if (!c->frame.contraction)
        PB_TRY(PB_NEW_PRODUCT(c->channels, c->n_blocks, c->dim, BLOCK_ROWS));
    PB_TRY(pb_parallel_for(c->n_blocks, round_block, c, NULL));
    for (int64_t i = 0; i < c->n; i++) {
        const pb_rounded *block = &c->blocks[i / BLOCK_ROWS];
        if (block->fine && block->losses[i % BLOCK_ROWS].fine_lost < INFINITY)
            c->lost = fmax(c->lost, (double)block->losses[i % BLOCK_ROWS].fine_lost);
    }
    return PB_STATUS_OK;
}

/* No row is near a selected one yet. What is left out is never near enough to be looked at. @return rows that are not */
static int64_t begin(pb_coreset *c, const uint8_t *left_out)
{
    int64_t n = 0;
    c->centre = -1;
    for (int64_t i = c->n; i < c->n_blocks * BLOCK_ROWS; i++)
        c->row_limit[i] = -INFINITY;
    for (int64_t i = 0; i < c->n; i++) {
        const bool out = left_out && left_out[i];
        c->distance[i] = out ? -1 : (double)INFINITY;
        c->fine_limit[i] = c->row_limit[i] = out ? -INFINITY : INFINITY;
        if (!out && n++ == 0)
            c->centre = i;
    }
    return n;
}

pb_status pb_coreset_select_of(pb_coreset *c, const uint8_t *left_out, int64_t wanted, const pb_progress *progress,
                               int64_t *selected)
{
    enum { REPORT_EVERY = 64 };
    const int64_t n = begin(c, left_out);
    PB_CHECK_ARG(wanted >= 1 && wanted <= n, "a coreset of %" PRId64 " of %" PRId64 " rows: at least 1 and at most all",
                 wanted, n);
    for (int64_t s = 0; s < wanted; s++) {
        selected[s] = c->centre;
        c->distance[c->centre] = -1;
        if (s + 1 == wanted)
            break;
        PB_TRY(pb_parallel_for((c->n_blocks + c->item_blocks - 1) / c->item_blocks, update_blocks, c, NULL));
        farthest best = {-1, -1};
        for (int64_t b = 0; b < c->n_blocks; b++)
            if (c->candidates[b].distance > best.distance)
                best = c->candidates[b];
        PB_ASSERT(best.row >= 0);
        c->centre = best.row;
        if (s % REPORT_EVERY == 0)
            PB_TRY(pb_progress_report(progress, s + 1, wanted));
    }
    return pb_progress_report(progress, wanted, wanted);
}

pb_status pb_coreset_new(const float *rows, int64_t n, int64_t dim, pb_coreset **out)
{
    int64_t count;
    pb_coreset *c;
    PB_CHECK_ARG(n >= 1 && dim >= 1, "a coreset needs at least 1 row of 1 channel, not %" PRId64 " x %" PRId64, n, dim);
    PB_TRY(pb_size_multiply(n, dim, "rows of a coreset", &count));
    PB_TRY(PB_NEW(c, 1));
    *c = (pb_coreset){.rows = rows, .n = n, .dim = dim};
    const pb_status status = prepare(c);
    if (status == PB_STATUS_OK)
        *out = c;
    else
        pb_coreset_free(c);
    return status;
}

void pb_coreset_free(pb_coreset *c)
{
    if (!c)
        return;
    for (int64_t b = 0; c->blocks && b < c->n_blocks; b++)
        pb_rounded_clear(&c->blocks[b]);
    pb_frame_clear(&c->frame);
    pb_free(c->blocks);
    pb_free(c->candidates);
    pb_free(c->channels);
    pb_free(c->distance);
    pb_free(c->fine_limit);
    pb_free(c->row_limit);
    pb_free(c);
}

pb_status pb_coreset_select(const float *rows, int64_t n, int64_t dim, int64_t wanted, const pb_progress *progress,
                            int64_t *selected)
{
    pb_coreset *coreset;
    PB_TRY(pb_coreset_new(rows, n, dim, &coreset));
    const pb_status status = pb_coreset_select_of(coreset, NULL, wanted, progress, selected);
    pb_coreset_free(coreset);
    return status;
}
