/* Exact search by filter and re-scoring.
 *
 * Products of rounded vectors say which rows can be among the k nearest of a query; those are measured again in
 * float64 by the definition, pb_index_distance(). The filter decides no order, it only must not lose a row.
 *
 * Why it does not. Let x be a query, y a row, c the centre, all in units of the frame; X and Y the rounded x - c and
 * y - c; lost(x) a bound of the rounding, measured when rounding. (float32 and bytes differ in nothing else; a rotation
 * of both sides changes no distance.)
 *
 * (1)  lost(x) >= |x - c - X|
 *
 * By the triangle inequality
 *
 * (2)  |x - y| >= |X - Y| - lost(x) - lost(y).
 *
 * So if y is within the limit r, then |X - Y| <= R with R = r + lost(x) + lost(y), and as |X - Y|^2 = |X|^2 - 2 X.Y +
 * |Y|^2,
 *
 * (3)  X.Y - |Y|^2/2 >= |X|^2/2 - R^2/2.
 *
 * The left side is computed in float32, unit roundoff u = 2^-24, and is off by at most the sum of
 *
 * (4)  gamma_dim |X| |Y|        the product, for any order of summation, with or without fused multiply-adds (Higham
 *                               2002, "Accuracy and Stability of Numerical Algorithms", sections 3.1 and 3.5; gamma_n
 *                               = n u / (1 - n u)); products of integers are exact, only 3 scalings round: gamma_3;
 *
 * (5)  u |Y|^2/2, u |X|^2/2     the half squares, kept in float32;
 *
 * (6)  u (|X.Y| + |Y|^2/2)      the subtraction;
 *
 * (7)  dim 2^-125               underflow of products and of their sums, gradual or flushed.
 *
 * What is computed in float64 is off by less than (dim + 32) 2^-51 of R^2 + |X|^2; lost() includes the rounding of the
 * centring, of the rotation and, for cosine, of the normalisation. pb_filter_threshold() is the right side of (3) less
 * all of these, rounded down. Its r is the k-th smallest distance found so far, widened by the rounding of
 * pb_index_distance() itself: never below the final one.
 *
 * Cosine is the same search, since 1 - cos = |x - y|^2 / 2 for unit vectors. Zero vectors are at the origin, at 1 from
 * the unit sphere, while their distance of 1 stands for |x - y| = sqrt(2): lower bounds stay lower bounds.
 *
 * |Y| first enters as the maximum of a block of rows, so that a row with a huge norm costs its own block only; lost(y) likewise, or
 * as it is: R^2/2 is a convex function of lost(y), below the line through its values for 0 and for the maximum, which moves to the
 * left side of (3). Rows too far out for float32 always pass. Where everything passes (all rows equal, say) this is a scan.
 *
 * The contraction. Where few directions hold most of the variance, as in the features of trained networks, the products are
 * those of contracted rows. Let Q have m orthonormal rows, x stand for x - c, and
 *
 * (8)  C(x) = (Q x, |t(x)|), t(x) = x - Q'Q x;  then |C(x) - C(y)| <= |x - y|,
 *
 * since |x - y|^2 = |Q x - Q y|^2 + |t(x) - t(y)|^2, and the norms of two vectors differ by no more than the vectors do. So y is
 * within r only if C(y) is, and (1) to (7) hold with C(x), C(y) for x, y and m + 1 for dim, if lost(x) bounds how far C(x) is
 * from its rounding X. It is the sum of
 *
 * (9)  |x - x'|, x' being x rounded to float32, measured, or bounded where float32 is what centres it: |C(x) - C(x')| is no more
 *      than that, by (8);
 *
 * (10) e = (gamma_dim sqrt(m) (1 + d) + d) |x'| and the underflow of (7): the product P x' in float32 is off by at most gamma_dim
 *      |p_i| |x'| in coordinate i for any order of summation, where no row p_i of P is longer than 1 + d; and |P - Q| <= d for
 *      some Q, which is the one of (8). axes.c measures d, in float64, and proves that;
 *
 * (11) the error of |t(x')| = sqrt(|x'|^2 - |Q x'|^2). By (10) |Q x'| is within e of the norm of the computed coordinates, which
 *      bounds |t(x')| from both sides. The middle is taken, and is off by half of what lies between them. A difference of
 *      close numbers: the bounds may lie as far apart as sqrt(4 e |x'|), but as bounds they hold;
 *
 * (12) what rounding C(x') to float32 or bytes takes away, measured as in (1).
 *
 * (10) and (11) are at right angles, the rest adds up. Axes that are bad for the rows at hand let more of them through, and no
 * choice of axes, coordinates or precision can lose one. What passes is compared more closely before it is measured: finer
 * contractions, of more coordinates, kept in half precision, which (12) measures; then the rows themselves, where the metric is
 * Euclidean. Both directly and in float32: all terms are positive, and with n of them
 *
 * (13) the computed sum of squares is within gamma_(n + 3) of |X - Y|^2, relatively, and n 2^-125; by (2) y is beyond r where it
 *      exceeds R^2 (1 + 2 (n + 8) u) + n 2^-120. A sum that overflows is at least the largest float.
 *
 * (14) The rows themselves lose nothing, R = r. And (13) also bounds |x - y| from above: the k-th smallest of such bounds, over
 *      any rows, is an r before anything is measured.
 *
 * (15) Before that, where there is memory for it, the rows in bytes: what rounding x' took away is measured as in (1), the squared
 *      distance of two rounded rows comes from exact products of integers, and float64 makes it wrong by less than 2^-48 of |X|^2 +
 *      |Y|^2. The same where fine coordinates are kept in bytes, after a rotation of both sides; and where nothing is contracted but
 *      products are of 7 bits, with x' = x - c rounded to float32.
 *
 * What is left is measured in the end: order changes no result, as the k nearest are the first by (distance, index) of all that
 * are measured, and all that could be among them are. */
