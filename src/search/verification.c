#include "search/verification.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "search/distance.h"
#include "search/kernels.h"

enum { AHEAD = 4, LINE = 64, START = 512 }; /* bytes: the CPU goes on by itself */

static const pb_frame *frame_of(const pb_verification *v)
{
    return &v->query->searched->frame;
}

static const float *row_of(const pb_verification *v, pb_candidate c)
{
    const pb_searched *s = v->query->searched;
    return s->rows + pb_searched_row(s, c.block, c.place) * s->frame.dim;
}

static void fetch(const void *values, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i += LINE)
        __builtin_prefetch((const char *)values + i);
}

void pb_verification_begin(pb_verification *v, const pb_query *query, pb_candidate *items)
{
    const pb_topk *top = query->top;
    v->query = query;
    v->items = items;
    v->n_left = 0;
    v->compares = query->searched->frame.metric == PB_METRIC_EUCLIDEAN && top->k <= PB_BOUNDS_MAX;
    if (!v->compares)
        return;
    v->bounds = (pb_topk){v->bound, top->count, top->k};
    for (int64_t i = 0; i < top->count; i++)
        v->bound[i] = top->items[i];
}

double pb_verification_limit(const pb_verification *v)
{
    return pb_topk_limit(v->compares ? &v->bounds : v->query->top);
}

static void measure(const pb_query *query, pb_candidate c)
{
    const pb_searched *s = query->searched;
    const int64_t j = pb_searched_row(s, c.block, c.place), dim = s->frame.dim;
    const float *row = s->rows + j * dim;
    const double distance = s->frame.metric == PB_METRIC_COSINE
                                ? pb_cosine_distance(query->x, row, query->square_x, s->squares[j], dim)
                                : sqrt(pb_squared_distance(query->x, row, dim));
    pb_topk_push(query->top, (pb_neighbor){distance, j});
}

static bool distance_refutes(const pb_verification *v, float square, double limit)
{
    return fmin((double)square, (double)FLT_MAX) > pb_filter_row_limit(frame_of(v), limit);
}

/* Nothing is nearer than 0, and of equal distances the lowest indices count: flat photos have thousands of equal rows. */
static bool comes_too_late(const pb_verification *v, pb_candidate c)
{
    const pb_topk *top = v->query->top;
    return top->count == top->k && top->items[0].distance == 0 &&
           pb_searched_row(v->query->searched, c.block, c.place) > top->items[0].index;
}

/* Compares, or measures at once: also what seems to be equal, as k such rows leave the others no place. */
static void look_closely(pb_verification *v, pb_candidate c)
{
    const pb_frame *frame = frame_of(v);
    if (comes_too_late(v, c))
        return;
    if (!v->compares) {
        measure(v->query, c);
        return;
    }
    const float square = pb_float_squared_distance(v->query->x, row_of(v, c), frame->dim);
    if (distance_refutes(v, square, pb_topk_limit(&v->bounds)))
        return;
    pb_topk_push(&v->bounds, (pb_neighbor){pb_filter_row_bound(frame, square), 0});
    if (square == 0) {
        measure(v->query, c);
        return;
    }
    c.score = -square;
    v->items[v->n_left++] = c;
}

/* The limit in units of the frame: worked out once where many rows are checked against it. */
static double units_of(const pb_verification *v)
{
    return pb_filter_units(frame_of(v), pb_verification_limit(v));
}

/* Does what is known of a candidate prove that it is beyond the limit? */
typedef bool refutation(const pb_verification *v, pb_candidate c, double units);

static bool products_refute(const pb_verification *v, pb_candidate c, double units)
{
    const pb_rounded *block = &v->query->searched->blocks[c.block];
    const pb_row_losses *losses = &block->losses[c.place];
    return c.score < pb_query_threshold(v->query, (double)losses->norm, (double)losses->lost, units);
}

/* The rows in bytes that a stage compares. */
static const pb_byte_rows *bytes_of(const pb_rounded *rounded, pb_stage stage)
{
    return stage == PB_STAGE_FINE ? &rounded->fine_bytes : &rounded->bytes;
}

static bool byte_rows_refute(const pb_verification *v, pb_stage stage, pb_candidate c, double units)
{
    const pb_query *q = v->query;
    const pb_byte_row x = bytes_of(q->tile, stage)->rows[q->place];
    const pb_byte_row y = bytes_of(&q->searched->blocks[c.block], stage)->rows[c.place];
    return (double)-c.score > pb_filter_bytes_limit(frame_of(v), stage, x, y, units);
}

static bool fine_refutes(const pb_verification *v, pb_candidate c, double units)
{
    const pb_query *q = v->query;
    if (frame_of(v)->fine_bytes)
        return byte_rows_refute(v, PB_STAGE_FINE, c, units);
    const double lost =
        (double)q->tile->losses[q->place].fine_lost + (double)q->searched->blocks[c.block].losses[c.place].fine_lost;
    return (double)-c.score > pb_filter_fine_limit(frame_of(v), lost, units);
}

