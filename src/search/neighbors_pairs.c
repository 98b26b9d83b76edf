/* Neighbours of every patch in the other images, where the products take the time: one pass over the pairs of blocks of
 * patches; each tile of products serves its rows and its columns. The filter and its bound are those of index.c, applied both
 * ways. */
#include <string.h>

#include "search/neighbors_pass.h"

#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "io/features.h"
#include "search/kernels.h"
#include "search/shortlist.h"

enum { LISTED = 256 };

typedef struct pair_pass {
    const pb_neighbors_pass *pass;
    pb_shortlist *lists;      /* n_images x n_patches */
    pb_candidate *candidates; /* of the lists */
    pb_product *product;
    int64_t round; /* in progress */
} pair_pass;

static int64_t block_image(const pair_pass *pairs, int64_t b)
{
    return b / pairs->pass->blocks_per_image;
}

/* Row `place` of block b as the one that asks. */
static pb_query query_of(const pair_pass *pairs, int64_t b, int64_t place)
{
    const pb_rounded *block = &pairs->pass->searched->blocks[b];
    const int64_t i = block->first + place * block->stride;
    return (pb_query){.searched = pairs->pass->searched,
                      .tile = block,
                      .place = place,
                      .x = pairs->pass->searched->rows + i * pairs->pass->searched->frame.dim,
                      .square_x = pairs->pass->searched->squares ? pairs->pass->searched->squares[i] : 0,
                      .top = &pairs->pass->top[i]};
}

static pb_shortlist *list_of(const pair_pass *pairs, int64_t b, int64_t place)
{
    const pb_rounded *block = &pairs->pass->searched->blocks[b];
    return &pairs->lists[block->first + place * block->stride];
}

static void settle_block(const pair_pass *pairs, int64_t b)
{
    for (int64_t i = 0; i < pairs->pass->searched->blocks[b].n; i++) {
        const pb_query query = query_of(pairs, b, i);
        pb_shortlist_settle(list_of(pairs, b, i), &query);
    }
}

/* A pair of blocks a, b of different images: rows and columns of one tile of products. */
typedef struct pair_tile {
    const pair_pass *pairs;
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
    const int64_t n = t->pairs->pass->searched->block_rows;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(t->products, n, n));
    PB_TRY(PB_NEW(t->column_threshold, n));
    PB_TRY(PB_NEW(t->passed, n));
    PB_TRY(PB_NEW(t->best, n));
    PB_TRY(PB_NEW(t->seeded_a, n));
    return PB_NEW(t->seeded_b, n);
}

static float threshold_of(const pb_query *query, const pb_rounded *block)
{
    const double units = pb_filter_units(&query->searched->frame, pb_topk_limit(query->top));
    return pb_query_threshold(query, block->max_norm, block->max_lost, units);
}

static void seed(pair_tile *t)
{
    const pb_rounded *a = &t->pairs->pass->searched->blocks[t->a], *b = &t->pairs->pass->searched->blocks[t->b];
    for (int64_t i = 0; i < a->n; i++) {
        const pb_query query = query_of(t->pairs, t->a, i);
        const float *product = t->products + i * b->capacity;
        t->seeded_a[i] = pb_shortlist_seed(list_of(t->pairs, t->a, i), &query, t->b, product, 1, t->best);
    }
    for (int64_t j = 0; j < b->n; j++) {
        const pb_query query = query_of(t->pairs, t->b, j);
        const float *product = t->products + j;
        t->seeded_b[j] = pb_shortlist_seed(list_of(t->pairs, t->b, j), &query, t->a, product, b->capacity, t->best);
        t->column_threshold[j] = threshold_of(&query, a);
    }
}

/* Lists a candidate for the row that asks. */
static void offer(const pair_tile *t, const pb_query *query, pb_shortlist *list, pb_candidate candidate, bool seeded)
{
    const pb_rounded *block = &t->pairs->pass->searched->blocks[candidate.block];
    if (!seeded || !pb_topk_contains(query->top, block->first + candidate.place * block->stride))
        pb_shortlist_add(list, query, candidate);
}

