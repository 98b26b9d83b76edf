/* Neighbours of every patch in the other images. One pass over the pairs of blocks of patches; each tile of
 * products serves its rows and its columns. The filter and its bound are those of index.c, applied both ways. */
#include <inttypes.h>
#include <string.h>

#include "search/neighbors.h"

#include "base/memory.h"
#include "base/threads.h"
#include "io/features.h"
#include "search/kernels.h"
#include "search/shortlist.h"

enum { MAX_BLOCK_ROWS = 448, LISTED = 256 };

/* The pass: blocks of at most MAX_BLOCK_ROWS patches, each of one image. */
typedef struct pair_pass {
    pb_neighbors *result;
    pb_searched searched;
    int64_t blocks_per_image;
    pb_topk *top;             /* n_images x n_patches */
    pb_shortlist *lists;      /* the same */
    pb_candidate *candidates; /* of the lists */
    pb_product *product;
    const pb_filter_plan *plan; /* asked for, or NULL */
    int64_t round;              /* in progress */
} pair_pass;

static int64_t block_image(const pair_pass *pass, int64_t b)
{
    return b / pass->blocks_per_image;
}

/* The patches of a block are blocks_per_image apart: each has some from everywhere in its image. */
static pb_status prepare_block(void *context, int64_t b, int worker)
{
    (void)worker;
    pair_pass *pass = context;
    const int64_t stride = pass->blocks_per_image, place = b % stride, n_patches = pass->result->n_patches;
    return pb_searched_prepare(&pass->searched, b, block_image(pass, b) * n_patches + place,
                               (n_patches - place + stride - 1) / stride, stride, pass->product);
}

/* Row `place` of block b as the one that asks. */
static pb_query query_of(const pair_pass *pass, int64_t b, int64_t place)
{
    const pb_rounded *block = &pass->searched.blocks[b];
    const int64_t i = block->first + place * block->stride;
    return (pb_query){.searched = &pass->searched,
                      .tile = block,
                      .place = place,
                      .x = pass->searched.rows + i * pass->searched.frame.dim,
                      .square_x = pass->searched.squares ? pass->searched.squares[i] : 0,
                      .top = &pass->top[i]};
}

static pb_shortlist *list_of(const pair_pass *pass, int64_t b, int64_t place)
{
    const pb_rounded *block = &pass->searched.blocks[b];
    return &pass->lists[block->first + place * block->stride];
}

static pb_status settle_block(void *context, int64_t b, int worker)
{
    (void)worker;
    const pair_pass *pass = context;
    for (int64_t i = 0; i < pass->searched.blocks[b].n; i++) {
        const pb_query query = query_of(pass, b, i);
        pb_shortlist_settle(list_of(pass, b, i), &query);
    }
    return PB_STATUS_OK;
}

/* A pair of blocks a, b of different images: rows and columns of one tile of products. */
typedef struct pair_tile {
    const pair_pass *pass;
    int64_t a, b;
    float *products;           /* a x b */
    float *column_threshold;   /* b */
    int32_t *passed;           /* b */
    pb_neighbor *best;         /* max(a, b) */
    bool *seeded_a, *seeded_b; /* whose nearest may be of this tile already */
} pair_tile;

static void tile_clear(pair_tile *t)
{
    pb_free(t->products);
    pb_free(t->column_threshold);
    pb_free(t->passed);
    pb_free(t->best);
    pb_free(t->seeded_a);
    pb_free(t->seeded_b);
}

static pb_status tile_init(pair_tile *t)
{
    const int64_t n = t->pass->searched.block_rows;
    PB_TRY(PB_NEW_UNINITIALISED(t->products, n * n));
    PB_TRY(PB_NEW(t->column_threshold, n));
    PB_TRY(PB_NEW(t->passed, n));
    PB_TRY(PB_NEW(t->best, n));
    PB_TRY(PB_NEW(t->seeded_a, n));
    return PB_NEW(t->seeded_b, n);
}

static float threshold_of(const pb_query *query, const pb_rounded *block)
{
    return pb_query_threshold(query, block->max_norm, block->max_lost, pb_topk_limit(query->top));
}

static void seed(pair_tile *t)
{
    const pb_rounded *a = &t->pass->searched.blocks[t->a], *b = &t->pass->searched.blocks[t->b];
    for (int64_t i = 0; i < a->n; i++) {
        const pb_query query = query_of(t->pass, t->a, i);
        const float *product = t->products + i * b->capacity;
        t->seeded_a[i] = pb_shortlist_seed(list_of(t->pass, t->a, i), &query, t->b, product, 1, t->best);
    }
    for (int64_t j = 0; j < b->n; j++) {
        const pb_query query = query_of(t->pass, t->b, j);
        const float *product = t->products + j;
        t->seeded_b[j] = pb_shortlist_seed(list_of(t->pass, t->b, j), &query, t->a, product, b->capacity, t->best);
        t->column_threshold[j] = threshold_of(&query, a);
    }
}

