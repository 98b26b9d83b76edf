#include "search/scan.h"

#include <math.h>

#include "base/memory.h"
#include "base/product.h"
#include "search/kernels.h"

/* Rows whose products are all there before one is looked at: the best of many give a limit that hardly gets any better, and few
 * rows pass it. */
enum { GROUP_ROWS = 8192 };

/* Without a contraction the products take the time, and they are faster in large tiles: in float32, where oneDNN lays the rows
 * out anew for every product, in tiles of a whole image. */
int64_t pb_scan_largest_tile(const pb_frame *frame)
{
    enum { CONTRACTED = 64, WHOLE = 800 };
    if (frame->contraction)
        return CONTRACTED;
    return frame->precision == PB_PRECISION_F32 ? WHOLE : PB_INDEX_QUERY_TILE;
}

void pb_scan_clear(pb_scan *s)
{
    pb_free(s->products);
    pb_free(s->scores);
    pb_free(s->passed);
    pb_free(s->best);
    pb_free(s->candidates);
}

/* How many: where a finer look is cheap, more than are needed; not so many where it is at whole rows in bytes. */
static int64_t promising(const pb_scan_plan *plan, int64_t columns)
{
    const pb_frame *frame = &plan->searched->frame;
    int64_t wanted = plan->k;
    if (plan->k <= PB_BOUNDS_MAX && frame->fine > 0)
        wanted += plan->k;
    else if (plan->k <= PB_BOUNDS_MAX && frame->bytes)
        wanted += plan->k / 2;
    return wanted < columns ? wanted : columns;
}

/* Of tiles larger than usual, products with fewer rows are there at a time, for the same memory. */
static int64_t group_blocks(const pb_scan_plan *plan)
{
    const int64_t rows = plan->searched->block_rows;
    const int64_t most =
        plan->tile > PB_INDEX_QUERY_TILE ? (int64_t)GROUP_ROWS * PB_INDEX_QUERY_TILE / plan->tile : GROUP_ROWS;
    const int64_t blocks = rows < most ? most / rows : 1;
    return blocks < plan->blocks ? blocks : plan->blocks;
}

pb_status pb_scan_init(pb_scan *s, const pb_scan_plan *plan)
{
    const int64_t rows = plan->searched->block_rows, columns = group_blocks(plan) * rows;
    float *products;
    s->plan = *plan;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(products, plan->tile, columns));
    s->products = products;
    PB_TRY(PB_NEW_UNINITIALISED(s->scores, columns));
    PB_TRY(PB_NEW_UNINITIALISED(s->passed, columns));
    PB_TRY(PB_NEW_UNINITIALISED(s->best, promising(plan, columns)));
    return PB_NEW_UNINITIALISED(s->candidates, columns);
}

/* Blocks of a range whose rows are looked at together: those from number `from` on, counted without what is skipped. */
typedef struct group {
    pb_scan_range range;
    int64_t from, n;
} group;

static int64_t block_of(group g, int64_t i)
{
    const int64_t b = g.range.first + g.from + i;
    return b < g.range.skip ? b : b + g.range.resume - g.range.skip;
}

static float *products_of(const pb_scan *s, int64_t i)
{
    return (float *)s->products + i * s->plan.tile * s->plan.searched->block_rows; /* or as many int32_t */
}

static pb_status multiply(const pb_scan *s, const pb_scan_tile *t, group g)
{
    const pb_searched *searched = s->plan.searched;
    const char *rows =
        (const char *)t->rounded->values + t->start * searched->frame.columns * pb_frame_value_bytes(&searched->frame);
    for (int64_t i = 0; i < g.n; i++)
        PB_TRY(pb_product_run(s->plan.product, rows, searched->blocks[block_of(g, i)].packed, products_of(s, i)));
    return PB_STATUS_OK;
}

/* Of rounded row q with all rows; NAN where there is no row. */
static void score(const pb_scan *s, const pb_scan_tile *t, int64_t q, group g)
{
    const int64_t rows = s->plan.searched->block_rows;
    for (int64_t i = 0; i < g.n; i++) {
        const pb_rounded *block = &s->plan.searched->blocks[block_of(g, i)];
        float *scores = s->scores + i * rows;
        pb_filter_scores(&s->plan.searched->frame, block, products_of(s, i) + (q - t->start) * rows,
                         t->rounded->scale ? t->rounded->scale[q] : 1, scores);
        for (int64_t j = block->n; j < rows; j++)
            scores[j] = NAN;
    }
}