/* Looks at all rows that are not refuted in the meantime. */
static void look_at_rows(pb_verification *v, const pb_candidate *items, int64_t n, refutation *refutes)
{
    for (int64_t i = 0; i < n && i < AHEAD; i++)
        fetch(row_of(v, items[i]), START);
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch(row_of(v, items[i + AHEAD]), START);
        if (!refutes(v, items[i], units_of(v)))
            look_closely(v, items[i]);
    }
}

static int64_t check_products(const pb_verification *v, pb_candidate *items, int64_t n)
{
    const double units = units_of(v);
    int64_t kept = 0;
    for (int64_t i = 0; i < n && units < (double)INFINITY; i++)
        if (!products_refute(v, items[i], units))
            items[kept++] = items[i];
    return units < (double)INFINITY ? kept : n;
}

static void fetch_bytes(const pb_byte_rows *bytes, int64_t i)
{
    __builtin_prefetch(&bytes->rows[i]);
    fetch(bytes->values + i * bytes->stride, bytes->stride < START ? bytes->stride : START);
}

/* Drops what rows in bytes refute; their squared distance is what counts from here on. */
static int64_t check_bytes(const pb_verification *v, pb_stage stage, pb_candidate *items, int64_t n)
{
    const pb_query *q = v->query;
    const pb_rounded *blocks = q->searched->blocks;
    const pb_byte_rows *x = bytes_of(q->tile, stage);
    const double units = units_of(v);
    int64_t kept = 0;
    for (int64_t i = 0; i < n && i < AHEAD; i++)
        fetch_bytes(bytes_of(&blocks[items[i].block], stage), items[i].place);
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch_bytes(bytes_of(&blocks[items[i + AHEAD].block], stage), items[i + AHEAD].place);
        pb_candidate c = items[i];
        c.score = -pb_byte_rows_square(x, q->place, bytes_of(&blocks[c.block], stage), c.place);
        if (!byte_rows_refute(v, stage, c, units))
            items[kept++] = c;
    }
    return kept;
}

/* The same with fine coordinates. */
static int64_t check_fine(const pb_verification *v, pb_candidate *items, int64_t n)
{
    const pb_query *q = v->query;
    const pb_rounded *blocks = q->searched->blocks;
    if (frame_of(v)->fine_bytes)
        return check_bytes(v, PB_STAGE_FINE, items, n);
    const int64_t stride = pb_frame_fine_stride(frame_of(v));
    const double units = units_of(v);
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch(blocks[items[i + AHEAD].block].fine + items[i + AHEAD].place * stride, 2 * stride);
        pb_candidate c = items[i];
        c.score = -pb_filter_fine_square(frame_of(v), q->tile, q->place, &blocks[c.block], c.place);
        if (!fine_refutes(v, c, units))
            items[kept++] = c;
    }
    return kept;
}

static bool bytes_refute(const pb_verification *v, pb_candidate c, double units)
{
    return byte_rows_refute(v, PB_STAGE_BYTES, c, units);
}

static void best_first(const pb_verification *v, pb_candidate *items, int64_t n)
{
    const int64_t k = v->query->top->k;
    if (n > k)
        pb_candidates_best_first(items, n, k);
}

/* A row in bytes is read before the row itself, also where there is no limit yet: then bytes say which rows give a good one. */
static void look_by_bytes(pb_verification *v, pb_candidate *items, int64_t n)
{
    n = check_bytes(v, PB_STAGE_BYTES, items, n);
    best_first(v, items, n);
    look_at_rows(v, items, n, bytes_refute);
}

/* By what is known of them the best come first: they give the best limit for the others. */
void pb_verification_look_first(pb_verification *v, pb_candidate *candidates, int64_t n)
{
    const pb_frame *frame = frame_of(v);
    refutation *refutes = products_refute;
    if (frame->fine > 0) {
        n = check_fine(v, candidates, n);
        refutes = fine_refutes;
    }
    if (frame->bytes) {
        look_by_bytes(v, candidates, n);
        return;
    }
    if (frame->fine > 0)
        best_first(v, candidates, n);
    look_at_rows(v, candidates, n, refutes);
}

void pb_verification_look(pb_verification *v, pb_candidate *candidates, int64_t n)
{
    pb_verification_look_first(v, candidates, check_products(v, candidates, n));
}

void pb_verification_end(pb_verification *v)
{
    for (int64_t i = 0; i < v->n_left; i++)
        if (!comes_too_late(v, v->items[i]) && !distance_refutes(v, -v->items[i].score, pb_verification_limit(v)))
            measure(v->query, v->items[i]);
    v->n_left = 0;
}

/* Hoare's selection (1961). */
void pb_candidates_best_first(pb_candidate *items, int64_t n, int64_t k)
{
    int64_t low = 0, high = n - 1;
    PB_ASSERT(k >= 1 && k <= n);
    while (low < high) {
        const float pivot = items[low + (high - low) / 2].score;
        int64_t i = low, j = high;
        while (i <= j) {
            while (items[i].score > pivot)
                i++;
            while (items[j].score < pivot)
                j--;
            if (i > j)
                break;
            const pb_candidate moving = items[i];
            items[i++] = items[j];
            items[j--] = moving;
        }
        if (k - 1 <= j)
            high = j;
        else if (k - 1 >= i)
            low = i;
        else
            return;
    }
}