/* Lists a candidate for the row that asks. */
static void offer(const pair_tile *t, const pb_query *query, pb_shortlist *list, pb_candidate candidate, bool seeded)
{
    const pb_rounded *block = &t->pass->searched.blocks[candidate.block];
    if (!seeded || !pb_topk_contains(query->top, block->first + candidate.place * block->stride))
        pb_shortlist_add(list, query, candidate);
}

static void scan_row(const pair_tile *t, int64_t i)
{
    const pb_rounded *a = &t->pass->searched.blocks[t->a], *b = &t->pass->searched.blocks[t->b];
    const float *product = t->products + i * b->capacity, half_square = a->half_square[i];
    const pb_query row = query_of(t->pass, t->a, i);
    const float threshold = threshold_of(&row, b);
    const int64_t n_passed =
        pb_select_mutual(product, b->half_square, threshold, half_square, t->column_threshold, b->n, t->passed);
    for (int64_t p = 0; p < n_passed; p++) {
        const int32_t j = t->passed[p];
        const float for_row = product[j] - b->half_square[j], for_column = product[j] - half_square;
        if (for_row >= threshold)
            offer(t, &row, list_of(t->pass, t->a, i), (pb_candidate){for_row, (int32_t)t->b, j}, t->seeded_a[i]);
        if (for_column >= t->column_threshold[j]) {
            const pb_query column = query_of(t->pass, t->b, j);
            offer(t, &column, list_of(t->pass, t->b, j), (pb_candidate){for_column, (int32_t)t->a, (int32_t)i},
                  t->seeded_b[j]);
        }
    }
}

static pb_status multiply_tile(pair_tile *t)
{
    const pb_frame *frame = &t->pass->searched.frame;
    const pb_rounded *a = &t->pass->searched.blocks[t->a], *b = &t->pass->searched.blocks[t->b];
    PB_TRY(pb_product_run(t->pass->product, a->values, b->packed, t->products));
    float *row;
    PB_TRY(PB_NEW(row, b->capacity));
    for (int64_t i = 0; i < a->n; i++) {
        const float *scaled = pb_filter_products(frame, a, b, t->products, i, row);
        if (scaled == row)
            memcpy(t->products + i * b->capacity, row, (size_t)b->n * sizeof *row);
    }
    pb_free(row);
    return PB_STATUS_OK;
}

static pb_status process_pair(pair_pass *pass, int64_t a, int64_t b)
{
    pair_tile t = {.pass = pass, .a = a, .b = b};
    pb_status status;
    PB_TRY_GOTO(tile_init(&t));
    PB_TRY_GOTO(multiply_tile(&t));
    seed(&t);
    for (int64_t i = 0; i < pass->searched.blocks[a].n; i++)
        scan_row(&t, i);
    if (!pass->searched.frame.contraction) { /* while the rows are in the cache: many have to be measured */
        PB_TRY_GOTO(settle_block(pass, a, 0));
        PB_TRY_GOTO(settle_block(pass, b, 0));
    }
done:
    tile_clear(&t);
    return status;
}

/* Pairs of a round share no block, so that threads share no list: a round-robin tournament by the circle
 * method (Kirkman 1847), with a bye where the number of blocks is odd. */
static pb_status play_pair(void *context, int64_t table, int worker)
{
    (void)worker;
    pair_pass *pass = context;
    const int64_t n_blocks = pass->searched.n_blocks, circle = n_blocks + n_blocks % 2 - 1;
    int64_t a = (pass->round + table) % circle;
    int64_t b = table == 0 ? circle : (pass->round - table + circle) % circle;
    if (a > b) {
        const int64_t swap = a;
        a = b;
        b = swap;
    }
    if (b >= n_blocks || block_image(pass, a) == block_image(pass, b))
        return PB_STATUS_OK;
    return process_pair(pass, a, b);
}

static pb_status play_rounds(pair_pass *pass, const pb_progress *progress)
{
    const int64_t players = pass->searched.n_blocks + pass->searched.n_blocks % 2;
    for (pass->round = 0; pass->round < players - 1; pass->round++) {
        PB_TRY(pb_parallel_for(players / 2, play_pair, pass, NULL));
        PB_TRY(pb_progress_report(progress, pass->round + 1, players - 1));
    }
    return PB_STATUS_OK;
}