#include "search/index.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/threads.h"
#include "search/distance.h"
#include "search/scan.h"

static pb_status check_block(void *context, int64_t b, int worker)
{
    (void)worker;
    const pb_searched *s = context;
    const int64_t first = b * s->block_rows, n = s->n - first < s->block_rows ? s->n - first : s->block_rows;
    return pb_check_finite_rows(s->rows, first, n, s->frame.dim, "row");
}

pb_index_block pb_index_block_of(const pb_searched *s, int64_t b)
{
    enum { SHARING = 16 };
    const int64_t group = b / SHARING * SHARING, start = group * s->block_rows, place = b - group;
    const int64_t members = s->n_blocks - group < SHARING ? s->n_blocks - group : SHARING;
    const int64_t all = members * s->block_rows, rows = s->n - start < all ? s->n - start : all;
    return (pb_index_block){start + place, (rows - place + members - 1) / members, members};
}

void pb_index_divide(pb_searched *s)
{
    s->n_blocks = (s->n + PB_INDEX_BLOCK_ROWS - 1) / PB_INDEX_BLOCK_ROWS;
    s->block_rows = (s->n + s->n_blocks - 1) / s->n_blocks;
    s->n_blocks = (s->n + s->block_rows - 1) / s->block_rows;
}

static pb_status prepare_block(void *context, int64_t b, int worker)
{
    (void)worker;
    pb_index *index = context;
    pb_searched *s = &index->searched;
    const pb_index_block block = pb_index_block_of(s, b);
    PB_TRY(pb_searched_prepare(s, b, block.first, block.n, block.stride, index->packing));
    pb_rounded_drop_values(&s->blocks[b]);
    return PB_STATUS_OK;
}

