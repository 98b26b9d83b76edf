#include "search/shortlist.h"

#include <math.h>

#include "base/memory.h"
#include "search/distance.h"
#include "search/kernels.h"

pb_status pb_searched_prepare(pb_searched *searched, int64_t b, int64_t first, int64_t n, int64_t stride,
                              const pb_product *product)
{
    const int64_t dim = searched->frame.dim;
    pb_rounded *block = &searched->blocks[b];
    for (int64_t j = 0; searched->squares && j < n; j++) {
        const float *row = searched->rows + (first + j * stride) * dim;
        searched->squares[first + j * stride] = pb_dot(row, row, dim);
    }
    PB_TRY(pb_rounded_init(block, &searched->frame, searched->block_rows));
    block->first = first;
    block->stride = stride;
    PB_TRY(pb_rounded_fill(block, &searched->frame, searched->rows + first * dim, n, stride));
    return pb_rounded_pack(block, &searched->frame, product);
}

void pb_searched_finish(pb_searched *searched)
{
    for (int64_t b = 0; b < searched->n_blocks; b++) {
        searched->max_norm = fmax(searched->max_norm, searched->blocks[b].max_norm);
        searched->max_lost = fmax(searched->max_lost, searched->blocks[b].max_lost);
    }
}

void pb_searched_clear(pb_searched *searched)
{
    for (int64_t b = 0; searched->blocks && b < searched->n_blocks; b++)
        pb_rounded_clear(&searched->blocks[b]);
    pb_free(searched->blocks);
    pb_free(searched->squares);
    pb_frame_clear(&searched->frame);
}

static int64_t row_number(const pb_query *query, int64_t block, int64_t place)
{
    const pb_rounded *b = &query->searched->blocks[block];
    return b->first + place * b->stride;
}

pb_neighbor pb_query_measure(const pb_query *query, int64_t block, int64_t place)
{
    const pb_searched *s = query->searched;
    const int64_t j = row_number(query, block, place), dim = s->frame.dim;
    const float *row = s->rows + j * dim;
    if (s->frame.metric == PB_METRIC_COSINE)
        return (pb_neighbor){pb_cosine_distance(query->x, row, query->square_x, s->squares[j], dim), j};
    return (pb_neighbor){sqrt(pb_squared_distance(query->x, row, dim)), j};
}

bool pb_query_seed(const pb_query *query, const pb_shortlist *list, int64_t block, const float *product, int64_t stride,
                   pb_neighbor *scratch)
{
    const pb_rounded *rows = &query->searched->blocks[block];
    if (query->top->count > 0 || list->n > 0 || query->top->k > rows->n / 2)
        return false;
    const pb_topk best = pb_filter_best(rows, product, stride, query->top->k, scratch);
    for (int64_t i = 0; i < best.count; i++)
        pb_topk_push(query->top, pb_query_measure(query, block, best.items[i].index));
    return true;
}

static float threshold(const pb_query *q, double norm, double lost)
{
    return pb_filter_threshold(&q->searched->frame, pb_rounded_bound(q->tile, q->place), norm, lost,
                               pb_topk_limit(q->top));
}

float pb_query_threshold(const pb_query *query, const pb_rounded *block)
{
    return threshold(query, block->max_norm, block->max_lost);
}

/* The list's first `n` become the `n` with the highest scores; the first of all that come after is where it was. */
static void best_first(pb_candidate *items, int32_t count, int32_t n, pb_neighbor *scratch)
{
    PB_ASSERT(n >= 1);
    pb_topk best = {scratch, 0, n};
    for (int32_t i = 0; i < count; i++)
        if (best.count < best.k || -(double)items[i].score < scratch[0].distance)
            pb_topk_push(&best, (pb_neighbor){-(double)items[i].score, i});
    /* Those that stand beyond the first n change places with those before that are not among the best. */
    bool stays[PB_SHORTLIST_MAX] = {false};
    for (int32_t i = 0; i < n; i++)
        if (scratch[i].index < n)
            stays[scratch[i].index] = true;
    for (int32_t i = 0, hole = 0; i < n; i++) {
        if (scratch[i].index < n)
            continue;
        while (stays[hole])
            hole++;
        const pb_candidate moving = items[hole];
        items[hole++] = items[scratch[i].index];
        items[scratch[i].index] = moving;
    }
}

