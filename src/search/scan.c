#include "search/scan.h"

#include <math.h>

#include "base/memory.h"
#include "search/distance.h"
#include "search/kernels.h"

/* Blocks whose products are all there before a row is looked at: the best of many rows give a limit that hardly gets any better,
 * and few rows pass it. */
enum { GROUP = 16 };

/* Without a contraction the products take the time, and they are faster in large tiles. */
int64_t pb_scan_tile(const pb_frame *frame)
{
    enum { CONTRACTED = 64 };
    return frame->contraction ? CONTRACTED : PB_INDEX_QUERY_TILE;
}

void pb_scan_clear(pb_scan *s)
{
    pb_rounded_clear(&s->tile);
    pb_free(s->top);
    pb_free(s->squares);
    pb_free(s->products);
    pb_free(s->scores);
    pb_free(s->passed);
    pb_free(s->best);
    pb_free(s->candidates);
}

/* How many: where a finer look is cheap, more than are needed. */
static int64_t promising(const pb_scan_job *job, int64_t columns)
{
    const int64_t wanted = job->searched->frame.fine > 0 && job->k <= PB_BOUNDS_MAX ? 2 * job->k : job->k;
    return wanted < columns ? wanted : columns;
}

static pb_status make_ready(pb_scan *s, const pb_scan_job *job)
{
    const pb_searched *searched = job->searched;
    const int64_t blocks = job->range < GROUP ? job->range : GROUP, group = blocks * searched->block_rows;
    float *products;
    s->job = job;
    PB_TRY(pb_rounded_init(&s->tile, &searched->frame, job->tile));
    PB_TRY(PB_NEW(s->top, job->tile));
    PB_TRY(PB_NEW(s->squares, job->tile));
    PB_TRY(PB_NEW_UNINITIALISED(products, job->tile * group));
    s->products = products;
    PB_TRY(PB_NEW_UNINITIALISED(s->scores, group));
    PB_TRY(PB_NEW_UNINITIALISED(s->passed, searched->block_rows));
    PB_TRY(PB_NEW_UNINITIALISED(s->best, promising(job, group)));
    return PB_NEW_UNINITIALISED(s->candidates, group);
}

static pb_query query_of(const pb_scan *s, int64_t q)
{
    const pb_searched *searched = s->job->searched;
    return (pb_query){.searched = searched,
                      .tile = &s->tile,
                      .place = q,
                      .x = s->queries + q * searched->frame.dim,
                      .square_x = s->squares[q],
                      .top = &s->top[q]};
}

/* Blocks first..first + n of the range. */
typedef struct group {
    int64_t first, n;
} group;

static pb_status multiply(const pb_scan *s, group g)
{
    const pb_searched *searched = s->job->searched;
    for (int64_t b = 0; b < g.n; b++) {
        float *products = (float *)s->products + b * s->job->tile * searched->block_rows; /* or int32_t */
        PB_TRY(pb_product_run(s->job->product, s->tile.values, searched->blocks[g.first + b].packed, products));
    }
    return PB_STATUS_OK;
}

/* Of the query with all rows; NAN where there is no row. */
static void score(const pb_scan *s, int64_t q, group g)
{
    const pb_searched *searched = s->job->searched;
    const int64_t rows = searched->block_rows;
    for (int64_t b = 0; b < g.n; b++) {
        const pb_rounded *block = &searched->blocks[g.first + b];
        float *scores = s->scores + b * rows;
        pb_filter_scores(&searched->frame, &s->tile, block, (float *)s->products + b * s->job->tile * rows, q, scores);
        for (int64_t i = block->n; i < rows; i++)
            scores[i] = NAN;
    }
}

static pb_candidate candidate_of(const pb_scan *s, group g, int64_t column)
{
    const int64_t rows = s->job->searched->block_rows;
    return (pb_candidate){s->scores[column], (int32_t)(g.first + column / rows), (int32_t)(column % rows)};
}

/* Where there is no limit yet, the most promising rows give one. They are taken out of the scores. Returns how many. */
static int64_t look_at_best(const pb_scan *s, group g, pb_verification *v)
{
    if (v->query->top->count == v->query->top->k)
        return 0;
    const int64_t columns = g.n * s->job->searched->block_rows;
    const int64_t n = pb_best_scores(s->scores, columns, promising(s->job, columns), s->best);
    for (int64_t i = 0; i < n; i++) {
        s->candidates[i] = candidate_of(s, g, s->best[i].index);
        s->scores[s->best[i].index] = NAN;
    }
    pb_verification_look_first(v, s->candidates, n);
    return n;
}

static void look_at_rest(const pb_scan *s, group g, pb_verification *v, int64_t from)
{
    const pb_searched *searched = s->job->searched;
    const double limit = pb_verification_limit(v);
    int64_t n = from;
    for (int64_t b = 0; b < g.n; b++) {
        const pb_rounded *block = &searched->blocks[g.first + b];
        const float threshold = pb_query_threshold(v->query, block->max_norm, block->max_lost, limit);
        const int64_t at = b * searched->block_rows;
        const int64_t n_passed = pb_select(s->scores + at, threshold, block->n, s->passed);
        for (int64_t i = 0; i < n_passed; i++)
            s->candidates[n++] = candidate_of(s, g, at + s->passed[i]);
    }
    pb_verification_look(v, s->candidates + from, n - from);
}

static pb_status scan_group(const pb_scan *s, group g)
{
    PB_TRY(multiply(s, g));
    for (int64_t q = 0; q < s->tile.n; q++) {
        const pb_query query = query_of(s, q);
        pb_verification v;
        score(s, q, g);
        pb_verification_begin(&v, &query, s->candidates);
        const int64_t seen = look_at_best(s, g, &v);
        look_at_rest(s, g, &v, seen);
        pb_verification_end(&v);
    }
    return PB_STATUS_OK;
}

static pb_status scan_range(pb_scan *s, int64_t range)
{
    const pb_scan_job *job = s->job;
    for (int64_t q = 0; q < s->tile.n; q++) {
        pb_neighbor *list = job->found + (range * job->n_queries + s->first_query + q) * job->k;
        s->top[q] = (pb_topk){list, 0, job->k};
    }
    const int64_t blocks = job->searched->n_blocks, first = range * job->range;
    const int64_t end = first + job->range < blocks ? first + job->range : blocks;
    for (int64_t b = first; b < end; b += GROUP)
        PB_TRY(scan_group(s, (group){b, end - b < GROUP ? end - b : GROUP}));
    for (int64_t q = 0; q < s->tile.n; q++) {
        pb_topk_sort(&s->top[q]);
        job->n_found[range * job->n_queries + s->first_query + q] = s->top[q].count;
    }
    return PB_STATUS_OK;
}

pb_status pb_scan_item(pb_scan *s, const pb_scan_job *job, int64_t item)
{
    const pb_frame *frame = &job->searched->frame;
    const int64_t first = item / job->n_ranges * job->tile, dim = frame->dim;
    const int64_t n = job->n_queries - first < job->tile ? job->n_queries - first : job->tile;
    PB_TRY(pb_check_finite_rows(job->queries, first, n, dim, "query"));
    if (!s->job)
        PB_TRY(make_ready(s, job));
    s->queries = job->queries + first * dim;
    s->first_query = first;
    for (int64_t q = 0; q < n && job->searched->squares; q++)
        s->squares[q] = pb_dot(s->queries + q * dim, s->queries + q * dim, dim);
    PB_TRY(pb_rounded_fill(&s->tile, frame, s->queries, n, 1));
    return scan_range(s, item % job->n_ranges);
}