static pb_status build(pb_index *index, const pb_filter_plan *plan)
{
    pb_searched *s = &index->searched;
    const int64_t dim = s->frame.dim;
    const pb_metric metric = s->frame.metric;
    pb_index_divide(s);
    PB_TRY(pb_parallel_for(s->n_blocks, check_block, s, NULL));
    PB_TRY(pb_frame_init(&s->frame, s->rows, s->n, dim, metric, plan));
    pb_frame_keep_bytes(&s->frame, s->n);
    const pb_product_shape shape = {PB_INDEX_QUERY_TILE, s->block_rows, s->frame.columns, s->frame.precision};
    PB_TRY(pb_product_new(shape, NULL, &index->packing));
    if (metric == PB_METRIC_COSINE)
        PB_TRY(PB_NEW_UNINITIALISED(s->squares, s->n));
    PB_TRY(PB_NEW(s->blocks, s->n_blocks));
    PB_TRY(pb_parallel_for(s->n_blocks, prepare_block, index, NULL));
    pb_searched_finish(s);
    return PB_STATUS_OK;
}

pb_status pb_index_new_with(const float *rows, int64_t n, int64_t dim, pb_metric metric, const pb_filter_plan *plan,
                            pb_index **out)
{
    int64_t count;
    if (n < 1 || dim < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE, "an index needs at least 1 row of 1 channel, not %" PRId64 " x %" PRId64, n,
                       dim);
    PB_TRY(pb_size_multiply(n, dim, "rows of an index", &count));
    pb_index *index;
    PB_TRY(PB_NEW(index, 1));
    index->searched = (pb_searched){.rows = rows, .n = n, .frame = {.dim = dim, .metric = metric}};
    const pb_status status = build(index, plan);
    if (status != PB_STATUS_OK) {
        pb_index_free(index);
        return status;
    }
    *out = index;
    return PB_STATUS_OK;
}

pb_status pb_index_new(const float *rows, int64_t n, int64_t dim, pb_metric metric, pb_index **out)
{
    return pb_index_new_with(rows, n, dim, metric, NULL, out);
}

pb_filter_plan pb_index_plan(const pb_index *index)
{
    return pb_frame_plan(&index->searched.frame);
}

void pb_index_free(pb_index *index)
{
    if (!index)
        return;
    pb_searched_clear(&index->searched);
    pb_product_free(index->packing);
    pb_free(index);
}

/* One call of pb_index_search(): work items are tiles of queries times ranges of blocks. */
typedef struct search_call {
    const pb_searched *searched;
    const float *queries;
    int64_t n_queries, k;
    int64_t tile, n_tiles;   /* queries of a tile */
    int64_t range, n_ranges; /* blocks of a range */
    pb_product *product;     /* a tile with a block */
    pb_neighbor *found;      /* n_ranges x n_queries x k, each list sorted */
    int64_t *n_found;        /* n_ranges x n_queries */
    struct search_worker *workers;
} search_call;

/* What a worker needs, once it has got any work. */
typedef struct search_worker {
    bool ready;
    pb_rounded tile;
    pb_topk *top;    /* tile */
    double *squares; /* tile, for cosine */
    pb_scan scan;
} search_worker;

static pb_status make_ready(search_worker *worker, const search_call *call)
{
    const pb_scan_plan plan = {call->searched, call->k, call->tile, call->range, call->product};
    worker->ready = true;
    PB_TRY(pb_rounded_init(&worker->tile, &call->searched->frame, call->tile));
    PB_TRY(PB_NEW(worker->top, call->tile));
    PB_TRY(PB_NEW(worker->squares, call->tile));
    return pb_scan_init(&worker->scan, &plan);
}