static pb_candidate candidate_of(const pb_scan *s, group g, int64_t column)
{
    const int64_t rows = s->plan.searched->block_rows;
    return (pb_candidate){s->scores[column], (int32_t)block_of(g, column / rows), (int32_t)(column % rows)};
}

/* Where there is no limit yet, the most promising rows give one. They are taken out of the scores. Returns how many. */
static int64_t look_at_best(const pb_scan *s, group g, pb_verification *v)
{
    if (v->query->top->count == v->query->top->k)
        return 0;
    const int64_t columns = g.n * s->plan.searched->block_rows;
    const int64_t n = pb_best_scores(s->scores, columns, promising(&s->plan, columns), s->passed, s->best);
    for (int64_t i = 0; i < n; i++) {
        s->candidates[i] = candidate_of(s, g, s->best[i].index);
        s->scores[s->best[i].index] = NAN;
    }
    pb_verification_look_first(v, s->candidates, n);
    return n;
}

/* Rows of a block that may be within the limit: their numbers are in s->passed. */
static int64_t select_rows(const pb_scan *s, const pb_query *query, const pb_rounded *block, const float *scores,
                           double units)
{
    enum { MANY = 8 };
    int64_t n;
    if (block->lost && units < (double)INFINITY) {
        const pb_filter_line line = pb_query_line(query, block->max_norm, block->max_lost, units);
        n = pb_select_by_loss(scores, block->lost, line.slope, line.least, block->n, s->passed);
    } else {
        const float threshold = pb_query_threshold(query, block->max_norm, block->max_lost, units);
        n = pb_select(scores, threshold, block->n, s->passed);
    }
    if (n < block->n / MANY || !(units < (double)INFINITY))
        return n;
    int64_t kept = 0; /* so many as where few rows are far beyond the others: each by its own norm and loss */
    for (int64_t p = 0; p < n; p++) {
        const int32_t j = s->passed[p];
        const pb_row_losses losses = block->losses[j];
        if (!(scores[j] < pb_query_threshold(query, (double)losses.norm, (double)losses.lost, units)))
            s->passed[kept++] = j;
    }
    return kept;
}

static void look_at_rest(const pb_scan *s, group g, pb_verification *v, int64_t from)
{
    const pb_searched *searched = s->plan.searched;
    const double units = pb_filter_units(&searched->frame, pb_verification_limit(v));
    int64_t n = from;
    for (int64_t i = 0; i < g.n; i++) {
        const pb_rounded *block = &searched->blocks[block_of(g, i)];
        const float *scores = s->scores + i * searched->block_rows;
        const int64_t n_passed = select_rows(s, v->query, block, scores, units);
        const int32_t b = (int32_t)block_of(g, i);
        for (int64_t p = 0; p < n_passed; p++)
            s->candidates[n++] = (pb_candidate){scores[s->passed[p]], b, s->passed[p]};
    }
    pb_verification_look_first(v, s->candidates + from, n - from);
}

static pb_status scan_group(const pb_scan *s, const pb_scan_tile *t, group g)
{
    PB_TRY(multiply(s, t, g));
    for (int64_t q = t->first; q < t->first + t->n; q++) {
        const pb_query query = {.searched = s->plan.searched,
                                .tile = t->rounded,
                                .place = q,
                                .x = t->x + q * t->stride * s->plan.searched->frame.dim,
                                .square_x = t->squares ? t->squares[q * t->stride] : 0,
                                .top = &t->top[q * t->stride]};
        pb_verification v;
        score(s, t, q, g);
        pb_verification_begin(&v, &query, s->candidates);
        const int64_t seen = look_at_best(s, g, &v);
        look_at_rest(s, g, &v, seen);
        pb_verification_end(&v);
    }
    return PB_STATUS_OK;
}

pb_status pb_scan_run(pb_scan *s, const pb_scan_tile *tile, pb_scan_range range)
{
    const int64_t at_a_time = group_blocks(&s->plan), n = range.end - range.first - (range.resume - range.skip);
    for (int64_t from = 0; from < n; from += at_a_time)
        PB_TRY(scan_group(s, tile, (group){range, from, n - from < at_a_time ? n - from : at_a_time}));
    return PB_STATUS_OK;
}
