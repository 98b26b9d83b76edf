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

/* Compares, or measures at once. */
static void look_closely(pb_verification *v, pb_candidate c)
{
    const pb_frame *frame = frame_of(v);
    if (!v->compares) {
        measure(v->query, c);
        return;
    }
    const float square = pb_float_squared_distance(v->query->x, row_of(v, c), frame->dim);
    if (distance_refutes(v, square, pb_topk_limit(&v->bounds)))
        return;
    pb_topk_push(&v->bounds, (pb_neighbor){pb_filter_row_bound(frame, square), 0});
    c.score = -square;
    v->items[v->n_left++] = c;
}

static bool products_refute(const pb_verification *v, pb_candidate c, double limit)
{
    const pb_rounded *block = &v->query->searched->blocks[c.block];
    const pb_row_losses *losses = &block->losses[c.place];
    return c.score < pb_query_threshold(v->query, (double)losses->norm, (double)losses->lost, limit);
}

static bool fine_refutes(const pb_verification *v, pb_candidate c, double limit)
{
    const pb_query *q = v->query;
    const double lost =
        (double)q->tile->losses[q->place].fine_lost + (double)q->searched->blocks[c.block].losses[c.place].fine_lost;
    return (double)-c.score > pb_filter_fine_limit(frame_of(v), lost, limit);
}

/* Looks at all rows that are not refuted in the meantime. */
static void look_at_rows(pb_verification *v, const pb_candidate *items, int64_t n,
                         bool (*refutes)(const pb_verification *, pb_candidate, double))
{
    for (int64_t i = 0; i < n && i < AHEAD; i++)
        fetch(row_of(v, items[i]), START);
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch(row_of(v, items[i + AHEAD]), START);
        if (!refutes(v, items[i], pb_verification_limit(v)))
            look_closely(v, items[i]);
    }
}

static int64_t check_products(const pb_verification *v, pb_candidate *items, int64_t n)
{
    const double limit = pb_verification_limit(v);
    int64_t kept = 0;
    for (int64_t i = 0; i < n && limit < (double)INFINITY; i++)
        if (!products_refute(v, items[i], limit))
            items[kept++] = items[i];
    return limit < (double)INFINITY ? kept : n;
}

/* Drops what the fine coordinates refute; their squared distance is what counts from here on. */
static int64_t check_fine(const pb_verification *v, pb_candidate *items, int64_t n)
{
    const pb_query *q = v->query;
    const pb_rounded *blocks = q->searched->blocks;
    const int64_t stride = pb_frame_fine_stride(frame_of(v));
    const double limit = pb_verification_limit(v);
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch(blocks[items[i + AHEAD].block].fine + items[i + AHEAD].place * stride, 2 * stride);
        pb_candidate c = items[i];
        c.score = -pb_filter_fine_square(frame_of(v), q->tile, q->place, &blocks[c.block], c.place);
        if (!fine_refutes(v, c, limit))
            items[kept++] = c;
    }
    return kept;
}

/* By the fine coordinates the best come first: they give the best limit for the others. */
static void look_by_fine(pb_verification *v, pb_candidate *items, int64_t n)
{
    const int64_t k = v->query->top->k;
    n = check_fine(v, items, n);
    if (n > k)
        pb_candidates_best_first(items, n, k);
    look_at_rows(v, items, n, fine_refutes);
}

void pb_verification_look_first(pb_verification *v, pb_candidate *candidates, int64_t n)
{
    if (frame_of(v)->fine > 0)
        look_by_fine(v, candidates, n);
    else
        look_at_rows(v, candidates, n, products_refute);
}

void pb_verification_look(pb_verification *v, pb_candidate *candidates, int64_t n)
{
    pb_verification_look_first(v, candidates, check_products(v, candidates, n));
}

void pb_verification_end(pb_verification *v)
{
    for (int64_t i = 0; i < v->n_left; i++)
        if (!distance_refutes(v, -v->items[i].score, pb_verification_limit(v)))
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