static pb_status search_tile(search_worker *worker, const search_call *call, int64_t first, int64_t n, int64_t range)
{
    const pb_searched *searched = call->searched;
    const int64_t dim = searched->frame.dim, blocks = searched->n_blocks, end = (range + 1) * call->range;
    const float *queries = call->queries + first * dim;
    const pb_scan_tile tile = {
        .rounded = &worker->tile, .n = n, .x = queries, .squares = worker->squares, .top = worker->top, .stride = 1};
    for (int64_t q = 0; q < n; q++) {
        worker->top[q] = (pb_topk){call->found + (range * call->n_queries + first + q) * call->k, 0, call->k};
        worker->squares[q] = searched->squares ? pb_dot(queries + q * dim, queries + q * dim, dim) : 0;
    }
    PB_TRY(pb_rounded_fill(&worker->tile, &searched->frame, queries, n, 1));
    PB_TRY(pb_scan_run(&worker->scan, &tile,
                       (pb_scan_range){.first = range * call->range, .end = end < blocks ? end : blocks}));
    for (int64_t q = 0; q < n; q++) {
        pb_topk_sort(&worker->top[q]);
        call->n_found[range * call->n_queries + first + q] = worker->top[q].count;
    }
    return PB_STATUS_OK;
}

static pb_status search_item(void *context, int64_t item, int number)
{
    const search_call *call = context;
    search_worker *worker = &call->workers[number];
    const int64_t first = item / call->n_ranges * call->tile;
    const int64_t n = call->n_queries - first < call->tile ? call->n_queries - first : call->tile;
    PB_TRY(pb_check_finite_rows(call->queries, first, n, call->searched->frame.dim, "query"));
    if (!worker->ready)
        PB_TRY(make_ready(worker, call));
    return search_tile(worker, call, first, n, item % call->n_ranges);
}

/* Merges the sorted lists of one query: the first k of all ranges. False where there are fewer, as in an index that a file
 * forged. */
static bool merge(const search_call *call, int64_t q, int64_t *at, double *distances, int64_t *indices)
{
    memset(at, 0, (size_t)call->n_ranges * sizeof *at);
    for (int64_t i = 0; i < call->k; i++) {
        pb_neighbor best = {(double)INFINITY, INT64_MAX};
        int64_t from = 0;
        for (int64_t r = 0; r < call->n_ranges; r++) {
            const int64_t list = r * call->n_queries + q;
            if (at[r] < call->n_found[list] && pb_neighbor_before(call->found[list * call->k + at[r]], best)) {
                best = call->found[list * call->k + at[r]];
                from = r;
            }
        }
        if (best.index == INT64_MAX)
            return false;
        at[from]++;
        if (distances)
            distances[q * call->k + i] = best.distance;
        if (indices)
            indices[q * call->k + i] = best.index;
    }
    return true;
}

/* Tiles of equal size; where there are too few to go round, the rows are split into ranges as well. Neither
 * can change a result. */
static void partition(search_call *call)
{
    enum { ITEMS_PER_THREAD = 2 };
    const int64_t wanted = pb_threads_get() > 1 ? (int64_t)pb_threads_get() * ITEMS_PER_THREAD : 1;
    const int64_t n = call->n_queries, n_blocks = call->searched->n_blocks;
    const int64_t largest = pb_scan_largest_tile(&call->searched->frame), shared = (n + wanted - 1) / wanted;
    const int64_t least = largest < PB_INDEX_QUERY_TILE ? largest : PB_INDEX_QUERY_TILE;
    const int64_t tile = shared > largest ? largest : shared > least ? shared : least;
    call->n_tiles = (n + tile - 1) / tile;
    call->tile = (n + call->n_tiles - 1) / call->n_tiles;
    const int64_t ranges = (wanted + call->n_tiles - 1) / call->n_tiles;
    call->range = ranges < n_blocks ? (n_blocks + ranges - 1) / ranges : 1;
    call->n_ranges = (n_blocks + call->range - 1) / call->range;
}