enum { AHEAD = 4, LINE = 16 /* floats */ };

static void fetch(const float *values, int64_t n)
{
    for (int64_t c = 0; c < n; c += LINE)
        __builtin_prefetch(values + c);
}

static void fetch_row(const pb_query *q, pb_candidate c)
{
    const int64_t dim = q->searched->frame.dim;
    fetch(q->searched->rows + row_number(q, c.block, c.place) * dim, dim);
}

static bool passes(const pb_query *q, pb_candidate c)
{
    const pb_rounded *block = &q->searched->blocks[c.block];
    return c.score >= threshold(q, block->norm[c.place], block->lost[c.place]);
}

static bool fine_refutes(const pb_query *q, pb_candidate c)
{
    const double lost = q->tile->fine_lost[q->place] + q->searched->blocks[c.block].fine_lost[c.place];
    return pb_filter_refutes(&q->searched->frame, c.score, lost, pb_topk_limit(q->top));
}

/* Drops what the products refute by now; with the losses of all rows, or in the end with each row's own. */
static int32_t check_products(const pb_query *q, pb_candidate *items, int32_t n, bool own)
{
    const float common = threshold(q, q->searched->max_norm, q->searched->max_lost);
    int32_t kept = 0;
    for (int32_t i = 0; i < n; i++)
        if (items[i].score >= common && (!own || passes(q, items[i])))
            items[kept++] = items[i];
    return kept;
}

/* Drops what the fine coordinates refute; the rest gets their squared distance for a score, nearest first. */
static int32_t check_fine(const pb_query *q, pb_candidate *items, int32_t n)
{
    const pb_frame *frame = &q->searched->frame;
    const int64_t stride = pb_frame_fine_stride(frame);
    int32_t kept = 0;
    for (int32_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch(q->searched->blocks[items[i + AHEAD].block].fine + items[i + AHEAD].place * stride, stride);
        pb_candidate c = items[i];
        c.score = pb_filter_fine_square(frame, q->tile, q->place, &q->searched->blocks[c.block], c.place);
        if (fine_refutes(q, c))
            continue;
        int32_t at = kept++;
        for (; at > 0 && items[at - 1].score > c.score; at--)
            items[at] = items[at - 1];
        items[at] = c;
    }
    return kept;
}

/* Measures what is not refuted in the meantime. */
static void measure(const pb_query *q, const pb_candidate *items, int32_t n, bool fine)
{
    for (int32_t i = 0; i < n && i < AHEAD; i++)
        fetch_row(q, items[i]);
    for (int32_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            fetch_row(q, items[i + AHEAD]);
        if (fine ? !fine_refutes(q, items[i]) : passes(q, items[i]))
            pb_topk_push(q->top, pb_query_measure(q, items[i].block, items[i].place));
    }
}

void pb_shortlist_settle(pb_shortlist *list, const pb_query *query)
{
    pb_neighbor scratch[PB_SHORTLIST_MAX];
    pb_candidate *items = list->items;
    const int32_t k = query->top->k < PB_SHORTLIST_MAX ? (int32_t)query->top->k : PB_SHORTLIST_MAX;
    const bool fine = query->searched->frame.fine > 0;
    int32_t n = check_products(query, items, list->n, false);
    list->n = 0;
    if (n > k) {
        best_first(items, n, k, scratch);
        measure(query, items, fine ? check_fine(query, items, k) : k, fine);
        items += k;
        n = check_products(query, items, n - k, true);
    }
    if (fine)
        n = check_fine(query, items, n);
    measure(query, items, n, fine);
}