static pb_status prepare(pair_pass *pass)
{
    const pb_neighbors *result = pass->result;
    pb_searched *s = &pass->searched;
    PB_TRY(pb_frame_init(&s->frame, s->rows, s->n, result->dim, result->metric, pass->plan));
    pass->blocks_per_image = (result->n_patches + MAX_BLOCK_ROWS - 1) / MAX_BLOCK_ROWS;
    s->block_rows = (result->n_patches + pass->blocks_per_image - 1) / pass->blocks_per_image;
    s->n_blocks = result->n_images * pass->blocks_per_image;
    const pb_product_shape shape = {s->block_rows, s->block_rows, s->frame.columns, s->frame.precision};
    PB_TRY(pb_product_new(shape, NULL, &pass->product));
    PB_TRY(PB_NEW(s->blocks, s->n_blocks));
    PB_TRY(PB_NEW(pass->top, s->n));
    PB_TRY(PB_NEW(pass->lists, s->n));
    PB_TRY(PB_NEW_UNINITIALISED(pass->candidates, s->n * LISTED));
    if (result->metric == PB_METRIC_COSINE)
        PB_TRY(PB_NEW_UNINITIALISED(s->squares, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        pass->top[i] = (pb_topk){result->lists + i * result->depth, 0, result->depth};
        pass->lists[i] = (pb_shortlist){pass->candidates + i * LISTED, 0, LISTED};
    }
    PB_TRY(pb_parallel_for(s->n_blocks, prepare_block, pass, NULL));
    pb_searched_finish(s);
    return PB_STATUS_OK;
}

static pb_status run_pass(pair_pass *pass, const pb_progress *progress)
{
    PB_TRY(prepare(pass));
    PB_TRY(play_rounds(pass, progress));
    PB_TRY(pb_parallel_for(pass->searched.n_blocks, settle_block, pass, NULL));
    for (int64_t i = 0; i < pass->searched.n; i++) {
        PB_ASSERT(pass->top[i].count == pass->result->depth);
        pb_topk_sort(&pass->top[i]);
    }
    return PB_STATUS_OK;
}

static void pass_clear(pair_pass *pass)
{
    pb_searched_clear(&pass->searched);
    pb_free(pass->top);
    pb_free(pass->lists);
    pb_free(pass->candidates);
    pb_product_free(pass->product);
}

static pb_status build(pb_neighbors *neighbors, const pb_filter_plan *plan, const pb_progress *progress)
{
    int64_t n_lists, n_items;
    PB_TRY(pb_size_multiply(neighbors->n_images, neighbors->n_patches, "patches of all images", &n_lists));
    PB_TRY(pb_size_multiply(n_lists, neighbors->depth, "neighbours of all patches", &n_items));
    PB_TRY(PB_NEW_UNINITIALISED(neighbors->lists, n_items));
    pair_pass pass = {.result = neighbors, .plan = plan};
    pass.searched.rows = neighbors->rows;
    pass.searched.n = n_lists;
    const pb_status status = run_pass(&pass, progress);
    pass_clear(&pass);
    return status;
}

pb_status pb_neighbors_new_with(const pb_features *features, pb_metric metric, int64_t depth,
                                const pb_filter_plan *plan, const pb_progress *progress, pb_neighbors **out)
{
    if (features->n_images < 2 || features->n_patches < 1 || features->dim < 1)
        return pb_fail(PB_STATUS_BAD_SHAPE,
                       "leave-one-out needs at least 2 images with patches, not %" PRId64 " x %" PRId64 " x %" PRId64,
                       features->n_images, features->n_patches, features->dim);
    PB_TRY(pb_features_check_finite(features));
    PB_CHECK_ARG(depth >= 1, "lists of %" PRId64 " neighbours: at least 1 is needed", depth);
    const int64_t others = (features->n_images - 1) * features->n_patches;
    pb_neighbors *neighbors;
    PB_TRY(PB_NEW(neighbors, 1));
    *neighbors = (pb_neighbors){.rows = features->data,
                                .n_images = features->n_images,
                                .n_patches = features->n_patches,
                                .dim = features->dim,
                                .metric = metric,
                                .depth = depth < others ? depth : others};

    const pb_status status = build(neighbors, plan, progress);
    if (status != PB_STATUS_OK) {
        pb_neighbors_free(neighbors);
        return status;
    }
    *out = neighbors;
    return PB_STATUS_OK;
}

pb_status pb_neighbors_new(const pb_features *features, pb_metric metric, int64_t depth, const pb_progress *progress,
                           pb_neighbors **out)
{
    return pb_neighbors_new_with(features, metric, depth, NULL, progress, out);
}

void pb_neighbors_free(pb_neighbors *neighbors)
{
    if (!neighbors)
        return;
    pb_free(neighbors->lists);
    pb_free(neighbors);
}