static pb_status run_search(search_call *call, const pb_index *index, double *distances, int64_t *indices)
{
    const pb_frame *frame = &call->searched->frame;
    int64_t lists, items, *at;
    partition(call);
    PB_TRY(pb_size_multiply(call->n_ranges, call->n_queries, "lists of neighbours", &lists));
    PB_TRY(pb_size_multiply(lists, call->k, "lists of neighbours", &items));
    PB_TRY(PB_NEW_UNINITIALISED(call->found, items));
    PB_TRY(PB_NEW(call->n_found, lists));
    PB_TRY(PB_NEW(call->workers, pb_threads_get()));
    const pb_product_shape shape = {call->tile, call->searched->block_rows, frame->columns, frame->precision};
    PB_TRY(pb_product_new(shape, index->packing, &call->product));
    PB_TRY(pb_parallel_for(call->n_tiles * call->n_ranges, search_item, call, NULL));
    PB_TRY(PB_NEW(at, call->n_ranges));
    bool found = true;
    for (int64_t q = 0; q < call->n_queries && found; q++)
        found = merge(call, q, at, distances, indices);
    pb_free(at);
    return found ? PB_STATUS_OK : pb_fail(PB_STATUS_INTERNAL, "an index does not hold what its rows are");
}

static void search_clear(search_call *call, int threads)
{
    for (int i = 0; call->workers && i < threads; i++) {
        pb_rounded_clear(&call->workers[i].tile);
        pb_free(call->workers[i].top);
        pb_free(call->workers[i].squares);
        pb_scan_clear(&call->workers[i].scan);
    }
    pb_free(call->workers);
    pb_product_free(call->product);
    pb_free(call->found);
    pb_free(call->n_found);
}

static pb_status check_question(const pb_index *index, int64_t n_queries, int64_t k)
{
    PB_CHECK_ARG(k >= 1 && k <= index->searched.n, "asked for %" PRId64 " neighbours of an index of %" PRId64 " rows",
                 k, index->searched.n);
    PB_CHECK_ARG(n_queries >= 0, "the number of queries is %" PRId64, n_queries);
    int64_t count;
    PB_TRY(pb_size_multiply(n_queries, index->searched.frame.dim, "queries", &count));
    return pb_size_multiply(n_queries, k, "neighbours of all queries", &count);
}

pb_status pb_index_search(const pb_index *index, const float *queries, int64_t n_queries, int64_t k, double *distances,
                          int64_t *indices)
{
    PB_TRY(check_question(index, n_queries, k));
    if (n_queries == 0)
        return PB_STATUS_OK;
    search_call call = {.searched = &index->searched, .queries = queries, .n_queries = n_queries, .k = k};
    const int threads = pb_threads_get();
    const pb_status status = run_search(&call, index, distances, indices);
    search_clear(&call, threads);
    return status;
}

typedef struct reference_search {
    const pb_index *index;
    const float *queries;
    int64_t k;
    double *distances;
    int64_t *indices;
} reference_search;

static pb_status reference_item(void *context, int64_t q, int worker)
{
    (void)worker;
    const reference_search *search = context;
    const pb_searched *s = &search->index->searched;
    const int64_t dim = s->frame.dim;
    const float *query = search->queries + q * dim;
    PB_TRY(pb_check_finite_rows(search->queries, q, 1, dim, "query"));
    pb_topk top = {NULL, 0, search->k};
    PB_TRY(PB_NEW(top.items, search->k));
    for (int64_t j = 0; j < s->n; j++) {
        const double distance = pb_index_distance(query, s->rows + j * dim, dim, s->frame.metric);
        pb_topk_push(&top, (pb_neighbor){distance, j});
    }
    pb_topk_sort(&top);
    for (int64_t i = 0; i < search->k; i++) {
        if (search->distances)
            search->distances[q * search->k + i] = top.items[i].distance;
        if (search->indices)
            search->indices[q * search->k + i] = top.items[i].index;
    }
    pb_free(top.items);
    return PB_STATUS_OK;
}

pb_status pb_index_search_reference(const pb_index *index, const float *queries, int64_t n_queries, int64_t k,
                                    double *distances, int64_t *indices)
{
    PB_TRY(check_question(index, n_queries, k));
    reference_search search = {index, queries, k, distances, indices};
    return pb_parallel_for(n_queries, reference_item, &search, NULL);
}