static void scan_row(const pair_tile *t, int64_t i)
{
    const pb_rounded *a = &t->pairs->pass->searched->blocks[t->a], *b = &t->pairs->pass->searched->blocks[t->b];
    const float *product = t->products + i * b->capacity, half_square = a->half_square[i];
    const pb_query row = query_of(t->pairs, t->a, i);
    const float threshold = threshold_of(&row, b);
    const int64_t n_passed =
        pb_select_mutual(product, b->half_square, threshold, half_square, t->column_threshold, b->n, t->passed);
    for (int64_t p = 0; p < n_passed; p++) {
        const int32_t j = t->passed[p];
        const float for_row = product[j] - b->half_square[j], for_column = product[j] - half_square;
        if (for_row >= threshold)
            offer(t, &row, list_of(t->pairs, t->a, i), (pb_candidate){for_row, (int32_t)t->b, j}, t->seeded_a[i]);
        if (for_column >= t->column_threshold[j]) {
            const pb_query column = query_of(t->pairs, t->b, j);
            offer(t, &column, list_of(t->pairs, t->b, j), (pb_candidate){for_column, (int32_t)t->a, (int32_t)i},
                  t->seeded_b[j]);
        }
    }
}

static pb_status multiply_tile(pair_tile *t)
{
    const pb_frame *frame = &t->pairs->pass->searched->frame;
    const pb_rounded *a = &t->pairs->pass->searched->blocks[t->a], *b = &t->pairs->pass->searched->blocks[t->b];
    PB_TRY(pb_product_run(t->pairs->product, a->values, b->packed, t->products));
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

static pb_status process_pair(pair_pass *pairs, int64_t a, int64_t b)
{
    pair_tile t = {.pairs = pairs, .a = a, .b = b};
    pb_status status;
    PB_TRY_GOTO(tile_init(&t));
    PB_TRY_GOTO(multiply_tile(&t));
    seed(&t);
    for (int64_t i = 0; i < pairs->pass->searched->blocks[a].n; i++)
        scan_row(&t, i);
    settle_block(pairs, a); /* while the rows are in the cache */
    settle_block(pairs, b);
done:
    tile_clear(&t);
    return status;
}

/* Pairs of a round share no block, so that threads share no list: a round-robin tournament by the circle
 * method (Kirkman 1847), with a bye where the number of blocks is odd. */
static pb_status play_pair(void *context, int64_t table, int worker)
{
    (void)worker;
    pair_pass *pairs = context;
    const int64_t n_blocks = pairs->pass->searched->n_blocks, circle = n_blocks + n_blocks % 2 - 1;
    int64_t a = (pairs->round + table) % circle;
    int64_t b = table == 0 ? circle : (pairs->round - table + circle) % circle;
    if (a > b) {
        const int64_t swap = a;
        a = b;
        b = swap;
    }
    if (b >= n_blocks || block_image(pairs, a) == block_image(pairs, b))
        return PB_STATUS_OK;
    return process_pair(pairs, a, b);
}

static pb_status play_rounds(pair_pass *pairs, const pb_progress *progress)
{
    const int64_t players = pairs->pass->searched->n_blocks + pairs->pass->searched->n_blocks % 2;
    for (pairs->round = 0; pairs->round < players - 1; pairs->round++) {
        PB_TRY(pb_parallel_for(players / 2, play_pair, pairs, NULL));
        PB_TRY(pb_progress_report(progress, pairs->round + 1, players - 1));
    }
    return PB_STATUS_OK;
}

static pb_status prepare(pair_pass *pairs)
{
    const pb_searched *s = pairs->pass->searched;
    const pb_product_shape shape = {s->block_rows, s->block_rows, s->frame.columns, s->frame.precision};
    PB_TRY(pb_product_new(shape, pairs->pass->packing, &pairs->product));
    PB_TRY(PB_NEW(pairs->lists, s->n));
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(pairs->candidates, s->n, LISTED));
    for (int64_t i = 0; i < s->n; i++)
        pairs->lists[i] = (pb_shortlist){pairs->candidates + i * LISTED, 0, LISTED};
    return PB_STATUS_OK;
}

pb_status pb_neighbors_pass_pairs(const pb_neighbors_pass *pass, const pb_progress *progress)
{
    pair_pass pairs = {.pass = pass};
    pb_status status;
    PB_TRY_GOTO(prepare(&pairs));
    PB_TRY_GOTO(play_rounds(&pairs, progress));
done:
    pb_free(pairs.lists);
    pb_free(pairs.candidates);
    pb_product_free(pairs.product);
    return status;
}
